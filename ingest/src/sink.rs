//! Where readers put what they find.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::event::Event;
use chatsignal_core::id::{AgentId, CampaignId, ContactId, MessageId, TemplateId};

use crate::country::Country;
use crate::reject::Reject;

/// Personal data and labels, for the erasable directory beside the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryEntry {
    /// What is known of a contact; an absent field says nothing about earlier knowledge.
    Contact {
        /// The contact.
        id: ContactId,
        /// Name, as the source shows it.
        name: Option<String>,
        /// Digits of the phone number with country code.
        phone: Option<String>,
        /// The source's own id of the person.
        external_id: Option<String>,
        /// Country, from the phone number or the user id.
        country: Option<Country>,
    },
    /// Name of a campaign.
    Campaign {
        /// The campaign.
        id: CampaignId,
        /// Its name.
        name: String,
    },
    /// Name of a message template.
    Template {
        /// The template.
        id: TemplateId,
        /// Its name.
        name: String,
    },
    /// Name of an agent.
    Agent {
        /// The agent.
        id: AgentId,
        /// The name.
        name: String,
    },
}

/// Receives what a reader finds, in the order of the input.
pub trait Sink {
    /// An event that satisfies `Event::check`.
    fn event(&mut self, event: Event);
    /// Personal data or a label.
    fn directory(&mut self, entry: DirectoryEntry);
    /// A piece of input that made no event.
    fn reject(&mut self, reject: Reject);
    /// Whether nothing further is taken in: a reader of a long input may stop.
    fn is_full(&self) -> bool {
        false
    }
    /// The text of a message, for views that stay in memory (or models that turn it into numbers).
    /// Dropped by default: the log never holds text.
    fn text(&mut self, message: MessageId, text: &str) {
        let _ = (message, text);
    }
}

/// Everything that a reader found, in memory; text is dropped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ingested {
    /// Events.
    pub events: Vec<Event>,
    /// Personal data and labels.
    pub directory: Vec<DirectoryEntry>,
    /// What made no event.
    pub rejects: Vec<Reject>,
}

impl Sink for Ingested {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn directory(&mut self, entry: DirectoryEntry) {
        self.directory.push(entry);
    }

    fn reject(&mut self, reject: Reject) {
        self.rejects.push(reject);
    }
}
