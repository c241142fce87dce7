//! Outbound messages and what became of them.

use alloc::vec;
use alloc::vec::Vec;

use super::index::ById;
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
    fn new(first: &Status) -> Self {
        Self {
            message_id: first.message_id,
            first: first.stamp,
            delivered_at: None,
            read_at: None,
            failed: false,
            limited_day: None,
            category: None,
        }
    }

    /// Joins the next state, in order.
    fn add(&mut self, state: &Status) {
        let (at, day) = (state.stamp.at, state.stamp.day);
        match state.status {
            MessageStatus::Sent => {}
            MessageStatus::Delivered => {
                self.delivered_at = self.delivered_at.or(Some(at));
            }
            MessageStatus::Read | MessageStatus::Played => {
                self.delivered_at = self.delivered_at.or(Some(at));
                self.read_at = self.read_at.or(Some(at));
            }
            MessageStatus::Failed => {
                self.failed = true;
                if state.error_code.is_some_and(|code| LIMITS.contains(&code)) {
                    self.limited_day = self.limited_day.or(Some(day));
                }
            }
        }
        self.category = self.category.or(state.category);
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

/// Every delivery, in order of first states.
pub(super) struct Deliveries {
    all: Vec<Delivery>,
    index: ById,
}

impl Deliveries {
    /// Joins states that come in order of their keys.
    pub(super) fn new<'a>(states: impl ExactSizeIterator<Item = &'a Status>) -> Self {
        let mut index = ById::new(states.len());
        let mut all: Vec<Delivery> = Vec::with_capacity(states.len() / 2);
        for state in states {
            let id_at = |at: usize| all.get(at).map(|delivery: &Delivery| delivery.message_id);
            let at = index.insert(state.message_id, all.len(), id_at).unwrap_or_else(|| {
                all.push(Delivery::new(state));
                all.len() - 1
            });
            if let Some(delivery) = all.get_mut(at) {
                delivery.add(state);
            }
        }
        Self { all, index }
    }

    fn position(&self, message_id: MessageId) -> Option<usize> {
        self.index.get(message_id, |at| self.all.get(at).map(|delivery| delivery.message_id))
    }

    pub(super) fn get(&self, message_id: MessageId) -> Option<&Delivery> {
        self.all.get(self.position(message_id)?)
    }

    pub(super) fn limited_days(&self) -> impl Iterator<Item = i32> {
        self.all.iter().filter_map(|delivery| delivery.limited_day)
    }

    /// Stubs of the messages of which none of `records` is a record.
    pub(super) fn stubs<'a>(&self, records: impl Iterator<Item = &'a Message>) -> Vec<Message> {
        let mut known = vec![false; self.all.len()];
        for record in records.filter(|record| matches!(record.side, Side::Outbound(_))) {
            if let Some(known) = self.position(record.message_id).and_then(|at| known.get_mut(at)) {
                *known = true;
            }
        }
        let unknown = self.all.iter().zip(known).filter(|(_, known)| !known);
        unknown.map(|(delivery, _)| delivery.stub()).collect()
    }
}

/// The first enrichment of each message.
struct Moods<'a> {
    all: Vec<&'a Enrichment>,
    index: ById,
}

impl<'a> Moods<'a> {
    /// Of enrichments that come in order of their keys.
    fn new(enrichments: impl ExactSizeIterator<Item = &'a Enrichment>) -> Self {
        let mut index = ById::new(enrichments.len());
        let mut all: Vec<&Enrichment> = Vec::with_capacity(enrichments.len());
        for mood in enrichments {
            let id_at = |at: usize| all.get(at).map(|mood: &&Enrichment| mood.message_id);
            if index.insert(mood.message_id, all.len(), id_at).is_none() {
                all.push(mood);
            }
        }
        Self { all, index }
    }

    fn get(&self, message_id: MessageId) -> Option<&'a Enrichment> {
        let id_at = |at: usize| self.all.get(at).map(|mood| mood.message_id);
        self.all.get(self.index.get(message_id, id_at)?).copied()
    }
}

/// Stubs of the messages of which no record is kept, in order of first states.
pub(super) fn stubs(state: &ContactState, deliveries: &Deliveries) -> Vec<Message> {
    // A chat that is complete holds every send.
    let sends = state.messages.complete_since().map(|_| state.sends.iter());
    deliveries.stubs(state.messages.iter().chain(sends.into_iter().flatten()))
}

/// The chat in order; see [`super::View::chat`].
pub(super) fn chat<'a>(
    state: &'a ContactState,
    deliveries: &Deliveries,
    stubs: &[Message],
) -> Vec<Item<'a>> {
    let moods = Moods::new(state.enrichments.iter());
    let mut chat: Vec<Item<'a>> = Vec::with_capacity(state.messages.iter().len() + stubs.len());
    let item = |message: &Message| item(message, deliveries, Some(&moods));
    chat.extend(state.messages.iter().filter_map(item));
    let since = state.messages.complete_since().unwrap_or(i64::MIN);
    let records = chat.len();
    chat.extend(stubs.iter().filter(|stub| stub.stamp.at >= since).filter_map(item));
    if chat.len() > records {
        chat.sort_unstable_by_key(|item| item.stamp.key());
    }
    chat
}

fn item<'a>(
    message: &Message,
    deliveries: &Deliveries,
    moods: Option<&Moods<'a>>,
) -> Option<Item<'a>> {
    let (turn, mood) = match message.side {
        Side::LinkClick => return None,
        Side::Inbound => (Turn::Inbound, moods.and_then(|moods| moods.get(message.message_id))),
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
    let until = state.opening_messages.complete_until().unwrap_or(i64::MAX);
    let stubs = deliveries.stubs(state.opening_messages.iter());
    let stubs = stubs.iter().filter(|stub| stub.stamp.at <= until);
    state
        .opening_messages
        .iter()
        .chain(stubs)
        .filter_map(|message| item(message, &deliveries, None))
        .filter(|item| item.turn == Turn::Reply && item.stamp.at >= asked)
        .map(|item| item.stamp.at - asked)
        .min()
}
