//! One line about every contact: how many events, since when, consent, newest scores. Kept in the
//! transaction of the events, so that lists need not read the log.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::{Consent, ContactState};
use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use rusqlite::{
    Connection, OptionalExtension, Row, Transaction, TransactionBehavior, named_params,
};

use super::{Store, StoreError, TenantId, alias, limits};

/// The newest score of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// A lead score of 0 to 100, else a probability of 0 to 1.
    pub value: f64,
    /// Tier, level of risk or level of engagement, by the cut-offs of then.
    pub label: String,
    /// When it was computed.
    pub computed_at: TimestampMs,
}

/// One line about a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactLine {
    /// Canonical id.
    pub contact: ContactId,
    /// Events in the log.
    pub events: u64,
    /// When the first happened.
    pub first: TimestampMs,
    /// When the last happened.
    pub last: TimestampMs,
    /// What the contact consents to.
    pub consent: Consent,
    /// Newest scores by kind of model, in the order of [`ModelKind::TRAINED`]; none of who objected
    /// to profiling.
    pub scores: [Option<Latest>; 3],
    /// The lead score of a week before the newest, 0 to 100.
    pub lead_previous: Option<f64>,
    /// The best local hour for a message, as the newest engagement score had it.
    pub best_hour: Option<u8>,
}

/// The values of one level, by its cut-offs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// The lowest; none for the lowest level.
    pub from: Option<f64>,
    /// Where the next higher level begins; none for the highest.
    pub below: Option<f64>,
}

/// Which contacts to list; what is left out does not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactFilter {
    /// The newest lead score.
    pub lead: Option<Band>,
    /// The newest churn risk.
    pub churn: Option<Band>,
    /// The newest probability of a reply.
    pub engagement: Option<Band>,
    /// Whether marketing may be sent.
    pub marketing_allowed: Option<bool>,
    /// Last event at or after this instant.
    pub active_since: Option<TimestampMs>,
    /// Last event before this instant.
    pub inactive_since: Option<TimestampMs>,
    /// Part of the name in the directory; letters of ASCII match in both cases.
    pub name: Option<String>,
}

/// What a list is sorted by; greatest first but for the id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContactOrder {
    /// Our id.
    #[default]
    Id,
    /// When the last event happened.
    LastActivity,
    /// The newest score of a kind of model; contacts without one come last.
    Score(ModelKind),
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The value sorted by; none for a contact without one, and for the order by id.
    pub value: Option<f64>,
    /// The contact.
    pub contact: ContactId,
}

impl ContactOrder {
    fn column(self) -> Option<&'static str> {
        match self {
            Self::Id => None,
            Self::LastActivity => Some("last_at"),
            Self::Score(ModelKind::Lead) => Some("lead"),
            Self::Score(ModelKind::Churn) => Some("churn"),
            Self::Score(ModelKind::Engagement | ModelKind::Custom) => Some("engagement"),
        }
    }

    /// Where a page ends with this line.
    #[must_use]
    pub fn place(self, line: &ContactLine) -> Place {
        let score = |at: usize| line.scores[at].as_ref().map(|score| score.value);
        let value = match self {
            Self::Id => None,
            // Instants of the log fit a double exactly.
            Self::LastActivity => Some(line.last.0 as f64),
            Self::Score(ModelKind::Lead) => score(0),
            Self::Score(ModelKind::Churn) => score(1),
            Self::Score(ModelKind::Engagement | ModelKind::Custom) => score(2),
        };
        Place { value, contact: line.contact }
    }
}

const COLUMNS: &str = "contact, events, first_at, last_at, consent, lead, lead_label, lead_at,
    churn, churn_label, churn_at, engagement, engagement_label, engagement_at,
    lead_previous, best_hour";

/// The lines as they are shown, filtered and sorted: of who objected to profiling (or may have, while
/// that cannot be folded) nothing that models said is in it.
const SHOWN: &str = "(SELECT tenant, contact, events, first_at, last_at, consent,
    iif(kept, lead, NULL) AS lead, iif(kept, lead_label, NULL) AS lead_label, lead_at,
    iif(kept, churn, NULL) AS churn, iif(kept, churn_label, NULL) AS churn_label, churn_at,
    iif(kept, engagement, NULL) AS engagement,
    iif(kept, engagement_label, NULL) AS engagement_label, engagement_at,
    iif(kept, lead_previous, NULL) AS lead_previous, iif(kept, best_hour, NULL) AS best_hour
  FROM (SELECT *, ifnull(consent, 2) & 2 = 0 AS kept FROM contacts))";

const FILTER: &str = "tenant = :tenant
    AND (:lead_from IS NULL OR lead >= :lead_from) AND (:lead_below IS NULL OR lead < :lead_below)
    AND (:churn_from IS NULL OR churn >= :churn_from)
    AND (:churn_below IS NULL OR churn < :churn_below)
    AND (:engagement_from IS NULL OR engagement >= :engagement_from)
    AND (:engagement_below IS NULL OR engagement < :engagement_below)
    AND (:allowed IS NULL OR (ifnull(consent, 1) = 0) = :allowed)
    AND (:since IS NULL OR last_at >= :since)
    AND (:before IS NULL OR last_at < :before)
    AND (:name IS NULL OR contact IN (
      SELECT ifnull(canonical, directory.contact) FROM directory LEFT JOIN contact_alias
        ON contact_alias.tenant = :tenant AND contact_alias.contact = directory.contact
      WHERE directory.tenant = :tenant AND field = 'name' AND value LIKE :name ESCAPE '\\'))";

fn from(band: Option<Band>) -> Option<f64> {
    band.and_then(|band| band.from)
}

fn below(band: Option<Band>) -> Option<f64> {
    band.and_then(|band| band.below)
}

impl Store {
    /// Contacts that pass a filter, in order, from after a place.
    ///
    /// # Errors
    /// When the file cannot be read. Consent that is still to be folded and cannot be written down is
    /// given as withdrawn.
    pub fn list_contacts(
        &mut self,
        tenant: TenantId,
        filter: &ContactFilter,
        order: ContactOrder,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<ContactLine>, StoreError> {
        self.settle_consent(tenant)?;
        let (past, sort) = match order.column() {
            None => ("contact > :contact".to_owned(), "contact".to_owned()),
            Some(column) => (
                format!(
                    "CASE WHEN :value IS NULL THEN {column} IS NULL AND contact > :contact
                     ELSE {column} IS NULL OR {column} < :value
                       OR ({column} = :value AND contact > :contact) END"
                ),
                format!("{column} DESC NULLS LAST, contact"),
            ),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM {SHOWN} WHERE {FILTER} AND (:contact IS NULL OR {past})
             ORDER BY {sort} LIMIT :limit"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let name = filter.name.as_deref().map(contains);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let id = after.map(|place| place.contact.0);
        let value = after.and_then(|place| place.value);
        let named = named_params! {
            ":tenant": tenant.0,
            ":lead_from": from(filter.lead),
            ":lead_below": below(filter.lead),
            ":churn_from": from(filter.churn),
            ":churn_below": below(filter.churn),
            ":engagement_from": from(filter.engagement),
            ":engagement_below": below(filter.engagement),
            ":allowed": filter.marketing_allowed,
            ":since": filter.active_since.map(|at| at.0),
            ":before": filter.inactive_since.map(|at| at.0),
            ":name": name,
            ":contact": id,
            ":limit": limit,
        };
        let mut bound: Vec<(&str, &dyn rusqlite::ToSql)> = named.to_vec();
        if order.column().is_some() {
            bound.push((":value", &value));
        }
        let rows = statement.query_map(bound.as_slice(), line)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many contacts pass a filter.
    ///
    /// # Errors
    /// As [`Store::list_contacts`].
    pub fn count_contacts(
        &mut self,
        tenant: TenantId,
        filter: &ContactFilter,
    ) -> Result<u64, StoreError> {
        self.settle_consent(tenant)?;
        let sql = format!("SELECT count(*) FROM {SHOWN} WHERE {FILTER}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let count: i64 = statement.query_row(
            named_params! {
                ":tenant": tenant.0,
                ":lead_from": from(filter.lead),
                ":lead_below": below(filter.lead),
                ":churn_from": from(filter.churn),
                ":churn_below": below(filter.churn),
                ":engagement_from": from(filter.engagement),
                ":engagement_below": below(filter.engagement),
                ":allowed": filter.marketing_allowed,
                ":since": filter.active_since.map(|at| at.0),
                ":before": filter.inactive_since.map(|at| at.0),
                ":name": filter.name.as_deref().map(contains),
            },
            |row| row.get(0),
        )?;
        Ok(count.unsigned_abs())
    }

    /// The line of one contact, under any of their ids; none for one without events.
    ///
    /// # Errors
    /// As [`Store::list_contacts`].
    pub fn contact_line(
        &mut self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<ContactLine>, StoreError> {
        let contact = alias::canonical(&self.connection, tenant, contact)?;
        let unsettled = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM contacts WHERE tenant = ?1 AND contact = ?2 AND consent IS NULL",
            )?
            .exists((tenant.0, contact.0))?;
        if unsettled {
            self.settle(tenant, &[contact])?;
        }
        let sql = format!("SELECT {COLUMNS} FROM {SHOWN} WHERE tenant = ?1 AND contact = ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row((tenant.0, contact.0), line).optional()?)
    }

    /// Folds the consent of the contacts that may have withdrawn it and have new events.
    fn settle_consent(&self, tenant: TenantId) -> Result<(), StoreError> {
        loop {
            let unsettled = {
                let mut statement = self.connection.prepare_cached(
                    "SELECT contact FROM contacts WHERE tenant = ?1 AND consent IS NULL LIMIT ?2",
                )?;
                let rows = statement.query_map((tenant.0, limits::SETTLED_AT_ONCE), |row| {
                    row.get(0).map(ContactId)
                })?;
                rows.collect::<Result<Vec<ContactId>, _>>()?
            };
            if unsettled.is_empty() || !self.settle(tenant, &unsettled)? {
                return Ok(());
            }
        }
    }

    /// Folds the consent of contacts and notes it. False when the file cannot be written: their
    /// lines then give the careful answer.
    fn settle(&self, tenant: TenantId, contacts: &[ContactId]) -> Result<bool, StoreError> {
        match self.fold_consent(tenant, contacts) {
            Ok(()) => Ok(true),
            Err(StoreError::DiskFull | StoreError::ReadOnly | StoreError::Busy) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn fold_consent(&self, tenant: TenantId, contacts: &[ContactId]) -> Result<(), StoreError> {
        // Under the write lock nothing can be added between the fold and its note. Whatever fails,
        // the transaction ends with this.
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        for contact in contacts {
            let (state, _) = self.fold_log(tenant, *contact, TimestampMs(i64::MAX))?;
            transaction
                .prepare_cached(
                    "UPDATE contacts SET consent = ?3 WHERE tenant = ?1 AND contact = ?2",
                )?
                .execute((tenant.0, contact.0, bits(state.consent())))?;
        }
        Ok(transaction.commit()?)
    }
}

/// What new events change in the line of their contact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touched {
    events: i64,
    first: i64,
    last: i64,
    doubt: bool,
}

impl Default for Touched {
    fn default() -> Self {
        Self { events: 0, first: i64::MAX, last: i64::MIN, doubt: false }
    }
}

impl Touched {
    /// Takes a new event in.
    pub(super) fn add(&mut self, event: &Event) {
        self.events += 1;
        self.first = self.first.min(event.occurred_at.0);
        self.last = self.last.max(event.occurred_at.0);
        self.doubt |= ContactState::may_withdraw_consent(&event.kind);
    }
}

/// Adds new events to the line of their contact.
pub(super) fn touch(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
    touched: &Touched,
) -> Result<(), StoreError> {
    if contact == ContactId::BUSINESS {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO contacts (tenant, contact, events, first_at, last_at, doubt, consent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, CASE WHEN ?6 THEN NULL ELSE 0 END)
             ON CONFLICT DO UPDATE SET events = events + ?3, first_at = min(first_at, ?4),
               last_at = max(last_at, ?5), doubt = doubt OR ?6,
               consent = CASE WHEN doubt OR ?6 THEN NULL ELSE 0 END",
        )?
        .execute((
            tenant.0,
            contact.0,
            touched.events,
            touched.first,
            touched.last,
            touched.doubt,
        ))?;
    Ok(())
}

/// Counts the events of a contact afresh; its line goes when it has none.
pub(super) fn recount(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    if contact == ContactId::BUSINESS {
        return Ok(());
    }
    let ids = (tenant.0, contact.0);
    connection
        .prepare_cached(
            "INSERT INTO contacts (tenant, contact, events, first_at, last_at, doubt, consent)
             SELECT ?1, ?2, count(*), min(occurred_at), max(occurred_at), 1, NULL FROM events
             WHERE tenant = ?1 AND contact = ?2 HAVING count(*) > 0
             ON CONFLICT DO UPDATE SET events = excluded.events, first_at = excluded.first_at,
               last_at = excluded.last_at, doubt = 1, consent = NULL, scored = NULL",
        )?
        .execute(ids)?;
    connection
        .prepare_cached(
            "DELETE FROM contacts WHERE tenant = ?1 AND contact = ?2
             AND NOT EXISTS (SELECT 1 FROM events WHERE tenant = ?1 AND contact = ?2)",
        )?
        .execute(ids)?;
    Ok(())
}

/// One person of two: the line of `from` goes, that of `to` is made afresh with the newest scores
/// of both, which `scores::give` has put under one id.
pub(super) fn joined(
    connection: &Connection,
    tenant: TenantId,
    from: ContactId,
    to: ContactId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM contacts WHERE tenant = ?1 AND contact = ?2")?
        .execute((tenant.0, from.0))?;
    recount(connection, tenant, to)?;
    for kind in ModelKind::TRAINED {
        let name = kind.as_str();
        let (column, shown) = match kind {
            ModelKind::Lead => (", lead_previous", ", answer ->> '$.trend.previous'"),
            ModelKind::Engagement => (", best_hour", ", answer ->> '$.optimal_hour'"),
            ModelKind::Churn | ModelKind::Custom => ("", ""),
        };
        let sql = format!(
            "UPDATE contacts SET ({name}, {name}_label, {name}_at{column}) =
               (SELECT value, label, computed_at{shown} FROM scores
                WHERE tenant = ?1 AND contact = ?2 AND model = ?3
                ORDER BY computed_at DESC LIMIT 1)
             WHERE tenant = ?1 AND contact = ?2"
        );
        connection.prepare_cached(&sql)?.execute((tenant.0, to.0, name))?;
    }
    Ok(())
}

/// A pattern for what contains the text.
fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Of the bits of consent: objected to profiling.
const OBJECTED: i64 = 2;

fn bits(consent: Consent) -> i64 {
    i64::from(consent.opted_out)
        | (i64::from(consent.objected) * OBJECTED)
        | (i64::from(consent.block_suspected) << 2)
}

fn line(row: &Row<'_>) -> rusqlite::Result<ContactLine> {
    let latest = |at: usize| -> rusqlite::Result<Option<Latest>> {
        let Some(value) = row.get(at)? else { return Ok(None) };
        let computed_at = TimestampMs(row.get(at + 2)?);
        Ok(Some(Latest { value, label: row.get(at + 1)?, computed_at }))
    };
    // An event came in since the consent was folded: the careful answer until it is again.
    let consent = row.get::<_, Option<i64>>(4)?.unwrap_or(1 | OBJECTED);
    Ok(ContactLine {
        contact: ContactId(row.get(0)?),
        events: row.get::<_, i64>(1)?.unsigned_abs(),
        first: TimestampMs(row.get(2)?),
        last: TimestampMs(row.get(3)?),
        consent: Consent {
            opted_out: consent & 1 != 0,
            objected: consent & OBJECTED != 0,
            block_suspected: consent & 4 != 0,
        },
        scores: [latest(5)?, latest(8)?, latest(11)?],
        lead_previous: row.get(14)?,
        best_hour: row.get(15)?,
    })
}

#[cfg(test)]
mod tests {
    use chatsignal_core::event::{ConsentKind, EventKind};
    use chatsignal_core::id::EventId;
    use chatsignal_core::testing::example;

    use super::*;

    /// A store with two contacts; only the second has opted out.
    fn store() -> (tempfile::TempDir, Store, TenantId, [ContactId; 2]) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open_or_create(&folder.path().join("o.db")).expect("a store");
        let tenant = store.tenant_or_create("t").expect("a tenant");
        let contacts = [1, 2].map(|byte| ContactId([byte; 16]));
        let consent = |contact: ContactId, at: u8, kind| Event {
            contact_id: contact,
            event_id: EventId([16 * contact.0[0] + at; 16]),
            occurred_at: TimestampMs(1_000 + i64::from(at)),
            available_at: TimestampMs(1_000 + i64::from(at)),
            kind: EventKind::Consent(kind),
            ..example()
        };
        let [in_again, out] = contacts;
        let events = [
            consent(in_again, 0, ConsentKind::OptOut),
            consent(in_again, 1, ConsentKind::OptIn),
            consent(out, 0, ConsentKind::OptOut),
        ];
        store.insert_events(&tenant, events).expect("inserted");
        (folder, store, tenant.id, contacts)
    }

    fn unsettled(store: &Store) -> i64 {
        let sql = "SELECT count(*) FROM contacts WHERE consent IS NULL";
        store.connection.query_row(sql, [], |row| row.get(0)).expect("a count")
    }

    #[test]
    fn one_contact_settles_the_consent_of_that_contact_alone() {
        let (_folder, mut store, tenant, [in_again, _]) = store();
        assert_eq!(unsettled(&store), 2);
        let line = store.contact_line(tenant, in_again).expect("read").expect("there");
        assert!(!line.consent.opted_out);
        assert_eq!(unsettled(&store), 1);
    }

    #[test]
    fn what_cannot_be_written_is_answered_with_care() {
        let (_folder, mut store, tenant, [in_again, out]) = store();
        store.connection.pragma_update(None, "query_only", true).expect("no writing");
        let line = store.contact_line(tenant, in_again).expect("read").expect("there");
        assert!(line.consent.opted_out && line.consent.objected);
        let allowed =
            |allowed| ContactFilter { marketing_allowed: Some(allowed), ..Default::default() };
        let ids = |lines: Vec<ContactLine>| -> Vec<ContactId> {
            lines.iter().map(|line| line.contact).collect()
        };
        let list = |store: &mut Store, filter| {
            let lines = store.list_contacts(tenant, &filter, ContactOrder::Id, None, 10);
            ids(lines.expect("read"))
        };
        assert_eq!(list(&mut store, allowed(false)), [in_again, out]);
        assert_eq!(list(&mut store, allowed(true)), []);
        assert_eq!(store.count_contacts(tenant, &allowed(true)).expect("read"), 0);
        // No transaction was left open: the same connection goes on once it may write.
        assert!(store.connection.is_autocommit());
        store.connection.pragma_update(None, "query_only", false).expect("writing");
        assert_eq!(list(&mut store, allowed(true)), [in_again]);
    }
}
