//! Reading the log: the ordered scan that feeds the fold.

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::{Event, binary};
use chatsignal_core::feature::{BatchExtractor, BatchPlan, FeatureBatch};
use chatsignal_core::id::{ContactId, EventId};
use chatsignal_core::time::TimestampMs;
use chatsignal_core::wire::WireError;
use chatsignal_train::source::{EventSource, SourceError};
use rusqlite::Row;

use super::{Store, StoreError, TenantId, alias, limits};

/// The ordered scan of a tenant's contacts: the table in the order of its key, from after the
/// business, whose id is the smallest there is. No other column: each costs a tenth of the scan.
pub(super) const SCAN: &str = "SELECT contact, body FROM events WHERE tenant = ?1 AND contact > ?2
    ORDER BY contact, occurred_at, rank, event_id";

/// One line about a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactSummary {
    /// Canonical id.
    pub contact: ContactId,
    /// Events in the log.
    pub events: u64,
    /// When the first happened.
    pub first: TimestampMs,
    /// When the last happened.
    pub last: TimestampMs,
}

/// The log of one tenant.
#[derive(Clone, Copy, Debug)]
pub struct TenantEvents<'a> {
    store: &'a Store,
    tenant: TenantId,
}

impl Store {
    /// The log of one tenant.
    #[must_use]
    pub fn events(&self, tenant: TenantId) -> TenantEvents<'_> {
        TenantEvents { store: self, tenant }
    }

    /// Every event of one person (under any of their ids), in the order of
    /// [`Event::cmp_in_contact`]; none for an unknown one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events_of(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Vec<Event>, StoreError> {
        let contact = alias::canonical(&self.connection, tenant, contact)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM events WHERE tenant = ?1 AND contact = ?2
             ORDER BY occurred_at, rank, event_id",
        )?;
        let mut rows = statement.query((tenant.0, contact.0))?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let body = body(row, 0)?;
            let event = binary::decode(body)
                .map_err(|reason| self.events(tenant).broken(contact, body, reason))?;
            events.push(event);
        }
        Ok(events)
    }

    /// Every contact with at least one event, by canonical id.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn contacts(&self, tenant: TenantId) -> Result<Vec<ContactSummary>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT contact, count(*), min(occurred_at), max(occurred_at) FROM events
             WHERE tenant = ?1 AND contact <> ?2 GROUP BY contact ORDER BY contact",
        )?;
        let rows = statement.query_map((tenant.0, ContactId::BUSINESS.0), |row| {
            Ok(ContactSummary {
                contact: ContactId(row.get(0)?),
                events: row.get::<_, i64>(1)?.unsigned_abs(),
                first: TimestampMs(row.get(2)?),
                last: TimestampMs(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Instant at which the newest event became known: the earliest as_of that every contact's
    /// state answers. `None` for an empty log.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_available(&self, tenant: TenantId) -> Result<Option<TimestampMs>, StoreError> {
        let newest: Option<i64> = self.connection.query_row(
            "SELECT max(available_at) FROM events WHERE tenant = ?1",
            [tenant.0],
            |row| row.get(0),
        )?;
        Ok(newest.map(TimestampMs))
    }
}

impl TenantEvents<'_> {
    /// Visits every contact, by canonical id, with all its events in the order of
    /// [`Event::cmp_in_contact`]. One statement: a consistent view of the log. Holds the events of
    /// one contact at a time.
    ///
    /// # Errors
    /// When the file cannot be read, or the visitor's own error.
    pub fn visit<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(ContactId, &[Event]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.by_contact(
            Vec::new(),
            |events, body| {
                events.push(binary::decode(body)?);
                Ok(())
            },
            |contact, events| {
                visit(contact, events)?;
                events.clear();
                Ok(())
            },
        )
    }

    /// Visits every contact, by canonical id, with its state as it was known at `as_of` (nothing
    /// known, if all its events came later). Folds while it reads: holds one state and no event.
    ///
    /// # Errors
    /// When the file cannot be read, or the visitor's own error.
    pub fn fold<E: From<StoreError>>(
        &self,
        as_of: TimestampMs,
        mut visit: impl FnMut(ContactId, &ContactState) -> Result<(), E>,
    ) -> Result<(), E> {
        self.by_contact(
            ContactState::new(),
            |state, body| state.apply_encoded(body, as_of).map(drop),
            |contact, state| {
                visit(contact, state)?;
                state.clear();
                Ok(())
            },
        )
    }

    /// The features of every contact of whom something was known, one column a feature, by
    /// canonical id. Holds the columns and one state.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn features(&self, plan: &BatchPlan<'_>) -> Result<FeatureBatch, StoreError> {
        let mut extractor = BatchExtractor::new(*plan);
        self.fold(plan.as_of, |contact, state| {
            extractor.push(contact, state);
            Ok::<_, StoreError>(())
        })?;
        Ok(extractor.finish())
    }

    /// The ordered scan: `add` takes the events of a contact in, `end` is called after its last.
    fn by_contact<T, E: From<StoreError>>(
        &self,
        mut group: T,
        mut add: impl FnMut(&mut T, &[u8]) -> Result<(), WireError>,
        mut end: impl FnMut(ContactId, &mut T) -> Result<(), E>,
    ) -> Result<(), E> {
        self.store.set_cache(limits::SCAN_CACHE_KIB)?;
        let mut statement = self.store.connection.prepare_cached(SCAN).map_err(StoreError::from)?;
        let mut rows =
            statement.query((self.tenant.0, ContactId::BUSINESS.0)).map_err(StoreError::from)?;
        let mut current: Option<ContactId> = None;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let contact = ContactId(row.get(0).map_err(StoreError::from)?);
            if let Some(previous) = current.filter(|previous| *previous != contact) {
                end(previous, &mut group)?;
            }
            current = Some(contact);
            let body = body(row, 1)?;
            add(&mut group, body).map_err(|reason| self.broken(contact, body, reason))?;
        }
        match current {
            Some(contact) => end(contact, &mut group),
            None => Ok(()),
        }
    }

    /// The error of an event that cannot be read.
    pub(super) fn broken(&self, contact: ContactId, body: &[u8], reason: WireError) -> StoreError {
        let id = self.store.connection.query_row(
            "SELECT event_id FROM events WHERE tenant = ?1 AND contact = ?2 AND body = ?3",
            (self.tenant.0, contact.0, body),
            |row| row.get(0),
        );
        let event_id = id.map_or_else(|_| "?".to_owned(), |id| EventId(id).to_string());
        StoreError::Event { event_id, reason }
    }
}

impl EventSource for TenantEvents<'_> {
    fn for_each_contact(
        &self,
        visit: &mut dyn FnMut(ContactId, &[Event]),
    ) -> Result<(), SourceError> {
        self.visit(|contact, events| {
            visit(contact, events);
            Ok::<_, StoreError>(())
        })
        .map_err(|error| SourceError(error.into()))
    }

    fn country(&self, contact: ContactId) -> Option<[u8; 2]> {
        let country = self.store.person(self.tenant, contact).ok()?.country?;
        country.as_str().as_bytes().try_into().ok()
    }
}

/// The binary form of an event in a column.
pub(super) fn body<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8], StoreError> {
    Ok(row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?)
}
