//! Writes the events of one contact.

use chatsignal_core::event::{Event, EventKind, Source};
use chatsignal_core::id::{ContactId, ConversationId, EventId, MessageId};
use chatsignal_core::time::{SECOND_MS, TimestampMs};

use super::calendar::Country;
use super::rng::{Draws, Stream};

/// Delay from an event to our knowing it, as webhooks have it.
const LATENCY_MS: i64 = 400;

/// The events of one contact, in the order of writing.
pub(super) struct Log {
    pub(super) contact: ContactId,
    country: &'static Country,
    ids: Draws,
    events: Vec<Event>,
}

impl Log {
    pub(super) fn new(seed: u64, index: u64, country: &'static Country) -> Self {
        let mut ids = Draws::new(seed, index, Stream::Ids);
        Self { contact: ContactId(ids.id()), country, ids, events: Vec::new() }
    }

    /// A fresh message id.
    pub(super) fn message_id(&mut self) -> MessageId {
        MessageId(self.ids.id())
    }

    /// A fresh conversation id.
    pub(super) fn conversation_id(&mut self) -> ConversationId {
        ConversationId(self.ids.id())
    }

    /// Adds an event at a second of Unix time; the caller may fill in who and what for.
    pub(super) fn push(&mut self, at_s: i64, kind: EventKind) -> &mut Event {
        let at = TimestampMs(at_s * SECOND_MS);
        let event = Event {
            event_id: EventId(self.ids.id()),
            contact_id: self.contact,
            occurred_at: at,
            available_at: at.plus_ms(LATENCY_MS),
            utc_offset: self.country.offset_at(at),
            source: Source::Simulator,
            conversation_id: None,
            campaign_id: None,
            agent_id: None,
            kind,
        };
        let last = self.events.len();
        self.events.push(event);
        &mut self.events[last]
    }

    /// The events known before `end`, sorted.
    pub(super) fn finish(mut self, end: TimestampMs) -> Vec<Event> {
        self.events.retain(|event| event.available_at < end);
        self.events.sort_by(Event::cmp_in_contact);
        self.events
    }
}
