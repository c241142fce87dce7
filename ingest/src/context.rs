//! What every reader needs to know besides the bytes.

use chatsignal_core::event::{Event, EventKind, Source};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;

use crate::calendar::LocalTime;
use crate::country::Country;
use crate::identity::Hasher;

/// When the events of an input became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Live: all at once, at the instant of receipt. Later clocks of the source are clamped to it.
    Received(TimestampMs),
    /// History: each event `lag_ms` milliseconds (not negative) after it happened.
    Occurred {
        /// The lag.
        lag_ms: i64,
    },
}

impl Availability {
    /// The pair (`occurred_at`, `available_at`) of something that happened at `at`.
    #[must_use]
    pub fn times(self, at: TimestampMs) -> (TimestampMs, TimestampMs) {
        match self {
            Self::Received(at_receipt) => {
                let received = at_receipt.clamp(TimestampMs::MIN, TimestampMs::MAX);
                (at.min(received), received)
            }
            Self::Occurred { lag_ms } => (at, at.plus_ms(lag_ms.max(0)).min(TimestampMs::MAX)),
        }
    }

    /// The instant of receipt, for something whose source gives no time.
    #[must_use]
    pub fn received(self) -> Option<TimestampMs> {
        match self {
            Self::Received(at) => Some(at),
            Self::Occurred { .. } => None,
        }
    }
}

/// What every reader needs to know besides the bytes.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Turns natural keys into ids.
    pub hasher: &'a Hasher,
    /// Offsets of local time.
    pub local: &'a dyn LocalTime,
    /// When the input became known.
    pub availability: Availability,
}

impl Context<'_> {
    /// An event without conversation, campaign and agent. `key` is its natural key inside
    /// (source, type).
    pub(crate) fn event(
        &self,
        source: Source,
        contact: (ContactId, Option<Country>),
        at: TimestampMs,
        key: &[&[u8]],
        kind: EventKind,
    ) -> Event {
        let (occurred_at, available_at) = self.availability.times(at);
        Event {
            event_id: self.hasher.event(source, kind.type_name(), key),
            contact_id: contact.0,
            occurred_at,
            available_at,
            utc_offset: self.local.offset_of(contact.1, occurred_at),
            source,
            conversation_id: None,
            campaign_id: None,
            agent_id: None,
            kind,
        }
    }
}
