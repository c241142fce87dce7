//! Channels: where another system delivers its webhooks. A channel has a tenant, a secret of its own
//! and, while the secret is being changed, the one before.

use std::fmt;

use chatsignal_core::time::TimestampMs;
use rusqlite::{Row, TransactionBehavior};

use super::{Store, StoreError, Tenant, TenantId, keys, limits};

/// Whose webhooks a channel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// WhatsApp Cloud API.
    Whatsapp,
    /// Chatwoot.
    Chatwoot,
}

impl ChannelKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Whatsapp, Self::Chatwoot];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Chatwoot => "chatwoot",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One channel.
#[derive(Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its public part, in the path of the webhook.
    pub channel_id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who delivers to it.
    pub kind: ChannelKind,
    /// The secret that signs deliveries.
    pub secret: String,
    /// The one before the last rotation; it still passes.
    pub secret_before: Option<String>,
    /// The word that confirms a subscription (WhatsApp's handshake).
    pub verify_token: String,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    pub created_at: TimestampMs,
    /// When it was revoked.
    pub revoked_at: Option<TimestampMs>,
}

impl fmt::Debug for Channel {
    /// Without secrets and token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("channel_id", &self.channel_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Bytes of the public part.
const ID_BYTES: usize = 12;
/// Bytes of a secret or token that is made here.
const SECRET_BYTES: usize = 24;

impl Store {
    /// Makes a channel of a tenant. Without a `secret` one is made.
    ///
    /// # Errors
    /// When secret or label break a rule, or on writing.
    pub fn create_channel(
        &mut self,
        tenant: &Tenant,
        kind: ChannelKind,
        secret: Option<&str>,
        label: &str,
        now: TimestampMs,
    ) -> Result<Channel, StoreError> {
        if label.len() > limits::KEY_LABEL_BYTES_MAX || label.chars().any(char::is_control) {
            return Err(wrong("a label has up to 128 bytes and no control characters"));
        }
        let secret = match secret {
            Some(secret) => checked(secret)?.to_owned(),
            None => keys::random_hex::<SECRET_BYTES>()?,
        };
        let channel = Channel {
            channel_id: format!("ch_{}", keys::random_hex::<ID_BYTES>()?),
            tenant: tenant.id,
            kind,
            secret,
            secret_before: None,
            verify_token: keys::random_hex::<SECRET_BYTES>()?,
            label: label.to_owned(),
            created_at: now,
            revoked_at: None,
        };
        self.connection.execute(
            "INSERT INTO channels (channel_id, tenant, kind, secret, verify_token, label, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                &channel.channel_id,
                tenant.id.0,
                kind.as_str(),
                &channel.secret,
                &channel.verify_token,
                label,
                now.0,
            ),
        )?;
        Ok(channel)
    }

    /// Every channel of every tenant, revoked ones too, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT channel_id, tenant, kind, secret, secret_before, verify_token, label, created_at,
             revoked_at FROM channels ORDER BY created_at, channel_id",
        )?;
        let rows = statement.query_map([], read)?;
        // A kind of a newer version is no channel here.
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Gives a channel of a tenant another secret; the present one goes on to pass until the next
    /// rotation. Whether there was such a channel.
    ///
    /// # Errors
    /// When the secret breaks a rule, or on writing.
    pub fn rotate_channel(
        &mut self,
        tenant: TenantId,
        channel_id: &str,
        secret: &str,
    ) -> Result<bool, StoreError> {
        let secret = checked(secret)?;
        let changed = self.connection.execute(
            "UPDATE channels SET secret_before = secret, secret = ?3
             WHERE channel_id = ?1 AND tenant = ?2 AND revoked_at IS NULL",
            (channel_id, tenant.0, secret),
        )?;
        Ok(changed > 0)
    }

    /// Revokes a channel of a tenant for good and forgets its secrets; whether there was one in use.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn revoke_channel(
        &mut self,
        tenant: TenantId,
        channel_id: &str,
        now: TimestampMs,
    ) -> Result<bool, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changed = transaction.execute(
            "UPDATE channels SET revoked_at = ?3, secret = '', secret_before = NULL, verify_token = ''
             WHERE channel_id = ?1 AND tenant = ?2 AND revoked_at IS NULL",
            (channel_id, tenant.0, now.0),
        )?;
        transaction.commit()?;
        Ok(changed > 0)
    }
}

fn wrong(rule: &str) -> StoreError {
    StoreError::Setting { name: "channel".to_owned(), rule: rule.to_owned() }
}

fn checked(secret: &str) -> Result<&str, StoreError> {
    let length = limits::CHANNEL_SECRET_BYTES_MIN..=limits::CHANNEL_SECRET_BYTES_MAX;
    if length.contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(secret);
    }
    Err(wrong("a secret has 16 to 256 printable ASCII characters and no spaces"))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<Channel>> {
    let Some(kind) = ChannelKind::from_name(row.get_ref(2)?.as_str()?) else { return Ok(None) };
    Ok(Some(Channel {
        channel_id: row.get(0)?,
        tenant: TenantId(row.get(1)?),
        kind,
        secret: row.get(3)?,
        secret_before: row.get(4)?,
        verify_token: row.get(5)?,
        label: row.get(6)?,
        created_at: TimestampMs(row.get(7)?),
        revoked_at: row.get::<_, Option<i64>>(8)?.map(TimestampMs),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_rotated_and_revoked_by_their_tenant_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open_or_create(&folder.path().join("c.db")).expect("a store");
        let a = store.tenant_or_create("a").expect("a tenant");
        let b = store.tenant_or_create("b").expect("a tenant");
        let (kind, now) = (ChannelKind::Whatsapp, TimestampMs(5));
        let (first, second) = ("a-secret-of-the-app", "another-secret-of-it");
        let made = store.create_channel(&a, kind, Some(first), "shop", now).expect("made");
        assert_eq!(store.channels().expect("read"), std::slice::from_ref(&made));
        assert!(!store.rotate_channel(b.id, &made.channel_id, second).expect("not theirs"));
        assert!(store.rotate_channel(a.id, &made.channel_id, second).expect("rotated"));
        let rotated = &store.channels().expect("read")[0];
        assert_eq!((&*rotated.secret, rotated.secret_before.as_deref()), (second, Some(first)));
        assert!(!store.revoke_channel(b.id, &made.channel_id, now).expect("not theirs"));
        assert!(store.revoke_channel(a.id, &made.channel_id, now).expect("revoked"));
        assert!(!store.revoke_channel(a.id, &made.channel_id, now).expect("revoked once"));
        assert_eq!(store.channels().expect("read")[0].secret, "");
        for secret in ["short", "with a space in between", &"x".repeat(257)] {
            assert!(store.create_channel(&a, kind, Some(secret), "", now).is_err(), "{secret}");
        }
        let other = store.create_channel(&a, ChannelKind::Chatwoot, None, "", now).expect("made");
        assert_eq!(other.secret.len(), 2 * SECRET_BYTES);
        assert!(!format!("{made:?}").contains(first));
    }
}
