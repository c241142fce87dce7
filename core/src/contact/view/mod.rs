//! What a state says at one instant: messages joined with their statuses, sends with their
//! answers, inbound with its mood. Worked out afresh from what the state keeps.

mod delivery;
mod desk;
mod index;
mod mood;
mod sends;
mod turns;

use alloc::vec::Vec;
use core::cell::OnceCell;

pub use sends::Send;

use super::ContactState;
use super::record::{Enrichment, Message, Stamp};
use crate::event::{Author, MessageCategory};
use crate::time::{DAY_MS, TimestampMs, UtcOffsetMin};
use delivery::Deliveries;

/// Consent of a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Opted out of marketing messages; the newest word counts.
    pub opted_out: bool,
    /// Objected to direct marketing and to profiling for it, and has not opted in since.
    pub objected: bool,
    /// Has probably blocked the business, and has not written or opted in since.
    pub block_suspected: bool,
}

/// Whose turn an item of the chat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The contact.
    Inbound,
    /// The business, in person.
    Reply,
    /// The business, by a campaign.
    Campaign,
}

impl Turn {
    /// The turn of an outbound message: nobody's when it is an automatic acknowledgement.
    fn of_outbound(author: Author, category: Option<MessageCategory>) -> Option<Self> {
        match (author, category) {
            (Author::Auto, _) => None,
            (Author::Campaign, _) | (_, Some(MessageCategory::Marketing)) => Some(Self::Campaign),
            _ => Some(Self::Reply),
        }
    }
}

/// A message of the chat that reached, or may have reached, the other side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) stamp: Stamp,
    pub(crate) turn: Turn,
    pub(crate) in_conversation: bool,
    pub(crate) mood: Option<&'a Enrichment>,
}

/// A state at an instant.
pub(crate) struct View<'a> {
    pub(crate) state: &'a ContactState,
    /// The instant, within the range of events.
    pub(crate) as_of: i64,
    /// Its local day by the contact's newest offset.
    pub(crate) today: i32,
    /// The chat in order: no failed message, no automatic acknowledgement, no link click.
    pub(crate) chat: Vec<Item<'a>>,
    deliveries: Deliveries,
    /// Messages of which only states are kept.
    stubs: Vec<Message>,
    /// Worked out when first asked for: several kinds of features read them.
    sends: OnceCell<Vec<Send>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(state: &'a ContactState, as_of: TimestampMs) -> Self {
        let as_of = as_of.clamp(TimestampMs::MIN, TimestampMs::MAX);
        let offset = state.utc_offset().unwrap_or(UtcOffsetMin(0));
        let deliveries = Deliveries::new(state.statuses.iter());
        let stubs = delivery::stubs(state, &deliveries);
        let chat = delivery::chat(state, &deliveries, &stubs);
        Self {
            state,
            as_of: as_of.0,
            today: offset.local_day(as_of),
            chat,
            deliveries,
            stubs,
            sends: OnceCell::new(),
        }
    }

    /// Whether a local day lies in the last `days` days. A day after today (the contact has
    /// travelled west since) counts as today.
    pub(crate) fn within(&self, day: i32, days: i32) -> bool {
        day > self.today.saturating_sub(days)
    }

    /// Milliseconds from an instant to now, at least 0.
    pub(crate) fn since(&self, at: i64) -> i64 {
        self.as_of.saturating_sub(at).max(0)
    }

    /// Whether an instant is at least 24 hours ago.
    pub(crate) fn is_settled(&self, at: i64) -> bool {
        self.as_of.saturating_sub(at) >= DAY_MS
    }

    /// First inbound to the first reply after it, milliseconds.
    pub(crate) fn first_response(&self) -> Option<i64> {
        delivery::first_response(self.state)
    }

    /// Failures by a limit of delivery in the last `days` days, one a message.
    pub(crate) fn limited(&self, days: i32) -> u32 {
        let limited = |day: &i32| self.within(*day, days);
        self.deliveries.limited_days().filter(limited).count() as u32
    }

    /// See [`ContactState::sends`].
    pub(crate) fn sends(&self) -> &[Send] {
        self.sends
            .get_or_init(|| sends::resolve(self.state, &self.deliveries, &self.stubs, &self.chat))
    }
}

/// The median: the ceil(n/2)-th smallest; `None` of nothing.
pub(crate) fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(middle).1)
}
