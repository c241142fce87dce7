//! API keys of the service: made, listed, revoked. A key is shown once and kept as a hash.

use std::fmt;

use chatsignal_core::time::TimestampMs;
use rusqlite::{Row, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::{Store, StoreError, Tenant, TenantId, limits};

/// What a key may be used for. Scopes stand side by side: none includes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read scores, contacts, features and models, and say how good they were (feedback).
    Score,
    /// Write events.
    Ingest,
    /// Train and follow jobs.
    Train,
    /// Change settings, promote models, erase contacts.
    Admin,
    /// Read the metrics of the whole service.
    Metrics,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [Self::Score, Self::Ingest, Self::Train, Self::Admin, Self::Metrics];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Ingest => "ingest",
            Self::Train => "train",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public part.
    pub key_id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// SHA-256 of its secret part.
    pub hash: [u8; 32],
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    pub created_at: TimestampMs,
    /// When it was revoked.
    pub revoked_at: Option<TimestampMs>,
}

/// The text of a key: `cs_`, its public part, `_`, its secret part. It goes to its owner once.
pub struct KeyText(String);

/// Bytes of the public part.
const ID_BYTES: usize = 6;
/// Bytes of the secret part.
const SECRET_BYTES: usize = 32;

impl KeyText {
    /// The text, to hand over.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Public part and hash of the secret part of a key as a client sends it; `None` when it has
    /// not the form of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<(&str, [u8; 32])> {
        let (id, secret) = text.strip_prefix("cs_")?.split_once('_')?;
        if id.len() != 2 * ID_BYTES || secret.len() != 2 * SECRET_BYTES {
            return None;
        }
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (id.bytes().all(hex) && secret.bytes().all(hex)).then(|| (id, hash(secret)))
    }
}

impl fmt::Debug for KeyText {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText")
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Random bytes as text.
pub(super) fn random_hex<const N: usize>() -> Result<String, StoreError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| StoreError::Disk(format!("the system gave no random bytes: {e}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Store {
    /// Makes a key of a tenant. The text is not kept.
    ///
    /// # Errors
    /// When no scope is given, the label is too long or has control characters, or on writing.
    pub fn create_key(
        &mut self,
        tenant: &Tenant,
        scopes: &[Scope],
        label: &str,
        now: TimestampMs,
    ) -> Result<(KeyText, ApiKey), StoreError> {
        let wrong =
            |rule: &str| StoreError::Setting { name: "key".to_owned(), rule: rule.to_owned() };
        if scopes.is_empty() {
            return Err(wrong("give it at least one scope"));
        }
        if label.len() > limits::KEY_LABEL_BYTES_MAX || label.chars().any(char::is_control) {
            return Err(wrong("a label has up to 128 bytes and no control characters"));
        }
        let (id, secret) = (random_hex::<ID_BYTES>()?, random_hex::<SECRET_BYTES>()?);
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let key = ApiKey {
            hash: hash(&secret),
            tenant: tenant.id,
            scopes,
            label: label.to_owned(),
            created_at: now,
            revoked_at: None,
            key_id: id,
        };
        let names: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO api_keys (key_id, tenant, hash, scopes, label, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (&key.key_id, tenant.id.0, key.hash, names.join(" "), label, now.0),
        )?;
        transaction.commit()?;
        Ok((KeyText(format!("cs_{}_{secret}", key.key_id)), key))
    }

    /// Every key of every tenant, revoked ones too, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT key_id, tenant, hash, scopes, label, created_at, revoked_at FROM api_keys
             ORDER BY created_at, key_id",
        )?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Revokes a key of a tenant for good; whether there was one in use.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn revoke_key(
        &mut self,
        tenant: TenantId,
        key_id: &str,
        now: TimestampMs,
    ) -> Result<bool, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changed = transaction.execute(
            "UPDATE api_keys SET revoked_at = ?3
             WHERE key_id = ?1 AND tenant = ?2 AND revoked_at IS NULL",
            (key_id, tenant.0, now.0),
        )?;
        transaction.commit()?;
        Ok(changed > 0)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let scopes: String = row.get(3)?;
    Ok(ApiKey {
        key_id: row.get(0)?,
        tenant: TenantId(row.get(1)?),
        hash: row.get(2)?,
        // A scope of a newer version grants nothing here.
        scopes: scopes.split(' ').filter_map(Scope::from_name).collect(),
        label: row.get(4)?,
        created_at: TimestampMs(row.get(5)?),
        revoked_at: row.get::<_, Option<i64>>(6)?.map(TimestampMs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_as_hashes_and_revoked_by_their_tenant_alone() -> Result<(), StoreError> {
        let folder = tempfile::tempdir().map_err(|e| StoreError::Disk(e.to_string()))?;
        let path = folder.path().join("k.db");
        let mut store = Store::open_or_create(&path)?;
        let (a, b) = (store.tenant_or_create("a")?, store.tenant_or_create("b")?);
        let scopes = [Scope::Train, Scope::Score, Scope::Score];
        let (text, key) = store.create_key(&a, &scopes, "dashboard", TimestampMs(5))?;
        assert_eq!(key.scopes, [Scope::Score, Scope::Train]);
        assert_eq!(KeyText::parse(text.reveal()), Some((key.key_id.as_str(), key.hash)));
        assert_eq!(store.keys()?, std::slice::from_ref(&key));
        assert!(!store.revoke_key(b.id, &key.key_id, TimestampMs(6))?, "another tenant's key");
        assert!(store.revoke_key(a.id, &key.key_id, TimestampMs(6))?);
        assert!(!store.revoke_key(a.id, &key.key_id, TimestampMs(7))?, "revoked once");
        assert_eq!(store.keys()?[0].revoked_at, Some(TimestampMs(6)));
        assert!(store.create_key(&a, &[], "x", TimestampMs(8)).is_err());
        drop(store);
        let secret = &text.reveal()[16..];
        for entry in
            std::fs::read_dir(folder.path()).map_err(|e| StoreError::Disk(e.to_string()))?
        {
            let path = entry.map_err(|e| StoreError::Disk(e.to_string()))?.path();
            let bytes = std::fs::read(&path).unwrap_or_default();
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "the secret is in {}", path.display());
        }
        Ok(())
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        for text in ["", "cs_", "cs_0123456789ab_", "sk_0123456789ab_00", "cs_é"] {
            assert_eq!(KeyText::parse(text), None, "{text}");
        }
    }
}
