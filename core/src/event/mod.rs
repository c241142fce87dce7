//! The canonical event log: what happened, to whom, when, and since when we have known it.
//!
//! Every source (WhatsApp webhooks and exports, Chatwoot, CRM tables, purchases) becomes this one
//! type; every score is computed from it. It holds no message text, no name and no phone number:
//! ids are keyed hashes, and texts enter only as derived numbers. The tenant is not a field: it is
//! the first key of the store (and comes from the API key), so that an event cannot claim another.

pub mod binary;
mod kind;
mod order;
mod value;

pub use kind::{
    AcquisitionSource, Author, ConsentKind, ConversationStep, EventKind, InteractionKind, LeadStep,
    MessageCategory, MessageKind, MessageStatus, PurchaseStatus, QualityRating, QualitySubject,
    Source,
};
pub use value::{Currency, LanguageTag, Money, Q15, ValueError};

use crate::id::{AgentId, CampaignId, ContactId, ConversationId, EventId};
use crate::time::{TimestampMs, UtcOffsetMin};

/// One thing that happened to one contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Identity of the event: a hash of source, type and natural key. Equal ids are duplicates.
    pub event_id: EventId,
    /// Whom it happened to.
    pub contact_id: ContactId,
    /// When it happened, by the source's clock; never after `available_at`.
    pub occurred_at: TimestampMs,
    /// When we could first have known it. Only events with `available_at <= as_of` count.
    pub available_at: TimestampMs,
    /// Offset of the contact's local time from UTC at the event.
    pub utc_offset: UtcOffsetMin,
    /// Where it came from.
    pub source: Source,
    /// Conversation of a support desk, where the source knows one.
    pub conversation_id: Option<ConversationId>,
    /// Campaign that the event belongs to.
    pub campaign_id: Option<CampaignId>,
    /// Human agent who acted.
    pub agent_id: Option<AgentId>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// Holds the rules of time: `occurred_at` is clamped to `available_at`.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.occurred_at = self.occurred_at.min(self.available_at);
        self
    }

    /// Checks every rule that the types alone do not hold: instants in range and in order, the
    /// offset, amounts, ratings. A store checks each event before it keeps it.
    ///
    /// # Errors
    /// Names the first rule that is broken.
    pub fn check(&self) -> Result<(), ValueError> {
        let rule = |holds: bool, rule: &'static str| {
            if holds { Ok(()) } else { Err(ValueError { rule }) }
        };
        rule(self.occurred_at.is_valid(), "occurred_at is between 1970-01-01 and 2200-01-01")?;
        rule(self.available_at.is_valid(), "available_at is between 1970-01-01 and 2200-01-01")?;
        rule(self.occurred_at <= self.available_at, "occurred_at is not after available_at")?;
        rule(self.utc_offset.is_valid(), "the offset from UTC is within 18 hours")?;
        match &self.kind {
            EventKind::Csat { rating } => {
                rule((1..=5).contains(rating), "a satisfaction rating is 1 to 5")
            }
            EventKind::Purchase { amount, .. } | EventKind::Lead(LeadStep::Won(Some(amount))) => {
                rule(amount.is_valid(), "an amount is within ten thousand million units")
            }
            EventKind::Alias { other } => {
                rule(*other != self.contact_id, "an alias names another id than the contact's")
            }
            _ => Ok(()),
        }
    }
}
