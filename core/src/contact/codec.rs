//! The binary form of a state, as a store keeps it: reading it costs the same however long the
//! history behind it is.
//!
//! Little-endian, no padding, one way to write each state (canonical): the logs in rising order with
//! their counts, the days, the facts of a lifetime. The first byte is [`VERSION`]; bytes of another
//! version are refused, and the state is folded from the log again.

use alloc::vec::Vec;

use super::ContactState;
use super::days::{Day, Days};
use super::life::{Latest, Life};
use super::log::{Newest, Oldest};
use super::record::{
    Emotions, Enrichment, Key, Message, Purchase, Rating, Side, Stamp, Stamped, Status, Step,
};
use crate::event::binary::{
    read_code, read_language, read_lead, read_money, read_optional_code, read_optional_id,
    write_id, write_language, write_lead, write_money,
};
use crate::event::{Author, ConversationStep, MessageCategory, MessageStatus, PurchaseStatus};
use crate::id::{ConversationId, EventId, MessageId};
use crate::limits;
use crate::time::{DAY_MS, TimestampMs, UtcOffsetMin};
use crate::wire::{Reader, WireError, WireReason, Writer};

/// Version of the layout, the first byte of every encoded state.
pub const VERSION: u8 = 1;

/// No encoded state is longer than this, in bytes.
pub const STATE_BYTES_MAX: usize = 320_000;

const SIDE_INBOUND: u8 = 0;
const SIDE_LINK_CLICK: u8 = 1;
/// Code of the first author of an outbound message.
const SIDE_OUTBOUND: u8 = 2;
const ABSENT_CODE: u8 = 0xff;
/// Largest difference of two Q15 probabilities, in their steps.
const DIFFERENCE_MAX: u32 = 1 << 15;

impl ContactState {
    /// Appends the binary form to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut w = Writer { bytes: core::mem::take(out) };
        w.u8(VERSION);
        write_newest(&mut w, &self.messages);
        write_newest(&mut w, &self.sends);
        write_newest(&mut w, &self.statuses);
        write_newest(&mut w, &self.enrichments);
        write_newest(&mut w, &self.purchases);
        write_newest(&mut w, &self.steps);
        write_newest(&mut w, &self.ratings);
        write_items(&mut w, self.opening_messages.iter());
        write_items(&mut w, self.opening_statuses.iter());
        write_items(&mut w, self.days.iter());
        write_life(&mut w, &self.life);
        *out = w.bytes;
    }

    /// Reads a state that fills `bytes` to the end.
    ///
    /// # Errors
    /// When the bytes are not exactly what [`ContactState::encode`] writes for a state that the
    /// fold could have made: sizes, order and ranges are checked.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut r = Reader::new(bytes);
        let here = r.clone();
        if r.u8("version of the state")? != VERSION {
            return Err(here.error("version of the state", WireReason::Invalid));
        }
        let state = Self {
            messages: read_newest(&mut r, "messages")?,
            sends: read_newest(&mut r, "sends")?,
            statuses: read_newest(&mut r, "statuses")?,
            enrichments: read_newest(&mut r, "enrichments")?,
            purchases: read_newest(&mut r, "purchases")?,
            steps: read_newest(&mut r, "conversation steps")?,
            ratings: read_newest(&mut r, "ratings")?,
            opening_messages: read_oldest(&mut r, "opening messages")?,
            opening_statuses: read_oldest(&mut r, "opening statuses")?,
            days: read_days(&mut r)?,
            life: read_life(&mut r)?,
        };
        r.finish("end of the state")?;
        Ok(state)
    }
}

/// A record of fixed meaning.
trait Item: Sized {
    /// Fewest bytes of one.
    const BYTES_MIN: usize;
    fn write(&self, w: &mut Writer);
    fn read(r: &mut Reader<'_>) -> Result<Self, WireError>;
}

fn write_items<'a, T: Item + 'a>(w: &mut Writer, items: impl ExactSizeIterator<Item = &'a T>) {
    w.count(items.len());
    items.for_each(|item| item.write(w));
}

fn read_items<T: Item>(
    r: &mut Reader<'_>,
    max: usize,
    what: &'static str,
) -> Result<Vec<T>, WireError> {
    let count = r.count(max, T::BYTES_MIN, what)?;
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        items.push(T::read(r)?);
    }
    Ok(items)
}

fn write_newest<T: Item + Stamped, const CAP: usize>(w: &mut Writer, log: &Newest<T, CAP>) {
    w.bool(log.overflowed());
    write_items(w, log.iter());
}

fn read_newest<T: Item + Stamped, const CAP: usize>(
    r: &mut Reader<'_>,
    what: &'static str,
) -> Result<Newest<T, CAP>, WireError> {
    let overflowed = r.bool(what)?;
    let items = read_items(r, CAP, what)?;
    Newest::from_parts(items, overflowed).ok_or_else(|| r.error(what, WireReason::Invalid))
}

fn read_oldest<T: Item + Stamped, const CAP: usize>(
    r: &mut Reader<'_>,
    what: &'static str,
) -> Result<Oldest<T, CAP>, WireError> {
    let items = read_items(r, CAP, what)?;
    Oldest::from_items(items).ok_or_else(|| r.error(what, WireReason::Invalid))
}

fn read_days(r: &mut Reader<'_>) -> Result<Days, WireError> {
    let days = read_items(r, limits::DAY_BUCKETS_MAX, "days")?;
    Days::from_items(days).ok_or_else(|| r.error("days", WireReason::Invalid))
}

fn checked<T>(
    r: &Reader<'_>,
    what: &'static str,
    value: T,
    holds: impl FnOnce(&T) -> bool,
) -> Result<T, WireError> {
    if holds(&value) { Ok(value) } else { Err(r.error(what, WireReason::Invalid)) }
}

fn read_instant(r: &mut Reader<'_>) -> Result<i64, WireError> {
    let at = r.i64("instant")?;
    checked(r, "instant", at, |at| TimestampMs(*at).is_valid())
}

fn read_rank(r: &mut Reader<'_>) -> Result<u8, WireError> {
    let rank = r.u8("rank")?;
    checked(r, "rank", rank, |rank| *rank <= 3)
}

/// A local day is that of the instant in UTC, one before or one after.
fn is_day_of(day: i32, at: i64) -> bool {
    (i64::from(day) - at.div_euclid(DAY_MS)).abs() <= 1
}

impl Item for Stamp {
    const BYTES_MIN: usize = 30;

    fn write(&self, w: &mut Writer) {
        w.i64(self.at);
        w.raw(&self.id.0);
        w.i32(self.day);
        w.u8(self.rank);
        w.u8(self.hour);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = read_instant(r)?;
        let id = EventId(*r.array("event id")?);
        let day = r.i32("local day")?;
        let day = checked(r, "local day", day, |day| is_day_of(*day, at))?;
        let rank = read_rank(r)?;
        let hour = r.u8("local hour")?;
        let hour = checked(r, "local hour", hour, |hour| *hour < 24)?;
        Ok(Self { at, id, day, rank, hour })
    }
}

impl Item for Message {
    const BYTES_MIN: usize = Stamp::BYTES_MIN + 20;

    fn write(&self, w: &mut Writer) {
        self.stamp.write(w);
        w.raw(&self.message_id.0);
        write_id(w, self.reply_to.map(|id| id.0));
        w.u8(match self.side {
            Side::Inbound => SIDE_INBOUND,
            Side::LinkClick => SIDE_LINK_CLICK,
            Side::Outbound(author) => SIDE_OUTBOUND + author as u8,
        });
        w.u8(self.category.map_or(ABSENT_CODE, |category| category as u8));
        let flags = [
            self.pressed,
            self.in_conversation,
            self.is_template,
            self.has_media,
            self.has_buttons,
        ];
        w.u8(flags.iter().enumerate().fold(0, |set, (at, flag)| set | u8::from(*flag) << at));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let stamp = Stamp::read(r)?;
        let message_id = MessageId(*r.array("message id")?);
        let reply_to = read_optional_id(r, "reply_to")?.map(MessageId);
        let side = read_code(r, "side", |code| match code {
            SIDE_INBOUND => Some(Side::Inbound),
            SIDE_LINK_CLICK => Some(Side::LinkClick),
            code => Author::from_code(code - SIDE_OUTBOUND).map(Side::Outbound),
        })?;
        let category = read_optional_code(r, "category", MessageCategory::from_code)?;
        let flags = r.u8("flags")?;
        let flags = checked(r, "flags", flags, |flags| *flags < 1 << 5)?;
        let flag = |at: u8| flags >> at & 1 == 1;
        Ok(Self {
            stamp,
            message_id,
            reply_to,
            side,
            pressed: flag(0),
            in_conversation: flag(1),
            category,
            is_template: flag(2),
            has_media: flag(3),
            has_buttons: flag(4),
        })
    }
}

impl Item for Status {
    const BYTES_MIN: usize = Stamp::BYTES_MIN + 19;

    fn write(&self, w: &mut Writer) {
        self.stamp.write(w);
        w.raw(&self.message_id.0);
        w.u8(self.status as u8);
        w.u8(self.category.map_or(ABSENT_CODE, |category| category as u8));
        w.bool(self.error_code.is_some());
        self.error_code.iter().for_each(|code| w.u32(*code));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            stamp: Stamp::read(r)?,
            message_id: MessageId(*r.array("message id")?),
            status: read_code(r, "status", MessageStatus::from_code)?,
            category: read_optional_code(r, "category", MessageCategory::from_code)?,
            error_code: if r.bool("error code")? { Some(r.u32("error code")?) } else { None },
        })
    }
}

fn read_difference(r: &mut Reader<'_>, what: &'static str) -> Result<i32, WireError> {
    let value = r.i32(what)?;
    checked(r, what, value, |value| value.unsigned_abs() <= DIFFERENCE_MAX)
}

impl Item for Enrichment {
    const BYTES_MIN: usize = Stamp::BYTES_MIN + 23;

    fn write(&self, w: &mut Writer) {
        self.stamp.write(w);
        w.raw(&self.message_id.0);
        w.i32(self.score);
        w.bool(self.negative);
        w.bool(self.emotions.is_some());
        if let Some(emotions) = &self.emotions {
            w.i32(emotions.joy_minus_anger);
            w.bool(emotions.angry_or_disgusted);
        }
        write_language(w, self.language);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let stamp = Stamp::read(r)?;
        let message_id = MessageId(*r.array("message id")?);
        let score = read_difference(r, "score")?;
        let negative = r.bool("negative")?;
        let emotions = if r.bool("emotions")? {
            Some(Emotions {
                joy_minus_anger: read_difference(r, "joy minus anger")?,
                angry_or_disgusted: r.bool("angry or disgusted")?,
            })
        } else {
            None
        };
        let language = read_language(r)?;
        Ok(Self { stamp, message_id, score, negative, emotions, language })
    }
}

impl Item for Purchase {
    const BYTES_MIN: usize = Stamp::BYTES_MIN + 12;

    fn write(&self, w: &mut Writer) {
        self.stamp.write(w);
        write_money(w, self.amount);
        w.u8(self.status as u8);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let stamp = Stamp::read(r)?;
        let amount = read_money(r)?;
        let amount = checked(r, "amount", amount, |amount| amount.is_valid())?;
        let status = read_code(r, "purchase status", PurchaseStatus::from_code)?;
        Ok(Self { stamp, amount, status })
    }
}

impl Item for Step {
    const BYTES_MIN: usize = Stamp::BYTES_MIN + 2;

    fn write(&self, w: &mut Writer) {
        self.stamp.write(w);
        write_id(w, self.conversation.map(|id| id.0));
        w.u8(self.step as u8);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let kept = |step: &ConversationStep| {
            use ConversationStep::{Opened, Reopened, Resolved};
            matches!(step, Opened | Resolved | Reopened)
        };
        Ok(Self {
            stamp: Stamp::read(r)?,
            conversation: read_optional_id(r, "conversation id")?.map(ConversationId),
            step: read_code(r, "conversation", |code| {
                ConversationStep::from_code(code).filter(kept)
            })?,
        })
    }
}

impl Item for Rating {
    const BYTES_MIN: usize = Stamp::BYTES_MIN + 1;

    fn write(&self, w: &mut Writer) {
        self.stamp.write(w);
        w.u8(self.rating);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let stamp = Stamp::read(r)?;
        let rating = r.u8("rating")?;
        let rating = checked(r, "rating", rating, |rating| (1..=5).contains(rating))?;
        Ok(Self { stamp, rating })
    }
}

impl Item for Day {
    const BYTES_MIN: usize = 28 + 48;

    fn write(&self, w: &mut Writer) {
        w.i32(self.day);
        let counts =
            [self.inbound, self.rich, self.high_intent, self.questions, self.paid, self.undone];
        counts.iter().for_each(|count| w.u32(*count));
        self.hours.iter().for_each(|count| w.u16(*count));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, WireError> {
        let day = r.i32("local day")?;
        let first = TimestampMs::MIN.0.div_euclid(DAY_MS) - 1;
        let last = TimestampMs::MAX.0.div_euclid(DAY_MS) + 1;
        let day = checked(r, "local day", day, |day| (first..=last).contains(&i64::from(*day)))?;
        let mut read = Self {
            day,
            inbound: r.u32("count")?,
            rich: r.u32("count")?,
            high_intent: r.u32("count")?,
            questions: r.u32("count")?,
            paid: r.u32("count")?,
            undone: r.u32("count")?,
            hours: [0; 24],
        };
        for count in &mut read.hours {
            *count = r.u16("count of an hour")?;
        }
        Ok(read)
    }
}

fn write_key(w: &mut Writer, (at, rank, id): Key) {
    w.i64(at);
    w.u8(rank);
    w.raw(&id.0);
}

fn read_key(r: &mut Reader<'_>) -> Result<Key, WireError> {
    Ok((read_instant(r)?, read_rank(r)?, EventId(*r.array("event id")?)))
}

fn write_latest<T: Copy>(w: &mut Writer, latest: &Latest<T>, write: impl Fn(&mut Writer, T)) {
    w.bool(latest.0.is_some());
    if let Some((key, value)) = latest.0 {
        write_key(w, key);
        write(w, value);
    }
}

fn read_latest<T>(
    r: &mut Reader<'_>,
    read: impl Fn(&mut Reader<'_>) -> Result<T, WireError>,
) -> Result<Latest<T>, WireError> {
    if !r.bool("newest fact")? {
        return Ok(Latest(None));
    }
    Ok(Latest(Some((read_key(r)?, read(r)?))))
}

fn write_life(w: &mut Writer, life: &Life) {
    let instants = [
        life.newest_available,
        life.first_event,
        life.lead_created,
        life.first_inbound,
        life.last_inbound,
        life.last_seen,
        life.first_ad,
        life.first_paid,
        life.last_paid,
        life.last_marketing_limit,
    ];
    for instant in instants {
        w.bool(instant.is_some());
        instant.iter().for_each(|at| w.i64(*at));
    }
    write_latest(w, &life.offset, |w, offset| w.i16(offset.0));
    for fact in [&life.opted_out, &life.objected, &life.blocked] {
        write_latest(w, fact, Writer::bool);
    }
    write_latest(w, &life.lead_step, |w, step| write_lead(w, &step));
    w.bool(life.aliased);
}

fn read_life(r: &mut Reader<'_>) -> Result<Life, WireError> {
    let mut instants = [None; 10];
    for instant in &mut instants {
        *instant = if r.bool("instant")? { Some(read_instant(r)?) } else { None };
    }
    let [
        newest_available,
        first_event,
        lead_created,
        first_inbound,
        last_inbound,
        last_seen,
        first_ad,
        first_paid,
        last_paid,
        last_marketing_limit,
    ] = instants;
    let fact = |r: &mut Reader<'_>| r.bool("fact");
    Ok(Life {
        newest_available,
        first_event,
        lead_created,
        first_inbound,
        last_inbound,
        last_seen,
        first_ad,
        first_paid,
        last_paid,
        last_marketing_limit,
        offset: read_latest(r, |r| {
            let offset = UtcOffsetMin(r.i16("offset")?);
            checked(r, "offset", offset, |offset| offset.is_valid())
        })?,
        opted_out: read_latest(r, fact)?,
        objected: read_latest(r, fact)?,
        blocked: read_latest(r, fact)?,
        lead_step: read_latest(r, read_lead)?,
        aliased: r.bool("aliased")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::feature::{ChurnRaw, EngagementRaw, LeadRaw};
    use crate::testing::{any_event, cases};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn encoded(state: &ContactState) -> Vec<u8> {
        let mut bytes = Vec::new();
        state.encode(&mut bytes);
        bytes
    }

    fn folded(events: &[Event]) -> ContactState {
        ContactState::at(events, TimestampMs::MAX)
    }

    proptest! {
        #![proptest_config(cases(128))]

        #[test]
        fn decode_inverts_encode_and_the_fold_goes_on_from_it(
            events in vec(any_event(), 0..120), cut in any::<prop::sample::Index>(),
        ) {
            let cut = cut.index(events.len() + 1);
            let mut state = folded(&events[..cut]);
            let mut read = ContactState::decode(&encoded(&state)).expect("our own bytes");
            prop_assert!(read == state);
            for event in &events[cut..] {
                prop_assert_eq!(read.apply(event), state.apply(event));
            }
            prop_assert!(read == state);
            prop_assert!(encoded(&state).len() <= STATE_BYTES_MAX);
        }

        #[test]
        fn a_mutant_is_refused_or_canonical_and_does_no_harm(
            events in vec(any_event(), 0..30),
            edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
            operator in 0u8..3,
        ) {
            let mut bytes = encoded(&folded(&events));
            match operator {
                0 => edits.iter().for_each(|(at, value)| {
                    let at = at.index(bytes.len());
                    bytes[at] = *value;
                }),
                1 => bytes.truncate(cut.index(bytes.len())),
                _ => bytes.insert(cut.index(bytes.len()), edits[0].1),
            }
            if let Ok(state) = ContactState::decode(&bytes) {
                prop_assert_eq!(encoded(&state), bytes);
                for as_of in [0, 1_700_000_000_000, TimestampMs::MAX.0].map(TimestampMs) {
                    let _ = LeadRaw::extract(&state, as_of);
                    let _ = ChurnRaw::extract(&state, as_of);
                    let _ = EngagementRaw::extract(&state, as_of);
                }
            }
        }
    }

    #[test]
    fn a_full_state_is_within_the_limit() {
        let count = |cap: usize, item: usize| cap * item + 5;
        let stamp = Stamp::BYTES_MIN;
        let most = 1
            + 2 * count(limits::MESSAGES_MAX, stamp + 36)
            + count(limits::STATUSES_MAX, stamp + 23)
            + count(limits::ENRICHMENTS_MAX, stamp + 39)
            + count(limits::PURCHASES_MAX, stamp + 12)
            + count(4 * limits::CONVERSATIONS_MAX, stamp + 18)
            + count(limits::RATINGS_MAX, stamp + 1)
            + count(limits::OPENING_MESSAGES_MAX, stamp + 36)
            + count(limits::OPENING_STATUSES_MAX, stamp + 23)
            + count(limits::DAY_BUCKETS_MAX, Day::BYTES_MIN)
            + 10 * 9
            + 5 * 40
            + 1;
        assert!(most <= STATE_BYTES_MAX, "{most} bytes");
    }
}
