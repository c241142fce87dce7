//! Contacts that wait to be scored again: those whose number of events is not the one that they were
//! scored with. Nothing is written for it when events come, and nothing is lost with the process.
//! Whose scores are old, or were made by other models, is outdated: it has time.

use std::sync::Arc;

use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError, TenantId, alias};

/// When contacts are scored, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The instant that the scores speak about.
    pub at: TimestampMs,
    /// The versions of the models, in one text: another text is other models.
    pub models: Arc<str>,
}

/// That a contact was scored with so many events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    contact: ContactId,
    events: i64,
    round: Round,
}

impl Store {
    /// Contacts of a tenant that wait, at most `limit`, in no particular order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn waiting(&self, tenant: TenantId, limit: usize) -> Result<Vec<ContactId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT contact FROM contacts WHERE tenant = ?1 AND scored IS NOT events LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((tenant.0, limit), |row| row.get(0).map(ContactId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Contacts of a tenant whose scores were made before an instant or by other models than `now`
    /// has, at most `limit`, in no particular order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn outdated(
        &self,
        tenant: TenantId,
        now: &Round,
        before: TimestampMs,
        limit: usize,
    ) -> Result<Vec<ContactId>, StoreError> {
        // Each part is one range of the index `contacts_scored`.
        let mut statement = self.connection.prepare_cached(
            "SELECT contact FROM contacts WHERE tenant = ?1 AND scored_by < ?2
             UNION ALL SELECT contact FROM contacts WHERE tenant = ?1 AND scored_by > ?2
             UNION ALL SELECT contact FROM contacts WHERE tenant = ?1 AND scored_by IS NULL
             UNION ALL SELECT contact FROM contacts
               WHERE tenant = ?1 AND scored_by = ?2 AND scored_at < ?3
             LIMIT ?4",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let wanted = (tenant.0, &*now.models, before.0, limit);
        let rows = statement.query_map(wanted, |row| row.get(0).map(ContactId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a tenant has contacts.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_contacts(&self, tenant: TenantId) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM contacts WHERE tenant = ?1";
        Ok(self.connection.prepare_cached(sql)?.exists([tenant.0])?)
    }

    /// How many events a contact (under any of their ids) has now; to be asked before it is scored, so
    /// that what comes in between makes it wait again. None of one without events.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn about_to_score(
        &self,
        tenant: TenantId,
        contact: ContactId,
        round: &Round,
    ) -> Result<Option<Scored>, StoreError> {
        let contact = alias::canonical(&self.connection, tenant, contact)?;
        let mut statement = self
            .connection
            .prepare_cached("SELECT events FROM contacts WHERE tenant = ?1 AND contact = ?2")?;
        let events = statement.query_row((tenant.0, contact.0), |row| row.get(0)).optional()?;
        Ok(events.map(|events| Scored { contact, events, round: round.clone() }))
    }
}

/// Notes that contacts were scored.
pub(super) fn note(
    connection: &Connection,
    tenant: TenantId,
    scored: &[Scored],
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE contacts SET scored = ?3, scored_at = ?4, scored_by = ?5
         WHERE tenant = ?1 AND contact = ?2",
    )?;
    for Scored { contact, events, round } in scored {
        statement.execute((tenant.0, contact.0, events, round.at.0, &*round.models))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::event::{Event, EventKind};
    use chatsignal_core::id::EventId;
    use chatsignal_core::testing::example;

    #[test]
    fn a_contact_waits_until_it_was_scored_with_all_its_events() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open_or_create(&folder.path().join("w.db")).expect("a store");
        let tenant = store.tenant_or_create("t").expect("a tenant");
        let (a, b) = (ContactId([1; 16]), ContactId([2; 16]));
        let event = |contact: ContactId, id: u8| Event {
            contact_id: contact,
            event_id: EventId([id; 16]),
            ..example()
        };
        let round = |at: i64, models: &str| Round { at: TimestampMs(at), models: models.into() };
        let first = round(5, "1 1 1");
        let waiting = |store: &Store| store.waiting(tenant.id, 10).expect("read");
        assert_eq!(store.about_to_score(tenant.id, a, &first).expect("read"), None);
        store.insert_events(&tenant, [event(a, 1), event(b, 2)]).expect("inserted");
        assert_eq!(waiting(&store), [a, b]);
        let scored = store.about_to_score(tenant.id, a, &first).expect("read").expect("there");
        // An event that comes while the contact is being scored makes it wait again.
        store.insert_events(&tenant, [event(a, 3)]).expect("inserted");
        store.record_scores(&tenant, &[], &[scored]).expect("noted");
        assert_eq!(waiting(&store), [a, b]);
        for contact in [a, b] {
            let scored = store.about_to_score(tenant.id, contact, &first).expect("read");
            let scored = scored.expect("there");
            store.record_scores(&tenant, &[], &[scored]).expect("noted");
        }
        assert_eq!(waiting(&store), []);
        // Time and other models make them outdated.
        let outdated = |store: &Store, now: Round, before: i64| {
            store.outdated(tenant.id, &now, TimestampMs(before), 10).expect("read")
        };
        assert_eq!(outdated(&store, round(9, "1 1 1"), 5), []);
        assert_eq!(outdated(&store, round(9, "1 1 1"), 6), [a, b]);
        assert_eq!(outdated(&store, round(9, "1 2 1"), 0), [a, b]);
        assert_eq!(outdated(&store, round(9, "1 0 1"), 0), [a, b]);
        let second = store.about_to_score(tenant.id, a, &round(9, "1 2 1")).expect("read");
        store.record_scores(&tenant, &[], &[second.expect("there")]).expect("noted");
        assert_eq!(outdated(&store, round(9, "1 2 1"), 6), [b]);
        // What is known already changes nothing; joined ids are scored as one.
        store.insert_events(&tenant, [event(a, 1)]).expect("inserted");
        assert_eq!(waiting(&store), []);
        let alias = Event { kind: EventKind::Alias { other: a }, ..event(b, 4) };
        store.insert_events(&tenant, [alias]).expect("inserted");
        assert_eq!(waiting(&store), [a]);
    }
}
