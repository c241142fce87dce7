//! The state of one contact: an incremental, bounded fold of its events.
//!
//! A state is a function of the *set* of events applied: order and repetition change no bit, late
//! events find their place. It keeps
//! - daily counts of the 366 local days up to the newest active one,
//! - the newest events of each kind by the order of [`Event::order_key`] (the numbers are in
//!   [`crate::limits`]: messages of both sides, sends, delivery states, enrichments, purchases,
//!   conversation steps, ratings), and the oldest outbound messages for the first response,
//! - life-long facts that are a smallest or a largest value.
//!
//! Whatever joins two events (a status or an enrichment with its message, an answer with the send,
//! a stub with the record that fills it) is worked out when features are extracted, from what is
//! kept; nothing depends on which of the two came first.
//!
//! **Repetition.** An event is recognised by its order key as long as the log of its kind keeps
//! it, or keeps nothing older. An event older than a full log is counted in the daily sums again
//! each time it is applied ([`Applied::TooOld`]). A store that holds each event id once makes the
//! state exact; a host without one is exact as long as repetitions come within the newest 512
//! messages and 256 purchases.
//!
//! **Memory.** At most 350 KB for a contact at every limit, held by a test; some 100 bytes for each
//! event of a contact below them.

mod codec;
mod days;
mod life;
mod log;
mod record;
mod view;

pub use codec::STATE_BYTES_MAX;
pub use view::{Consent, Send};
pub(crate) use view::{View, median};

use crate::event::{
    AcquisitionSource, ConsentKind, ConversationStep, Event, EventKind, InteractionKind, LeadStep,
    MessageKind, MessageStatus, PurchaseStatus, binary,
};
use crate::limits;
use crate::time::{TimestampMs, UtcOffsetMin};
use crate::wire::WireError;
use days::{Day, Days};
use life::{Life, earliest, latest};
use log::{Insert, Newest, Oldest};
use record::{Enrichment, Key, Message, Purchase, Rating, Side, Stamp, Status, Step};

/// Error code of a marketing message that WhatsApp kept from a contact who gets too many.
const ERROR_MARKETING_LIMIT: u32 = 131_049;
/// Error code of a message to a contact who stopped marketing messages.
const ERROR_STOPPED_MARKETING: u32 = 131_050;

/// What became of an applied event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It counts.
    Counted,
    /// It is known already; nothing changed.
    Duplicate,
    /// It is older than everything that is kept of its kind. It counts in daily sums and life-long
    /// facts only, and a repetition of it would not be recognised.
    TooOld,
    /// It breaks a rule of [`Event::check`]; nothing changed.
    Invalid,
}

impl From<Insert> for Applied {
    fn from(insert: Insert) -> Self {
        match insert {
            Insert::New => Self::Counted,
            Insert::Duplicate => Self::Duplicate,
            Insert::TooOld => Self::TooOld,
        }
    }
}

/// All that is known of one contact, within bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactState {
    messages: Newest<Message, { limits::MESSAGES_MAX }>,
    /// Messages that may be business-initiated sends, kept apart from the chat.
    sends: Newest<Message, { limits::SENDS_MAX }>,
    statuses: Newest<Status, { limits::STATUSES_MAX }>,
    enrichments: Newest<Enrichment, { limits::ENRICHMENTS_MAX }>,
    pub(crate) purchases: Newest<Purchase, { limits::PURCHASES_MAX }>,
    steps: Newest<Step, { 4 * limits::CONVERSATIONS_MAX }>,
    pub(crate) ratings: Newest<Rating, { limits::RATINGS_MAX }>,
    opening_messages: Oldest<Message, { limits::OPENING_MESSAGES_MAX }>,
    opening_statuses: Oldest<Status, { limits::OPENING_STATUSES_MAX }>,
    pub(crate) days: Days,
    pub(crate) life: Life,
}

impl ContactState {
    /// A contact of whom nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the contact but keeps the memory, for the fold of the next one.
    pub fn clear(&mut self) {
        self.messages.clear();
        self.sends.clear();
        self.statuses.clear();
        self.enrichments.clear();
        self.purchases.clear();
        self.steps.clear();
        self.ratings.clear();
        self.opening_messages.clear();
        self.opening_statuses.clear();
        self.days.clear();
        self.life = Life::default();
    }

    /// The state as it was known at `as_of`: a refold of the events available by then.
    #[must_use]
    pub fn at<'a>(events: impl IntoIterator<Item = &'a Event>, as_of: TimestampMs) -> Self {
        let mut state = Self::new();
        for event in events.into_iter().filter(|event| event.available_at <= as_of) {
            state.apply(event);
        }
        state
    }

    /// Takes one event in, in any order. All events are taken to be of one contact (a store joins
    /// the logs of aliases before it folds them).
    pub fn apply(&mut self, event: &Event) -> Applied {
        if event.check().is_err() {
            return Applied::Invalid;
        }
        self.apply_checked(event)
    }

    /// Takes one event in from its binary form ([`binary::encode`]) if it was known at `as_of`;
    /// `None` when it was not.
    ///
    /// # Errors
    /// When the bytes are no event, known or not.
    pub fn apply_encoded(
        &mut self,
        bytes: &[u8],
        as_of: TimestampMs,
    ) -> Result<Option<Applied>, WireError> {
        let event = binary::decode(bytes)?;
        Ok((event.available_at <= as_of).then(|| self.apply_checked(&event)))
    }

    /// Takes in an event for which [`Event::check`] holds.
    fn apply_checked(&mut self, event: &Event) -> Applied {
        let stamp = Stamp::of(event);
        let applied = self.insert(event, stamp);
        self.update_life(event, stamp.key());
        applied
    }

    fn insert(&mut self, event: &Event, stamp: Stamp) -> Applied {
        match &event.kind {
            EventKind::MessageInbound { .. }
            | EventKind::Interaction { .. }
            | EventKind::MessageOutbound { .. } => Message::of(event, stamp)
                .map_or(Applied::Counted, |message| self.insert_message(&message, &event.kind)),
            EventKind::MessageStatus { message_id, status, error_code, category } => {
                let record = Status {
                    stamp,
                    message_id: *message_id,
                    status: *status,
                    error_code: *error_code,
                    category: *category,
                };
                self.opening_statuses.insert(&record);
                self.statuses.insert(record).into()
            }
            EventKind::Enrichment { message_id, sentiment, emotions, language, .. } => self
                .enrichments
                .insert(Enrichment::new(stamp, *message_id, *sentiment, *emotions, *language))
                .into(),
            EventKind::Purchase { amount, status } => {
                let inserted =
                    self.purchases.insert(Purchase { stamp, amount: *amount, status: *status });
                if inserted != Insert::Duplicate
                    && let Some(day) = self.days.at(stamp.day)
                {
                    let paid = *status == PurchaseStatus::Paid;
                    increment(if paid { &mut day.paid } else { &mut day.undone }, true);
                }
                inserted.into()
            }
            EventKind::Conversation(
                step @ (ConversationStep::Opened
                | ConversationStep::Resolved
                | ConversationStep::Reopened),
            ) => self
                .steps
                .insert(Step { stamp, conversation: event.conversation_id, step: *step })
                .into(),
            EventKind::Csat { rating } => {
                self.ratings.insert(Rating { stamp, rating: *rating }).into()
            }
            EventKind::Conversation(_)
            | EventKind::Acquisition { .. }
            | EventKind::Consent(_)
            | EventKind::Alias { .. }
            | EventKind::Lead(_)
            | EventKind::Quality { .. } => Applied::Counted,
        }
    }

    fn insert_message(&mut self, message: &Message, kind: &EventKind) -> Applied {
        let inserted = self.messages.insert(*message);
        match message.side {
            Side::Inbound if inserted != Insert::Duplicate => {
                if let Some(day) = self.days.at(message.stamp.day) {
                    count_inbound(day, message.stamp.hour, kind);
                }
            }
            Side::Outbound(_) => {
                self.opening_messages.insert(message);
                if message.may_be_send() {
                    self.sends.insert(*message);
                }
            }
            Side::Inbound | Side::LinkClick => {}
        }
        inserted.into()
    }

    fn update_life(&mut self, event: &Event, key: Key) {
        let life = &mut self.life;
        let at = key.0;
        latest(&mut life.newest_available, event.available_at.0);
        match &event.kind {
            // About the business, about a message, about an id: no sign of the contact.
            EventKind::Quality { .. } | EventKind::Enrichment { .. } => return,
            EventKind::Alias { .. } => {
                life.aliased = true;
                return;
            }
            EventKind::MessageInbound { .. } | EventKind::Interaction { .. } => {
                latest(&mut life.last_seen, at);
                if event.kind.is_inbound() {
                    earliest(&mut life.first_inbound, at);
                    latest(&mut life.last_inbound, at);
                    life.blocked.offer(key, false);
                }
            }
            EventKind::MessageStatus { status, error_code, .. } => {
                if matches!(status, MessageStatus::Read | MessageStatus::Played) {
                    latest(&mut life.last_seen, at);
                }
                if *status == MessageStatus::Failed {
                    match *error_code {
                        Some(ERROR_STOPPED_MARKETING) => life.opted_out.offer(key, true),
                        Some(ERROR_MARKETING_LIMIT) => {
                            latest(&mut life.last_marketing_limit, at);
                        }
                        _ => {}
                    }
                }
            }
            EventKind::Acquisition { source, ad_click } => {
                if *source == AcquisitionSource::Ad || *ad_click {
                    earliest(&mut life.first_ad, at);
                }
            }
            EventKind::Consent(kind) => match kind {
                ConsentKind::OptIn | ConsentKind::Resume | ConsentKind::Signup => {
                    life.opted_out.offer(key, false);
                    life.objected.offer(key, false);
                    life.blocked.offer(key, false);
                }
                ConsentKind::OptOut => life.opted_out.offer(key, true),
                ConsentKind::Objected => {
                    life.opted_out.offer(key, true);
                    life.objected.offer(key, true);
                }
                ConsentKind::BlockSuspected => life.blocked.offer(key, true),
            },
            EventKind::Lead(step) => {
                if *step == LeadStep::Created {
                    earliest(&mut life.lead_created, at);
                }
                life.lead_step.offer(key, *step);
            }
            EventKind::Purchase { status: PurchaseStatus::Paid, .. } => {
                earliest(&mut life.first_paid, at);
                latest(&mut life.last_paid, at);
            }
            EventKind::Purchase { .. }
            | EventKind::MessageOutbound { .. }
            | EventKind::Conversation(_)
            | EventKind::Csat { .. } => {}
        }
        earliest(&mut life.first_event, at);
        life.offset.offer(key, event.utc_offset);
    }

    /// The newest `available_at` of all that was applied: the earliest instant for which the state
    /// may be asked. For an earlier one, use [`ContactState::at`].
    #[must_use]
    pub fn known_through(&self) -> Option<TimestampMs> {
        self.life.newest_available.map(TimestampMs)
    }

    /// Offset of the contact's local time from UTC at its newest event.
    #[must_use]
    pub fn utc_offset(&self) -> Option<UtcOffsetMin> {
        self.life.offset.get()
    }

    /// The newest inbound.
    #[must_use]
    pub fn last_inbound_at(&self) -> Option<TimestampMs> {
        self.life.last_inbound.map(TimestampMs)
    }

    /// The newest paid purchase.
    #[must_use]
    pub fn last_paid_at(&self) -> Option<TimestampMs> {
        self.life.last_paid.map(TimestampMs)
    }

    /// The newest step of the lead.
    #[must_use]
    pub fn lead_step(&self) -> Option<LeadStep> {
        self.life.lead_step.get()
    }

    /// Whether another id of the contact is known: its log has to be joined and folded again.
    #[must_use]
    pub fn has_alias(&self) -> bool {
        self.life.aliased
    }

    /// Whether an event of this kind can take consent away. A contact without one has that of
    /// [`Consent::default`], so that a store needs to fold the others only.
    #[must_use]
    pub fn may_withdraw_consent(kind: &EventKind) -> bool {
        match kind {
            EventKind::Consent(kind) => matches!(
                kind,
                ConsentKind::OptOut | ConsentKind::Objected | ConsentKind::BlockSuspected
            ),
            EventKind::MessageStatus { status, error_code, .. } => {
                *status == MessageStatus::Failed && *error_code == Some(ERROR_STOPPED_MARKETING)
            }
            _ => false,
        }
    }

    /// What the contact consents to.
    #[must_use]
    pub fn consent(&self) -> Consent {
        Consent {
            opted_out: self.life.opted_out.get().unwrap_or(false),
            objected: self.life.objected.get().unwrap_or(false),
            block_suspected: self.life.blocked.get().unwrap_or(false),
        }
    }

    /// The newest failure of a send by WhatsApp's limit of marketing messages (error 131049).
    #[must_use]
    pub fn last_marketing_limit_at(&self) -> Option<TimestampMs> {
        self.life.last_marketing_limit.map(TimestampMs)
    }

    /// The business-initiated sends that are kept, oldest first, with what became of them by
    /// `as_of`.
    #[must_use]
    pub fn sends(&self, as_of: TimestampMs) -> alloc::vec::Vec<Send> {
        View::new(self, as_of).sends().to_vec()
    }
}

fn increment(counter: &mut u32, condition: bool) {
    *counter = counter.saturating_add(u32::from(condition));
}

fn count_inbound(day: &mut Day, hour: u8, kind: &EventKind) {
    increment(&mut day.inbound, true);
    if let Some(count) = day.hours.get_mut(usize::from(hour)) {
        *count = count.saturating_add(1);
    }
    match kind {
        EventKind::MessageInbound { kind, has_question, .. } => {
            increment(&mut day.questions, *has_question);
            let rich = matches!(
                kind,
                MessageKind::Voice
                    | MessageKind::Audio
                    | MessageKind::Image
                    | MessageKind::Video
                    | MessageKind::Document
                    | MessageKind::Location
            );
            increment(&mut day.rich, rich);
        }
        EventKind::Interaction { kind, .. } => {
            let reaction = *kind == InteractionKind::ReactionAdd;
            increment(&mut day.high_intent, !reaction);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded() {
        // Rings grow to a power of two.
        fn ring<T>(items: usize) -> usize {
            items.next_power_of_two() * size_of::<T>()
        }
        let most = size_of::<ContactState>()
            + ring::<Message>(limits::MESSAGES_MAX)
            + ring::<Message>(limits::SENDS_MAX)
            + ring::<Status>(limits::STATUSES_MAX)
            + ring::<Enrichment>(limits::ENRICHMENTS_MAX)
            + ring::<Purchase>(limits::PURCHASES_MAX)
            + ring::<Step>(4 * limits::CONVERSATIONS_MAX)
            + ring::<Rating>(limits::RATINGS_MAX)
            + ring::<Message>(limits::OPENING_MESSAGES_MAX)
            + ring::<Status>(limits::OPENING_STATUSES_MAX)
            + ring::<Day>(limits::DAY_BUCKETS_MAX + 1);
        assert!(most <= 350_000, "{most} bytes");
    }
}
