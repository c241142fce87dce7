//! Outbound messages and what became of them.

use alloc::vec::Vec;

use super::{Item, Turn};
use crate::contact::ContactState;
use crate::contact::record::{Enrichment, Message, Side, Stamp, Status};
use crate::event::{Author, MessageCategory, MessageStatus};
use crate::id::MessageId;

/// Errors by which WhatsApp limits what reaches a contact: engagement limit of marketing messages,
/// undeliverable, outside the 24-hour window.
const LIMITS: [u32; 3] = [131_049, 131_026, 131_047];

/// All states of one outbound message, joined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    pub(super) message_id: MessageId,
    /// Of its first state, in order.
    pub(super) first: Stamp,
    /// First delivered, read or played.
    pub(super) delivered_at: Option<i64>,
    /// First read or played.
    pub(super) read_at: Option<i64>,
    /// A failure is final, whatever else was reported.
    pub(super) failed: bool,
    /// Local day of the first failure by a limit.
    limited_day: Option<i32>,
    /// By which it was priced; the first that was reported.
    pub(super) category: Option<MessageCategory>,
}

impl Delivery {
    fn of(states: &[&Status]) -> Option<Self> {
        let first = states.first()?;
        let mut joined = Self {
            message_id: first.message_id,
            first: first.stamp,
            delivered_at: None,
            read_at: None,
            failed: false,
            limited_day: None,
            category: None,
        };
        for state in states {
            let (at, day) = (state.stamp.at, state.stamp.day);
            match state.status {
                MessageStatus::Sent => {}
                MessageStatus::Delivered => {
                    joined.delivered_at = joined.delivered_at.or(Some(at));
                }
                MessageStatus::Read | MessageStatus::Played => {
                    joined.delivered_at = joined.delivered_at.or(Some(at));
                    joined.read_at = joined.read_at.or(Some(at));
                }
                MessageStatus::Failed => {
                    joined.failed = true;
                    if state.error_code.is_some_and(|code| LIMITS.contains(&code)) {
                        joined.limited_day = joined.limited_day.or(Some(day));
                    }
                }
            }
            joined.category = joined.category.or(state.category);
        }
        Some(joined)
    }

    /// Who is taken to have written a message of which only the states are known.
    fn author(&self) -> Author {
        match self.category {
            Some(MessageCategory::Marketing) => Author::Campaign,
            Some(MessageCategory::Utility | MessageCategory::Authentication) => Author::App,
            Some(MessageCategory::Service) | None => Author::Agent,
        }
    }

    /// The message of which only the states are known. A template category marks a template.
    fn stub(&self) -> Message {
        let template = matches!(
            self.category,
            Some(
                MessageCategory::Marketing
                    | MessageCategory::Utility
                    | MessageCategory::Authentication
            )
        );
        Message {
            stamp: Stamp { rank: 1, ..self.first },
            message_id: self.message_id,
            reply_to: None,
            side: Side::Outbound(self.author()),
            pressed: false,
            in_conversation: false,
            category: self.category,
            is_template: template,
            has_media: false,
            has_buttons: false,
        }
    }
}

/// Every delivery, sorted by message.
pub(super) struct Deliveries {
    all: Vec<Delivery>,
}

impl Deliveries {
    /// Joins states that come in order of their keys.
    pub(super) fn new<'a>(states: impl Iterator<Item = &'a Status>) -> Self {
        let mut states: Vec<&Status> = states.collect();
        // Stable: the states of a message stay in order.
        states.sort_by_key(|state| state.message_id);
        let all =
            states.chunk_by(|a, b| a.message_id == b.message_id).filter_map(Delivery::of).collect();
        Self { all }
    }

    pub(super) fn get(&self, message_id: MessageId) -> Option<&Delivery> {
        let at = self.all.binary_search_by(|d| d.message_id.cmp(&message_id)).ok()?;
        self.all.get(at)
    }

    pub(super) fn limited_days(&self) -> impl Iterator<Item = i32> {
        self.all.iter().filter_map(|delivery| delivery.limited_day)
    }

    /// Stubs of the messages that are not among `known` (sorted).
    pub(super) fn stubs(&self, known: &[MessageId]) -> impl Iterator<Item = Message> {
        self.all
            .iter()
            .filter(|delivery| known.binary_search(&delivery.message_id).is_err())
            .map(Delivery::stub)
    }
}

/// The chat in order; see [`super::View::chat`].
pub(super) fn chat<'a>(state: &'a ContactState, deliveries: &Deliveries) -> Vec<Item<'a>> {
    let moods = moods(state);
    let mut chat: Vec<Item<'a>> = Vec::with_capacity(state.messages.iter().len());
    let item = |message: &Message| item(message, deliveries, &moods);
    chat.extend(state.messages.iter().filter_map(item));
    let known = known_outbound(state);
    let stubs = deliveries.stubs(&known);
    let since = state.messages.complete_since().unwrap_or(i64::MIN);
    let records = chat.len();
    chat.extend(stubs.filter(|stub| stub.stamp.at >= since).filter_map(|stub| item(&stub)));
    if chat.len() > records {
        chat.sort_unstable_by_key(|item| item.stamp.key());
    }
    chat
}

/// Ids of the outbound messages of which a record is kept, sorted.
pub(super) fn known_outbound(state: &ContactState) -> Vec<MessageId> {
    let outbound = |message: &&Message| matches!(message.side, Side::Outbound(_));
    let chat = state.messages.iter().filter(outbound);
    let mut known: Vec<_> =
        chat.chain(state.sends.iter()).map(|message| message.message_id).collect();
    known.sort_unstable();
    known
}

/// The first enrichment of each message, sorted by message.
fn moods(state: &ContactState) -> Vec<&Enrichment> {
    let mut moods: Vec<&Enrichment> = state.enrichments.iter().collect();
    moods.sort_by_key(|mood| mood.message_id);
    moods.dedup_by(|later, first| later.message_id == first.message_id);
    moods
}

fn item<'a>(
    message: &Message,
    deliveries: &Deliveries,
    moods: &[&'a Enrichment],
) -> Option<Item<'a>> {
    let (turn, mood) = match message.side {
        Side::LinkClick => return None,
        Side::Inbound => {
            let found = moods.binary_search_by(|m| m.message_id.cmp(&message.message_id));
            (Turn::Inbound, found.ok().and_then(|at| moods.get(at).copied()))
        }
        Side::Outbound(author) => {
            let delivery = deliveries.get(message.message_id);
            if delivery.is_some_and(|delivery| delivery.failed) {
                return None;
            }
            let priced = delivery.and_then(|delivery| delivery.category);
            (Turn::of_outbound(author, message.category.or(priced))?, None)
        }
    };
    Some(Item { stamp: message.stamp, turn, in_conversation: message.in_conversation, mood })
}

/// First inbound to the first reply after it, among the oldest outbound messages.
pub(super) fn first_response(state: &ContactState) -> Option<i64> {
    let asked = state.life.first_inbound?;
    let deliveries = Deliveries::new(state.opening_statuses.iter());
    let mut known: Vec<_> = state.opening_messages.iter().map(|m| m.message_id).collect();
    known.sort_unstable();
    let until = state.opening_messages.complete_until().unwrap_or(i64::MAX);
    let stubs = deliveries.stubs(&known).filter(|stub| stub.stamp.at <= until);
    state
        .opening_messages
        .iter()
        .copied()
        .chain(stubs)
        .filter_map(|message| item(&message, &deliveries, &[]))
        .filter(|item| item.turn == Turn::Reply && item.stamp.at >= asked)
        .map(|item| item.stamp.at - asked)
        .min()
}
