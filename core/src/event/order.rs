//! The one order of events inside a contact.

use core::cmp::Ordering;

use super::{Event, EventKind};
use crate::id::EventId;
use crate::time::TimestampMs;

impl EventKind {
    /// Rank among events of the same instant: inbound, outbound, status, then the rest.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::MessageOutbound { .. } => 1,
            Self::MessageStatus { .. } => 2,
            kind if kind.is_inbound() => 0,
            _ => 3,
        }
    }
}

impl Event {
    /// The key that orders the events of one contact: (occurred_at, rank, event_id).
    #[must_use]
    pub fn order_key(&self) -> (TimestampMs, u8, EventId) {
        (self.occurred_at, self.kind.rank(), self.event_id)
    }

    /// Compares by [`Event::order_key`].
    #[must_use]
    pub fn cmp_in_contact(&self, other: &Self) -> Ordering {
        self.order_key().cmp(&other.order_key())
    }
}
