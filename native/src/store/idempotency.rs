//! Answers kept for requests that may come again: one effect, one answer, for a day.

use chatsignal_core::time::{DAY_MS, TimestampMs};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{OptionalExtension, TransactionBehavior};
use sha2::Sha256;

use super::{Store, StoreError, Tenant, limits};

/// How long an answer is kept, milliseconds.
const KEPT_MS: i64 = DAY_MS;

/// The keyed hash of a request: its route and its body.
#[derive(Clone)]
pub struct RequestHash(Hmac<Sha256>);

impl std::fmt::Debug for RequestHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestHash")
    }
}

impl RequestHash {
    /// Begins with the route.
    #[must_use]
    pub fn new(tenant: &Tenant, route: &str) -> Self {
        let mut mac = keyed(tenant, b"idempotent request");
        mac.update(&(route.len() as u64).to_le_bytes());
        mac.update(route.as_bytes());
        Self(mac)
    }

    /// Takes a piece of the body in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Hash of the request ([`RequestHash`]).
    pub request: [u8; 32],
    /// HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

impl Store {
    /// The answer that was given under a key within the last day.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn kept_answer(
        &self,
        tenant: &Tenant,
        key: &str,
        now: TimestampMs,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT request_hash, status, body FROM idempotency
             WHERE tenant = ?1 AND key_hash = ?2 AND created_at > ?3",
        )?;
        let since = now.0 - KEPT_MS;
        let row = (tenant.id.0, key_hash(tenant, key), since);
        let kept = statement.query_row(row, |row| {
            Ok(KeptAnswer { request: row.get(0)?, status: row.get(1)?, body: row.get(2)? })
        });
        Ok(kept.optional()?)
    }

    /// Keeps an answer for a day. Older ones go, and beyond
    /// [`limits::KEPT_ANSWERS_MAX`] of a tenant the oldest.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_answer(
        &mut self,
        tenant: &Tenant,
        key: &str,
        answer: &KeptAnswer,
        now: TimestampMs,
    ) -> Result<(), StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT OR REPLACE INTO idempotency
             (tenant, key_hash, request_hash, status, body, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            rusqlite::params![
                tenant.id.0,
                key_hash(tenant, key),
                answer.request,
                answer.status,
                answer.body,
                now.0,
            ],
        )?;
        transaction.execute(
            "DELETE FROM idempotency WHERE tenant = ?1 AND (created_at <= ?2
             OR created_at <= (SELECT created_at FROM idempotency WHERE tenant = ?1
               ORDER BY created_at DESC LIMIT 1 OFFSET ?3))",
            (tenant.id.0, now.0 - KEPT_MS, limits::KEPT_ANSWERS_MAX),
        )?;
        Ok(transaction.commit()?)
    }
}

fn keyed(tenant: &Tenant, domain: &[u8]) -> Hmac<Sha256> {
    // HMAC pads a key to the block of its hash with zeros.
    let mut block = [0u8; 64];
    block[..tenant.key.len()].copy_from_slice(&tenant.key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(domain);
    mac
}

fn key_hash(tenant: &Tenant, key: &str) -> [u8; 32] {
    let mut mac = keyed(tenant, b"idempotency key");
    mac.update(key.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_for_a_day_apart_by_tenant() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open_or_create(&folder.path().join("i.db")).expect("a store");
        let a = store.tenant_or_create("a").expect("a tenant");
        let b = store.tenant_or_create("b").expect("a tenant");
        let answer = KeptAnswer { request: [1; 32], status: 200, body: "{}".to_owned() };
        let at = TimestampMs(5 * DAY_MS);
        store.keep_answer(&a, "phone +49 151", &answer, at).expect("kept");
        let kept = |store: &Store, tenant: &Tenant, key: &str, now: TimestampMs| {
            store.kept_answer(tenant, key, now).expect("read")
        };
        let later = at.plus_ms(DAY_MS - 1);
        assert_eq!(kept(&store, &a, "phone +49 151", later), Some(answer.clone()));
        assert_eq!(kept(&store, &a, "phone +49 151", at.plus_ms(DAY_MS)), None);
        assert_eq!(kept(&store, &a, "other", at), None);
        assert_eq!(kept(&store, &b, "phone +49 151", at), None);
        // The next day's first key takes the old ones away.
        store.keep_answer(&a, "next", &answer, at.plus_ms(DAY_MS)).expect("kept");
        let rows: i64 = store
            .connection
            .query_row("SELECT count(*) FROM idempotency", [], |row| row.get(0))
            .expect("counted");
        assert_eq!(rows, 1);
        let hash = |route: &str, body: &[u8]| {
            let mut hash = RequestHash::new(&a, route);
            body.chunks(1).for_each(|piece| hash.update(piece));
            hash.finish()
        };
        assert_eq!(hash("/x", b"body"), hash("/x", b"body"));
        assert_ne!(hash("/x", b"body"), hash("/xb", b"ody"));
    }
}
