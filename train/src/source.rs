//! Where the pipeline reads events from. Stores, simulators and tests implement one trait.

use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;

/// The event log of one tenant, read contact by contact.
pub trait EventSource {
    /// Visits every contact once, with all its events sorted by [`Event::cmp_in_contact`].
    ///
    /// Contacts that are joined by aliases are visited as one. The order of the contacts must be
    /// the same in every call (training is a pure function of the data).
    ///
    /// # Errors
    /// When the log cannot be read.
    fn for_each_contact(
        &self,
        visit: &mut dyn FnMut(ContactId, &[Event]),
    ) -> Result<(), SourceError>;

    /// ISO 3166 country of a contact (two capitals), where the host knows it; used for slices only.
    fn country(&self, contact: ContactId) -> Option<[u8; 2]> {
        let _ = contact;
        None
    }
}

/// The event log could not be read.
#[derive(Debug, thiserror::Error)]
#[error("reading the event log: {0}")]
pub struct SourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// An event log in memory: each contact with its events.
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    contacts: Vec<(ContactId, Vec<Event>)>,
}

impl MemorySource {
    /// Groups events by contact and sorts both contacts and events.
    #[must_use]
    pub fn new(events: impl IntoIterator<Item = Event>) -> Self {
        let mut all: Vec<Event> = events.into_iter().collect();
        all.sort_by(|a, b| a.contact_id.cmp(&b.contact_id).then_with(|| a.cmp_in_contact(b)));
        let mut contacts: Vec<(ContactId, Vec<Event>)> = Vec::new();
        for event in all {
            match contacts.last_mut() {
                Some((contact, events)) if *contact == event.contact_id => events.push(event),
                _ => contacts.push((event.contact_id, vec![event])),
            }
        }
        Self { contacts }
    }

    /// Number of contacts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.contacts.len()
    }

    /// Whether there is no contact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }
}

impl EventSource for MemorySource {
    fn for_each_contact(
        &self,
        visit: &mut dyn FnMut(ContactId, &[Event]),
    ) -> Result<(), SourceError> {
        for (contact, events) in &self.contacts {
            visit(*contact, events);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::event::{ConsentKind, EventKind, Source};
    use chatsignal_core::id::EventId;
    use chatsignal_core::time::{TimestampMs, UtcOffsetMin};

    fn event(contact: u8, id: u8, at: i64) -> Event {
        Event {
            event_id: EventId([id; 16]),
            contact_id: ContactId([contact; 16]),
            occurred_at: TimestampMs(at),
            available_at: TimestampMs(at),
            utc_offset: UtcOffsetMin(0),
            source: Source::Api,
            conversation_id: None,
            campaign_id: None,
            agent_id: None,
            kind: EventKind::Consent(ConsentKind::OptIn),
        }
    }

    #[test]
    fn events_come_grouped_and_sorted() {
        let source = MemorySource::new([event(2, 1, 9), event(1, 2, 7), event(2, 3, 4)]);
        let mut seen = Vec::new();
        let read = source.for_each_contact(&mut |contact, events| {
            seen.push((contact.0[0], events.iter().map(|e| e.occurred_at.0).collect::<Vec<_>>()));
        });
        assert!(read.is_ok());
        assert_eq!(seen, [(1, vec![7]), (2, vec![4, 9])]);
        assert_eq!(source.len(), 2);
        assert!(!source.is_empty());
    }
}
