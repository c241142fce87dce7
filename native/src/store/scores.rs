//! What models said of contacts: the score history, one row a change.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use super::{Scored, Store, StoreError, Tenant, TenantId, alias, erase, limits, waiting};

/// One score of one contact.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRow {
    /// Whose. Rows are kept under the canonical id and read under any.
    pub contact: ContactId,
    /// By which kind of model.
    pub model: ModelKind,
    /// When it was computed.
    pub computed_at: TimestampMs,
    /// The instant that it speaks about.
    pub as_of: TimestampMs,
    /// Version of the model; 0 for a shipped one.
    pub version: u32,
    /// A lead score of 0 to 100, else a probability of 0 to 1.
    pub value: f64,
    /// Tier, level of risk or level of engagement.
    pub label: String,
    /// The prediction as JSON, with its explanation.
    pub answer: String,
}

impl Store {
    /// Keeps a score; of equal contact, model and instant of computing the newer word stays. Beyond
    /// [`limits::SCORES_PER_MODEL_MAX`] rows of one contact and model the oldest go. False when the
    /// score was left out: its contact is not in the log (any more), or what it was computed from
    /// has been erased since.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_score(&mut self, tenant: &Tenant, row: &ScoreRow) -> Result<bool, StoreError> {
        Ok(self.record_scores(tenant, std::slice::from_ref(row), &[])? == [true])
    }

    /// Keeps scores as [`Store::record_score`] does, in one transaction; which of them were
    /// kept, in their order. `scored` are the contacts that need not wait any longer.
    ///
    /// # Errors
    /// When the file cannot be written; then none of them was.
    pub fn record_scores(
        &mut self,
        tenant: &Tenant,
        rows: &[ScoreRow],
        scored: &[Scored],
    ) -> Result<Vec<bool>, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut tombstones = erase::Tombstones::open(&transaction, tenant)?;
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let erased_at = tombstones.erased_at(&transaction, row.contact)?;
            let speaks_of_what_is_there = erased_at.is_none_or(|at| at < row.as_of);
            kept.push(speaks_of_what_is_there && record(&transaction, tenant.id, row)?);
        }
        waiting::note(&transaction, tenant.id, scored)?;
        transaction.commit()?;
        Ok(kept)
    }

    /// Scores of a contact (under any of their ids), newest first: of one model or of all, computed
    /// before an instant or all.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn scores_of(
        &self,
        tenant: TenantId,
        contact: ContactId,
        model: Option<ModelKind>,
        before: Option<TimestampMs>,
        limit: usize,
    ) -> Result<Vec<ScoreRow>, StoreError> {
        let contact = alias::canonical(&self.connection, tenant, contact)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT contact, model, computed_at, as_of, version, value, label, answer FROM scores
             WHERE tenant = ?1 AND contact = ?2 AND model = ifnull(?3, model) AND computed_at < ?4
             ORDER BY computed_at DESC, model LIMIT ?5",
        )?;
        let before = before.map_or(i64::MAX, |before| before.0);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let model = model.map(ModelKind::as_str);
        let rows = statement.query_map((tenant.0, contact.0, model, before, limit), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest score of a contact (under any of their ids) by each kind of model that has one, in
    /// order of kind.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn latest_scores(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Vec<ScoreRow>, StoreError> {
        let mut latest = Vec::new();
        for model in ModelKind::ALL {
            latest.extend(self.scores_of(tenant, contact, Some(model), None, 1)?);
        }
        Ok(latest)
    }
}

fn record(
    transaction: &Transaction<'_>,
    tenant: TenantId,
    row: &ScoreRow,
) -> Result<bool, StoreError> {
    let contact = alias::canonical(transaction, tenant, row.contact)?;
    let model = row.model.as_str();
    let kept = transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO scores
             (tenant, contact, model, computed_at, as_of, version, value, label, answer)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
             WHERE EXISTS (SELECT 1 FROM events WHERE tenant = ?1 AND contact = ?2)",
        )?
        .execute(rusqlite::params![
            tenant.0,
            contact.0,
            model,
            row.computed_at.0,
            row.as_of.0,
            row.version,
            row.value,
            row.label,
            row.answer,
        ])?;
    transaction
        .prepare_cached(
            "DELETE FROM scores WHERE tenant = ?1 AND contact = ?2 AND model = ?3
             AND computed_at <= (SELECT computed_at FROM scores
               WHERE tenant = ?1 AND contact = ?2 AND model = ?3
               ORDER BY computed_at DESC LIMIT 1 OFFSET ?4)",
        )?
        .execute((tenant.0, contact.0, model, limits::SCORES_PER_MODEL_MAX))?;
    Ok(kept == 1)
}

/// Gives the scores of one id to another; where both have one of the same instant, the other's stays.
pub(super) fn give(
    connection: &Connection,
    tenant: TenantId,
    from: ContactId,
    to: ContactId,
) -> Result<(), StoreError> {
    let ids = (tenant.0, to.0, from.0);
    connection
        .prepare_cached(
            "UPDATE OR IGNORE scores SET contact = ?2 WHERE tenant = ?1 AND contact = ?3",
        )?
        .execute(ids)?;
    delete(connection, tenant, from)
}

/// Deletes every score of one id.
pub(super) fn delete(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM scores WHERE tenant = ?1 AND contact = ?2")?
        .execute((tenant.0, contact.0))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<ScoreRow> {
    let name = row.get_ref(1)?.as_str()?;
    Ok(ScoreRow {
        contact: ContactId(row.get(0)?),
        model: ModelKind::from_name(name).unwrap_or(ModelKind::Custom),
        computed_at: TimestampMs(row.get(2)?),
        as_of: TimestampMs(row.get(3)?),
        version: row.get(4)?,
        value: row.get(5)?,
        label: row.get(6)?,
        answer: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::event::{Event, EventKind};
    use chatsignal_core::testing::example;

    fn store() -> (tempfile::TempDir, Store, Tenant) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open_or_create(&folder.path().join("s.db")).expect("a store");
        let tenant = store.tenant_or_create("t").expect("a tenant");
        (folder, store, tenant)
    }

    fn event(contact: ContactId) -> Event {
        let event_id = chatsignal_core::id::EventId(contact.0);
        Event { contact_id: contact, event_id, ..example() }
    }

    fn row(contact: ContactId, model: ModelKind, at: i64) -> ScoreRow {
        ScoreRow {
            contact,
            model,
            computed_at: TimestampMs(at),
            as_of: TimestampMs(at),
            version: 0,
            value: 0.5,
            label: "warm".to_owned(),
            answer: "{\"canary\":\"5c0re-of-a-person\"}".to_owned(),
        }
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_go() {
        let (_folder, mut store, tenant) = store();
        let contact = ContactId([3; 16]);
        let (lead, churn) = (ModelKind::Lead, ModelKind::Churn);
        assert!(!store.record_score(&tenant, &row(contact, lead, 1)).expect("no such contact"));
        store.insert_events(&tenant, [event(contact)]).expect("inserted");
        let most = limits::SCORES_PER_MODEL_MAX;
        for at in 1..=most + 5 {
            assert!(store.record_score(&tenant, &row(contact, lead, at)).expect("recorded"));
        }
        assert!(store.record_score(&tenant, &row(contact, churn, 3)).expect("recorded"));
        let instants = |rows: Vec<ScoreRow>| -> Vec<i64> {
            rows.iter().map(|row| row.computed_at.0).collect()
        };
        let leads = store.scores_of(tenant.id, contact, Some(lead), None, 1_000).expect("read");
        assert_eq!(instants(leads), (6..=most + 5).rev().collect::<Vec<_>>());
        let before = Some(TimestampMs(8));
        let two = store.scores_of(tenant.id, contact, None, before, 2).expect("read");
        assert_eq!(instants(two), [7, 6]);
        let latest = store.latest_scores(tenant.id, contact).expect("read");
        assert_eq!(latest, [row(contact, lead, most + 5), row(contact, churn, 3)]);
        let other = store.tenant_or_create("other").expect("a tenant");
        assert_eq!(store.latest_scores(other.id, contact).expect("read"), []);
    }

    #[test]
    fn scores_follow_their_contact_through_joining_and_erasure() {
        let (folder, mut store, tenant) = store();
        let (a, b) = (ContactId([1; 16]), ContactId([2; 16]));
        store.insert_events(&tenant, [event(a), event(b)]).expect("inserted");
        for (contact, at) in [(a, 5), (b, 5), (b, 6)] {
            store.record_score(&tenant, &row(contact, ModelKind::Lead, at)).expect("recorded");
        }
        let alias = Event {
            event_id: chatsignal_core::id::EventId([9; 16]),
            kind: EventKind::Alias { other: a },
            ..event(b)
        };
        store.insert_events(&tenant, [&alias]).expect("inserted");
        let joined = store.scores_of(tenant.id, b, None, None, 10).expect("read");
        assert_eq!(joined, [row(a, ModelKind::Lead, 6), row(a, ModelKind::Lead, 5)]);
        let now = alias.available_at;
        store.erase_contact(&tenant, b, now).expect("erased");
        assert_eq!(store.scores_of(tenant.id, a, None, None, 10).expect("read"), []);
        // What was computed before the erasure does not come after it.
        let late = Event { occurred_at: now.plus_ms(1), available_at: now.plus_ms(1), ..event(a) };
        store.insert_events(&tenant, [&late]).expect("inserted");
        let (stale, fresh) = (now, now.plus_ms(1));
        let of = |at: TimestampMs| ScoreRow { as_of: at, ..row(a, ModelKind::Lead, 9) };
        assert!(!store.record_score(&tenant, &of(stale)).expect("left out"));
        let rows = [of(stale), of(fresh), row(ContactId([7; 16]), ModelKind::Lead, 9)];
        let kept = store.record_scores(&tenant, &rows, &[]).expect("recorded");
        assert_eq!(kept, [false, true, false], "erased, there, never there");
        store.erase_contact(&tenant, a, fresh).expect("erased");
        drop(store);
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("read");
            let canary = b"5c0re-of-a-person";
            assert!(!bytes.windows(canary.len()).any(|window| window == canary));
        }
    }
}
