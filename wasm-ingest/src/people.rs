//! The contacts of a log: their events in order, and what is known of the person. Ids of one person
//! are joined, and the smallest of them stands for all, as in the service's store.

use std::collections::{BTreeMap, HashMap, HashSet};

use chatsignal_api::error::ErrorCode;
use chatsignal_core::event::{Event, EventKind};
use chatsignal_core::id::{AgentId, ContactId, EventId};
use chatsignal_ingest::country::Country;
use chatsignal_ingest::{DirectoryEntry, Ingested};

use crate::fault::Fault;

/// Most events of one log; some 250 bytes of memory each.
pub(crate) const EVENTS_MAX: usize = 1_000_000;

/// One contact.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) country: Option<Country>,
    /// In the order of [`Event::cmp_in_contact`].
    events: Vec<Event>,
    /// Whether events were added behind their place.
    unsorted: bool,
}

impl Person {
    /// All events in order; [`People::settle`] has been called since the last was added.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    fn push(&mut self, event: Event) {
        self.unsorted |= self.events.last().is_some_and(|last| last.cmp_in_contact(&event).is_gt());
        self.events.push(event);
    }

    /// Takes the place of another record of the same person; what is known here already stays.
    fn absorb(&mut self, other: Self) {
        self.name = self.name.take().or(other.name);
        self.phone = self.phone.take().or(other.phone);
        self.country = self.country.or(other.country);
        self.events.extend(other.events);
        self.unsorted = true;
    }
}

/// What became of the events of one input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) accepted: usize,
    pub(crate) duplicates: usize,
}

/// All contacts of a log.
#[derive(Debug, Default)]
pub(crate) struct People {
    by_id: BTreeMap<ContactId, Person>,
    aliases: HashMap<ContactId, ContactId>,
    seen: HashSet<EventId>,
    agents: HashMap<AgentId, String>,
}

impl People {
    /// The id that stands for a person known under `id`.
    pub(crate) fn canonical(&self, id: ContactId) -> ContactId {
        self.aliases.get(&id).copied().unwrap_or(id)
    }

    /// The person known under an id, where there are events of it.
    pub(crate) fn get(&self, id: ContactId) -> Option<(ContactId, &Person)> {
        let id = self.canonical(id);
        let person = self.by_id.get(&id).filter(|person| !person.events.is_empty())?;
        (id != ContactId::BUSINESS).then_some((id, person))
    }

    /// Everybody of whom there are events, by id; the business itself is left out.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactId, &Person)> {
        let people = self.by_id.iter().map(|(id, person)| (*id, person));
        people.filter(|(id, person)| *id != ContactId::BUSINESS && !person.events.is_empty())
    }

    /// Every event, contact after contact.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.by_id.values().flat_map(|person| &person.events)
    }

    /// Name of an agent.
    pub(crate) fn agent(&self, id: AgentId) -> Option<&str> {
        self.agents.get(&id).map(String::as_str)
    }

    /// Takes in what a reader found; an event that is there already counts once.
    pub(crate) fn take(&mut self, found: Ingested) -> Result<Taken, Fault> {
        let mut taken = Taken::default();
        for entry in found.directory {
            self.introduce(entry);
        }
        for event in found.events {
            if self.seen.contains(&event.event_id) {
                taken.duplicates += 1;
                continue;
            }
            if self.seen.len() >= EVENTS_MAX {
                self.settle();
                let detail = format!("a log has at most {EVENTS_MAX} events");
                return Err(Fault::new(ErrorCode::BatchTooLarge, detail));
            }
            self.seen.insert(event.event_id);
            taken.accepted += 1;
            if let EventKind::Alias { other } = event.kind {
                self.join(event.contact_id, other);
            }
            self.by_id.entry(self.canonical(event.contact_id)).or_default().push(event);
        }
        self.settle();
        Ok(taken)
    }

    /// Puts events that came late in their place.
    fn settle(&mut self) {
        for person in self.by_id.values_mut().filter(|person| person.unsorted) {
            person.events.sort_by(Event::cmp_in_contact);
            person.unsorted = false;
        }
    }

    fn introduce(&mut self, entry: DirectoryEntry) {
        match entry {
            DirectoryEntry::Contact { id, name, phone, country, .. } => {
                let person = self.by_id.entry(self.canonical(id)).or_default();
                person.name = name.or(person.name.take());
                person.phone = phone.or(person.phone.take());
                person.country = country.or(person.country);
            }
            DirectoryEntry::Agent { id, name } => {
                self.agents.insert(id, name);
            }
            DirectoryEntry::Campaign { .. } | DirectoryEntry::Template { .. } => {}
        }
    }

    fn join(&mut self, a: ContactId, b: ContactId) {
        let (a, b) = (self.canonical(a), self.canonical(b));
        let (keep, give_up) = (a.min(b), a.max(b));
        if keep == give_up {
            return;
        }
        for canonical in self.aliases.values_mut().filter(|canonical| **canonical == give_up) {
            *canonical = keep;
        }
        self.aliases.insert(give_up, keep);
        if let Some(other) = self.by_id.remove(&give_up) {
            self.by_id.entry(keep).or_default().absorb(other);
        }
    }
}
