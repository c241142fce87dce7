//! Erasure of a person: nothing stays behind in any file, and what was erased never comes back.

use std::collections::HashMap;

use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use sha2::Sha256;

use super::{Store, StoreError, Tenant, alias, limits, scores, states};

/// What an erasure removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Ids under which the person was known.
    pub ids: u64,
    /// Events.
    pub events: u64,
    /// Entries of the directory.
    pub directory: u64,
    /// Whether old copies may be left until the file is rewritten: something was removed now or before.
    #[serde(skip)]
    pub copies: bool,
    /// Whether the write-ahead log could be emptied. If somebody was reading, it could not: try
    /// [`Store::empty_log`] again, or run the erasure again once they are done.
    pub log_emptied: bool,
}

impl Store {
    /// Erases a person, see [`Store::erase_rows`], and then every old copy, see [`Store::rewrite`].
    ///
    /// # Errors
    /// When the file cannot be written. Without a rewrite for lack of room the rows are gone all
    /// the same; run it again once there is room.
    pub fn erase_contact(
        &mut self,
        tenant: &Tenant,
        contact: ContactId,
        now: TimestampMs,
    ) -> Result<Erased, StoreError> {
        let mut erased = self.erase_rows(tenant, contact, now)?;
        erased.log_emptied = !erased.copies || self.rewrite()?;
        Ok(erased)
    }

    /// Erases a person under every id of theirs: events, kept state, scores, directory, aliases. Leaves
    /// a tombstone (a keyed hash) that keeps out everything that happened up to `now`, also of a person
    /// of whom nothing is known.
    ///
    /// Erasing again is no error: it says again that there may be copies.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn erase_rows(
        &mut self,
        tenant: &Tenant,
        contact: ContactId,
        now: TimestampMs,
    ) -> Result<Erased, StoreError> {
        let mut erased = Erased::default();
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = tenant.id;
        for member in alias::group(&transaction, id, contact)? {
            erased.ids += 1;
            let changes = transaction.total_changes();
            let delete = |sql: &str| transaction.execute(sql, (id.0, member.0));
            erased.events +=
                delete("DELETE FROM events WHERE tenant = ?1 AND contact = ?2")? as u64;
            erased.directory +=
                delete("DELETE FROM directory WHERE tenant = ?1 AND contact = ?2")? as u64;
            delete("DELETE FROM contact_alias WHERE tenant = ?1 AND contact = ?2")?;
            scores::delete(&transaction, id, member)?;
            states::drop_state(&transaction, id, member)?;
            delete("DELETE FROM contacts WHERE tenant = ?1 AND contact = ?2")?;
            delete("DELETE FROM feedback WHERE tenant = ?1 AND contact = ?2")?;
            let hash = tombstone_hash(tenant, member);
            let again: bool = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM tombstones WHERE tenant = ?1 AND contact_hash = ?2)",
                (id.0, hash),
                |row| row.get(0),
            )?;
            erased.copies |= again || transaction.total_changes() > changes;
            transaction.execute(
                "INSERT INTO tombstones (tenant, contact_hash, erased_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET erased_at = max(erased_at, excluded.erased_at)",
                (id.0, hash, now.0),
            )?;
        }
        transaction.commit()?;
        Ok(erased)
    }

    /// Rewrites the file, since freed places of its pages may hold old copies of what was erased, and
    /// empties the write-ahead log; false when a reader keeps the log. Nobody can write meanwhile.
    ///
    /// # Errors
    /// When the file cannot be written, for lack of room for example.
    pub fn rewrite(&self) -> Result<bool, StoreError> {
        self.connection.execute_batch("VACUUM")?;
        self.empty_log()
    }

    /// Folds the write-ahead log into the file and cuts it to nothing; false when a reader keeps it
    /// for longer than [`limits::LOG_WAIT`]. The wait is short, since no other connection can write
    /// meanwhile.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn empty_log(&self) -> Result<bool, StoreError> {
        self.connection.busy_timeout(limits::LOG_WAIT)?;
        let busy = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        self.connection.busy_timeout(limits::BUSY_TIMEOUT)?;
        Ok(busy? == 0)
    }
}

/// The erased people of a tenant, looked up through a cache.
#[derive(Debug)]
pub(super) struct Tombstones {
    tenant: Tenant,
    /// Most tenants have none: then nothing is looked up.
    any: bool,
    known: HashMap<ContactId, Option<TimestampMs>>,
}

impl Tombstones {
    pub(super) fn open(connection: &Connection, tenant: &Tenant) -> Result<Self, StoreError> {
        let any = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM tombstones WHERE tenant = ?1)")?
            .query_row([tenant.id.0], |row| row.get(0))?;
        Ok(Self { tenant: tenant.clone(), any, known: HashMap::new() })
    }

    /// Up to when a person's past is erased.
    pub(super) fn erased_at(
        &mut self,
        connection: &Connection,
        contact: ContactId,
    ) -> Result<Option<TimestampMs>, StoreError> {
        if !self.any {
            return Ok(None);
        }
        if let Some(known) = self.known.get(&contact) {
            return Ok(*known);
        }
        let erased_at = connection
            .prepare_cached(
                "SELECT erased_at FROM tombstones WHERE tenant = ?1 AND contact_hash = ?2",
            )?
            .query_row((self.tenant.id.0, tombstone_hash(&self.tenant, contact)), |row| row.get(0))
            .optional()?
            .map(TimestampMs);
        self.known.insert(contact, erased_at);
        Ok(erased_at)
    }
}

/// Keyed hash of a contact id: recognises an erased person without keeping their id.
fn tombstone_hash(tenant: &Tenant, contact: ContactId) -> [u8; 32] {
    // HMAC pads a key to the block of its hash with zeros.
    let mut block = [0u8; 64];
    block[..tenant.key.len()].copy_from_slice(&tenant.key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(b"tombstone");
    mac.update(&contact.0);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use chatsignal_core::event::Event;
    use chatsignal_core::id::EventId;
    use chatsignal_core::testing::example;

    use super::*;

    #[test]
    fn the_log_can_be_emptied_later_without_a_second_rewrite() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = folder.path().join("e.db");
        let mut store = Store::open_or_create(&db).expect("a store");
        let tenant = store.tenant_or_create("t").expect("a tenant");
        let canary = ContactId(*b"id of one person");
        let event = Event { contact_id: canary, event_id: EventId([9; 16]), ..example() };
        store.insert_events(&tenant, [&event]).expect("inserted");
        let reader = Connection::open(&db).expect("opens");
        reader.execute_batch("BEGIN").expect("begins");
        let count = "SELECT count(*) FROM events";
        reader.query_row(count, [], |row| row.get::<_, i64>(0)).expect("reads");
        let start = std::time::Instant::now();
        let erased = store.erase_contact(&tenant, canary, event.available_at).expect("erased");
        assert_eq!((erased.events, erased.log_emptied), (1, false));
        assert!(start.elapsed() < limits::BUSY_TIMEOUT, "nobody could write for so long");
        assert!(!store.empty_log().expect("tried"));
        reader.execute_batch("COMMIT").expect("ends");
        assert!(store.empty_log().expect("emptied"));
        drop(store);
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("read");
            assert!(!bytes.windows(16).any(|window| window == canary.0));
        }
    }
}
