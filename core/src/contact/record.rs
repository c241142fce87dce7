//! What the state keeps of an event: small copies without the parts that no feature reads.

use crate::event::{
    Author, ConversationStep, Event, EventKind, InteractionKind, LanguageTag, MessageCategory,
    MessageKind, MessageStatus, Money, PurchaseStatus, Q15,
};
use crate::id::{ConversationId, EventId, MessageId};

/// The order of events inside a contact, as in [`Event::order_key`].
pub(crate) type Key = (i64, u8, EventId);

/// When an event happened, in order and in local time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stamp {
    pub(crate) at: i64,
    pub(crate) id: EventId,
    /// Local day, as days since 1970-01-01.
    pub(crate) day: i32,
    pub(crate) rank: u8,
    /// Local hour.
    pub(crate) hour: u8,
}

impl Stamp {
    pub(super) fn of(event: &Event) -> Self {
        Self {
            at: event.occurred_at.0,
            id: event.event_id,
            day: event.utc_offset.local_day(event.occurred_at),
            rank: event.kind.rank(),
            hour: event.utc_offset.local_hour(event.occurred_at),
        }
    }

    pub(crate) fn key(&self) -> Key {
        (self.at, self.rank, self.id)
    }
}

/// A record with a stamp.
pub(crate) trait Stamped {
    fn stamp(&self) -> &Stamp;
}

macro_rules! stamped {
    ($($record:ty),+) => {$(
        impl Stamped for $record {
            fn stamp(&self) -> &Stamp {
                &self.stamp
            }
        }
    )+};
}

stamped!(Message, Status, Enrichment, Purchase, Step, Rating);

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The contact: a message, or an interaction that counts as one.
    Inbound,
    /// The contact followed a link: no message, but an answer to a send.
    LinkClick,
    /// The business.
    Outbound(Author),
}

/// A message of either side, or a link click.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) stamp: Stamp,
    pub(crate) message_id: MessageId,
    pub(crate) reply_to: Option<MessageId>,
    pub(crate) side: Side,
    /// Inbound: a button or a list choice.
    pub(crate) pressed: bool,
    /// Whether a support desk's conversation is named.
    pub(crate) in_conversation: bool,
    /// Outbound: category, where the record states it.
    pub(crate) category: Option<MessageCategory>,
    pub(crate) is_template: bool,
    pub(crate) has_media: bool,
    pub(crate) has_buttons: bool,
}

impl Message {
    fn new(event: &Event, stamp: Stamp, message_id: MessageId, side: Side) -> Self {
        Self {
            stamp,
            message_id,
            reply_to: None,
            side,
            pressed: false,
            in_conversation: event.conversation_id.is_some(),
            category: None,
            is_template: false,
            has_media: false,
            has_buttons: false,
        }
    }

    /// The record of a message or interaction; `None` of a reaction taken back and other kinds.
    pub(super) fn of(event: &Event, stamp: Stamp) -> Option<Self> {
        match &event.kind {
            EventKind::MessageInbound { message_id, reply_to, .. } => Some(Self {
                reply_to: *reply_to,
                ..Self::new(event, stamp, *message_id, Side::Inbound)
            }),
            EventKind::Interaction { message_id, kind, reply_to } => {
                let side = match kind {
                    InteractionKind::ReactionRemove => return None,
                    InteractionKind::LinkClick => Side::LinkClick,
                    _ => Side::Inbound,
                };
                Some(Self {
                    reply_to: *reply_to,
                    pressed: matches!(kind, InteractionKind::Button | InteractionKind::List),
                    ..Self::new(event, stamp, *message_id, side)
                })
            }
            EventKind::MessageOutbound {
                message_id,
                kind,
                author,
                category,
                template,
                has_media,
                has_buttons,
                ..
            } => Some(Self {
                category: *category,
                is_template: *kind == MessageKind::Template || template.is_some(),
                has_media: *has_media,
                has_buttons: *has_buttons,
                ..Self::new(event, stamp, *message_id, Side::Outbound(*author))
            }),
            _ => None,
        }
    }

    /// Whether the message could be business-initiated: by a campaign or the business's own
    /// system, or a template.
    pub(crate) fn may_be_send(&self) -> bool {
        match self.side {
            Side::Outbound(Author::Campaign | Author::App) => true,
            Side::Outbound(Author::Agent | Author::Bot) => self.is_template,
            _ => false,
        }
    }
}

/// A delivery state of an outbound message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Status {
    pub(crate) stamp: Stamp,
    pub(crate) message_id: MessageId,
    pub(crate) status: MessageStatus,
    pub(crate) error_code: Option<u32>,
    pub(crate) category: Option<MessageCategory>,
}

/// Mood and language of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Enrichment {
    pub(crate) stamp: Stamp,
    pub(crate) message_id: MessageId,
    /// p(positive) - p(negative), in steps of 1/32768.
    pub(crate) score: i32,
    /// Whether negative is the most probable class.
    pub(crate) negative: bool,
    pub(crate) emotions: Option<Emotions>,
    pub(crate) language: Option<LanguageTag>,
}

/// Emotions of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Emotions {
    /// p(joy) - p(anger), in steps of 1/32768.
    pub(crate) joy_minus_anger: i32,
    /// Whether anger or disgust is the most probable.
    pub(crate) angry_or_disgusted: bool,
}

impl Enrichment {
    pub(super) fn new(
        stamp: Stamp,
        message_id: MessageId,
        [positive, neutral, negative]: [Q15; 3],
        emotions: Option<[Q15; 7]>,
        language: Option<LanguageTag>,
    ) -> Self {
        Self {
            stamp,
            message_id,
            score: difference(positive, negative),
            negative: negative > positive && negative > neutral,
            emotions: emotions.map(|all| {
                let [joy, sadness, anger, fear, surprise, disgust, neutral] = all;
                // The first of equals in the order of the event is the most probable.
                let anger_first = anger > joy.max(sadness)
                    && anger >= fear.max(surprise).max(disgust).max(neutral);
                let disgust_first = disgust > joy.max(sadness).max(anger).max(fear).max(surprise)
                    && disgust >= neutral;
                Emotions {
                    joy_minus_anger: difference(joy, anger),
                    angry_or_disgusted: anger_first || disgust_first,
                }
            }),
            language,
        }
    }
}

fn difference(a: Q15, b: Q15) -> i32 {
    i32::from(a.raw()) - i32::from(b.raw())
}

/// A purchase, or a change of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Purchase {
    pub(crate) stamp: Stamp,
    pub(crate) amount: Money,
    pub(crate) status: PurchaseStatus,
}

/// A step of a support conversation: opened, resolved or reopened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) stamp: Stamp,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) step: ConversationStep,
}

/// A satisfaction rating, 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rating {
    pub(crate) stamp: Stamp,
    pub(crate) rating: u8,
}
