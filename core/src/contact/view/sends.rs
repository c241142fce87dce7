//! Business-initiated sends and the answers to them.

use alloc::vec::Vec;

use super::delivery::Deliveries;
use super::index::ById;
use super::{Item, Turn};
use crate::contact::ContactState;
use crate::contact::record::{Key, Message, Side, Stamp};
use crate::event::MessageCategory;
use crate::id::MessageId;
use crate::time::{DAY_MS, TimestampMs, weekday_of_day};

/// A message that the business sent of its own accord, and what became of it.
///
/// Business-initiated are the messages of campaigns, and templates and messages of the business's
/// own system unless an inbound of the last 24 hours waits for a reply. An answer is an inbound or
/// a link click within 24 hours of delivery: to the message that it names, else to the latest
/// delivered send before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Send {
    /// The message.
    pub message_id: MessageId,
    /// When it was sent.
    pub sent_at: TimestampMs,
    /// Local day of the contact then, as days since 1970-01-01.
    pub local_day: i32,
    /// Local hour of the contact then.
    pub local_hour: u8,
    /// Category, where known.
    pub category: Option<MessageCategory>,
    /// Whether it belongs to a campaign, or is a marketing message.
    pub is_campaign: bool,
    /// Whether it carries media.
    pub has_media: bool,
    /// Whether it offers buttons.
    pub has_buttons: bool,
    /// Whether it failed; a failed send was never delivered.
    pub failed: bool,
    /// When it reached the device (the read time where no delivery was reported).
    pub delivered_at: Option<TimestampMs>,
    /// When it was first read or played.
    pub read_at: Option<TimestampMs>,
    /// First answer: inbound or link click.
    pub engaged_at: Option<TimestampMs>,
    /// Newest answer.
    pub last_engaged_at: Option<TimestampMs>,
    /// Whether an inbound answered it.
    pub replied: bool,
    /// Whether a button, a list or a link of it was pressed.
    pub clicked: bool,
    /// Whether every message since its delivery is kept; without, no answer says nothing.
    pub answers_known: bool,
    key: Key,
}

impl Send {
    fn new(message: &Message, deliveries: &Deliveries) -> Self {
        let Message { stamp, message_id, side, .. } = message;
        let delivery = deliveries.get(*message_id);
        let category = message.category.or(delivery.and_then(|d| d.category));
        let is_campaign = match side {
            Side::Outbound(author) => Turn::of_outbound(*author, category) == Some(Turn::Campaign),
            Side::Inbound | Side::LinkClick => false,
        };
        let failed = delivery.is_some_and(|d| d.failed);
        let reached = delivery.filter(|d| !d.failed);
        Self {
            message_id: *message_id,
            sent_at: TimestampMs(stamp.at),
            local_day: stamp.day,
            local_hour: stamp.hour,
            category,
            is_campaign,
            has_media: message.has_media,
            has_buttons: message.has_buttons,
            failed,
            delivered_at: reached.and_then(|d| d.delivered_at).map(TimestampMs),
            read_at: reached.and_then(|d| d.read_at).map(TimestampMs),
            engaged_at: None,
            last_engaged_at: None,
            replied: false,
            clicked: false,
            answers_known: true,
            key: stamp.key(),
        }
    }

    /// Local weekday of the contact when it was sent, 0 = Monday.
    #[must_use]
    pub fn local_weekday(&self) -> u8 {
        weekday_of_day(self.local_day)
    }

    fn answer(&mut self, message: &Message) {
        let at = message.stamp.at;
        let in_time = self.sent_at.0 < at
            && self.delivered_at.is_some_and(|delivered| at - delivered.0 <= DAY_MS);
        if in_time {
            let at = TimestampMs(at);
            self.engaged_at = self.engaged_at.or(Some(at));
            self.last_engaged_at = Some(at);
            self.replied |= message.side == Side::Inbound;
            self.clicked |= message.pressed || message.side == Side::LinkClick;
        }
    }
}

/// The sends that are kept, in order, with their answers.
pub(super) fn resolve(
    state: &ContactState,
    deliveries: &Deliveries,
    stubs: &[Message],
    chat: &[Item<'_>],
) -> Vec<Send> {
    let since = state.sends.complete_since().unwrap_or(i64::MIN);
    let mut sends: Vec<Send> = Vec::with_capacity(state.sends.iter().len());
    let mut index = ById::new(state.sends.iter().len());
    for message in state.sends.iter() {
        let id_at = |at: usize| sends.get(at).map(|send: &Send| send.message_id);
        // Two records of one message: the first counts.
        if index.insert(message.message_id, sends.len(), id_at).is_none() {
            sends.push(Send::new(message, deliveries));
        }
    }
    // A stub is no message of which there is a record, and there is one a message.
    let stubs = stubs.iter().filter(|stub| stub.may_be_send() && stub.stamp.at >= since);
    let records = sends.len();
    sends.extend(stubs.map(|stub| Send::new(stub, deliveries)));
    if sends.len() > records {
        sends.sort_unstable_by_key(|send| send.key);
    }
    sends.retain(|send| send.is_campaign || !answers_inbound(send, chat));
    let complete_since = state.messages.complete_since();
    for send in &mut sends {
        send.answers_known = match (complete_since, send.delivered_at) {
            (Some(since), Some(delivered)) => delivered.0 >= since,
            _ => true,
        };
    }
    attribute(state, &mut sends);
    sends
}

/// Whether the message before, campaigns aside, is an inbound of the last 24 hours: then the
/// message is a reply, not a send.
fn answers_inbound(send: &Send, chat: &[Item<'_>]) -> bool {
    let before = chat.partition_point(|item| item.stamp.key() < send.key);
    chat.get(..before)
        .and_then(|items| items.iter().rfind(|item| item.turn != Turn::Campaign))
        .is_some_and(|item| item.turn == Turn::Inbound && send.sent_at.0 - item.stamp.at <= DAY_MS)
}

fn attribute(state: &ContactState, sends: &mut [Send]) {
    let mut index = ById::new(sends.len());
    for (at, send) in sends.iter().enumerate() {
        index.insert(send.message_id, at, |at| sends.get(at).map(|send| send.message_id));
    }
    // Positions of the delivered sends: those that can be answered without being named.
    let delivered: Vec<(i64, usize)> = sends
        .iter()
        .enumerate()
        .filter(|(_, send)| send.delivered_at.is_some())
        .map(|(i, send)| (send.sent_at.0, i))
        .collect();
    for message in state.messages.iter() {
        if !matches!(message.side, Side::Inbound | Side::LinkClick) {
            continue;
        }
        let Stamp { at, .. } = message.stamp;
        let position = match message.reply_to {
            Some(id) => index.get(id, |at| sends.get(at).map(|send| send.message_id)),
            None => {
                let before = delivered.partition_point(|(sent_at, _)| *sent_at < at);
                before.checked_sub(1).and_then(|l| delivered.get(l)).map(|(_, position)| *position)
            }
        };
        if let Some(send) = position.and_then(|position| sends.get_mut(position)) {
            send.answer(message);
        }
    }
}
