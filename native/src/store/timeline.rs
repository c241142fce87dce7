//! The events of one contact, newest first, a page at a time.

use chatsignal_core::event::{Event, binary};
use chatsignal_core::id::{ContactId, EventId};
use chatsignal_core::time::TimestampMs;

use super::scan::body;
use super::{Store, StoreError, TenantId, alias};

/// Where an event stands in the log of its contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// When it happened.
    pub occurred_at: TimestampMs,
    /// Its rank among events of the same instant.
    pub rank: u8,
    /// The event.
    pub event_id: EventId,
}

impl Position {
    /// The place of an event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let (occurred_at, event_id) = (event.occurred_at, event.event_id);
        Self { occurred_at, rank: event.kind.rank(), event_id }
    }
}

impl Store {
    /// The events of a contact (under any of their ids) before a position, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events_before(
        &self,
        tenant: TenantId,
        contact: ContactId,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let contact = alias::canonical(&self.connection, tenant, contact)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM events WHERE tenant = ?1 AND contact = ?2
             AND (occurred_at, rank, event_id) < (?3, ?4, ?5)
             ORDER BY occurred_at DESC, rank DESC, event_id DESC LIMIT ?6",
        )?;
        let last = Position {
            occurred_at: TimestampMs(i64::MAX),
            rank: u8::MAX,
            event_id: EventId([u8::MAX; 16]),
        };
        let Position { occurred_at, rank, event_id } = before.unwrap_or(last);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let place = (tenant.0, contact.0, occurred_at.0, rank, event_id.0, limit);
        let mut rows = statement.query(place)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let body = body(row, 0)?;
            let event = binary::decode(body)
                .map_err(|reason| self.events(tenant).broken(contact, body, reason))?;
            events.push(event);
        }
        Ok(events)
    }
}
