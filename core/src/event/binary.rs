//! The compact binary form of one event, as a store keeps it.
//!
//! Little-endian, no padding, one way to write each event (canonical): a decoder refuses every
//! byte string that [`encode`] would not have written, so that equal events have equal bytes.
//! The first byte is [`VERSION`]; a reader of another version refuses by name.

use alloc::vec::Vec;

use super::{
    AcquisitionSource, Author, ConsentKind, ConversationStep, Currency, Event, EventKind,
    InteractionKind, LanguageTag, LeadStep, MessageCategory, MessageKind, MessageStatus, Money,
    PurchaseStatus, Q15, QualityRating, QualitySubject, Source,
};
use crate::id::{AgentId, CampaignId, ContactId, ConversationId, EventId, MessageId, TemplateId};
use crate::time::{TimestampMs, UtcOffsetMin};
use crate::wire::{Reader, WireError, WireReason, Writer};

/// Version of the layout, the first byte of every encoded event.
pub const VERSION: u8 = 1;

/// No encoded event is longer than this, in bytes.
pub const EVENT_BYTES_MAX: usize = 192;

const ABSENT_CODE: u8 = 0xff;
const ABSENT_Q15: u16 = 0xffff;

mod tag {
    pub(super) const MESSAGE_INBOUND: u8 = 0;
    pub(super) const MESSAGE_OUTBOUND: u8 = 1;
    pub(super) const MESSAGE_STATUS: u8 = 2;
    pub(super) const INTERACTION: u8 = 3;
    pub(super) const ACQUISITION: u8 = 4;
    pub(super) const CONSENT: u8 = 5;
    pub(super) const CONVERSATION: u8 = 6;
    pub(super) const ALIAS: u8 = 7;
    pub(super) const CSAT: u8 = 8;
    pub(super) const ENRICHMENT: u8 = 9;
    pub(super) const LEAD: u8 = 10;
    pub(super) const PURCHASE: u8 = 11;
    pub(super) const QUALITY: u8 = 12;
}

/// Appends the binary form of `event` to `out`.
///
/// The event must satisfy [`Event::check`]; bytes of one that does not are refused by [`decode`].
pub fn encode(event: &Event, out: &mut Vec<u8>) {
    let mut w = Writer { bytes: core::mem::take(out) };
    w.u8(VERSION);
    w.raw(&event.event_id.0);
    w.raw(&event.contact_id.0);
    w.i64(event.occurred_at.0);
    w.i64(event.available_at.0);
    w.i16(event.utc_offset.0);
    w.u8(event.source as u8);
    let ids = [
        event.conversation_id.map(|id| id.0),
        event.campaign_id.map(|id| id.0),
        event.agent_id.map(|id| id.0),
    ];
    ids.iter().for_each(|id| write_id(&mut w, *id));
    write_kind(&mut w, &event.kind);
    *out = w.bytes;
}

/// Reads one event that fills `bytes` to the end.
///
/// # Errors
/// When the bytes are not exactly what [`encode`] writes for an event that satisfies
/// [`Event::check`].
pub fn decode(bytes: &[u8]) -> Result<Event, WireError> {
    let mut r = Reader::new(bytes);
    let here = r.clone();
    if r.u8("version of the event")? != VERSION {
        return Err(here.error("version of the event", WireReason::Invalid));
    }
    let event = Event {
        event_id: EventId(read_id(&mut r, "event id")?),
        contact_id: ContactId(read_id(&mut r, "contact id")?),
        occurred_at: TimestampMs(r.i64("occurred_at")?),
        available_at: TimestampMs(r.i64("available_at")?),
        utc_offset: UtcOffsetMin(r.i16("utc_offset")?),
        source: read_code(&mut r, "source", Source::from_code)?,
        conversation_id: read_optional_id(&mut r, "conversation id")?.map(ConversationId),
        campaign_id: read_optional_id(&mut r, "campaign id")?.map(CampaignId),
        agent_id: read_optional_id(&mut r, "agent id")?.map(AgentId),
        kind: read_kind(&mut r)?,
    };
    r.finish("end of the event")?;
    event.check().map_err(|_| here.error("event", WireReason::Invalid))?;
    Ok(event)
}

fn write_kind(w: &mut Writer, kind: &EventKind) {
    match kind {
        EventKind::MessageInbound {
            message_id,
            kind,
            chars,
            has_question,
            reply_to,
            forwarded,
        } => {
            w.u8(tag::MESSAGE_INBOUND);
            w.raw(&message_id.0);
            w.u8(*kind as u8);
            w.u32(*chars);
            w.bool(*has_question);
            w.bool(*forwarded);
            write_id(w, reply_to.map(|id| id.0));
        }
        EventKind::MessageOutbound {
            message_id,
            kind,
            author,
            category,
            template,
            language,
            chars,
            has_media,
            has_buttons,
            propensity,
        } => {
            w.u8(tag::MESSAGE_OUTBOUND);
            w.raw(&message_id.0);
            w.u8(*kind as u8);
            w.u8(*author as u8);
            w.u8(category.map_or(ABSENT_CODE, |c| c as u8));
            w.u32(*chars);
            w.bool(*has_media);
            w.bool(*has_buttons);
            w.u16(propensity.map_or(ABSENT_Q15, Q15::raw));
            write_language(w, *language);
            write_id(w, template.map(|id| id.0));
        }
        EventKind::MessageStatus { message_id, status, error_code, category } => {
            w.u8(tag::MESSAGE_STATUS);
            w.raw(&message_id.0);
            w.u8(*status as u8);
            w.u8(category.map_or(ABSENT_CODE, |c| c as u8));
            w.bool(error_code.is_some());
            error_code.iter().for_each(|code| w.u32(*code));
        }
        EventKind::Interaction { message_id, kind, reply_to } => {
            w.u8(tag::INTERACTION);
            w.raw(&message_id.0);
            w.u8(*kind as u8);
            write_id(w, reply_to.map(|id| id.0));
        }
        EventKind::Acquisition { source, ad_click } => {
            w.u8(tag::ACQUISITION);
            w.u8(*source as u8);
            w.bool(*ad_click);
        }
        EventKind::Consent(kind) => {
            w.u8(tag::CONSENT);
            w.u8(*kind as u8);
        }
        EventKind::Conversation(step) => {
            w.u8(tag::CONVERSATION);
            w.u8(*step as u8);
        }
        EventKind::Alias { other } => {
            w.u8(tag::ALIAS);
            w.raw(&other.0);
        }
        EventKind::Csat { rating } => {
            w.u8(tag::CSAT);
            w.u8(*rating);
        }
        EventKind::Enrichment { message_id, sentiment, emotions, language, model_version } => {
            w.u8(tag::ENRICHMENT);
            w.raw(&message_id.0);
            w.u32(*model_version);
            sentiment.iter().for_each(|p| w.u16(p.raw()));
            w.bool(emotions.is_some());
            emotions.iter().flatten().for_each(|p| w.u16(p.raw()));
            write_language(w, *language);
        }
        EventKind::Lead(step) => {
            w.u8(tag::LEAD);
            write_lead(w, step);
        }
        EventKind::Purchase { amount, status } => {
            w.u8(tag::PURCHASE);
            w.u8(*status as u8);
            write_money(w, *amount);
        }
        EventKind::Quality { subject, rating } => {
            w.u8(tag::QUALITY);
            w.u8(*subject as u8);
            w.u8(*rating as u8);
        }
    }
}

// Called in one place, for every event that is read: in line, the event is built where it stays.
#[inline(always)]
fn read_kind(r: &mut Reader<'_>) -> Result<EventKind, WireError> {
    let here = r.clone();
    Ok(match r.u8("type of the event")? {
        tag::MESSAGE_INBOUND => EventKind::MessageInbound {
            message_id: MessageId(read_id(r, "message id")?),
            kind: read_code(r, "message kind", MessageKind::from_code)?,
            chars: r.u32("chars")?,
            has_question: r.bool("has_question")?,
            forwarded: r.bool("forwarded")?,
            reply_to: read_optional_id(r, "reply_to")?.map(MessageId),
        },
        tag::MESSAGE_OUTBOUND => EventKind::MessageOutbound {
            message_id: MessageId(read_id(r, "message id")?),
            kind: read_code(r, "message kind", MessageKind::from_code)?,
            author: read_code(r, "author", Author::from_code)?,
            category: read_optional_code(r, "category", MessageCategory::from_code)?,
            chars: r.u32("chars")?,
            has_media: r.bool("has_media")?,
            has_buttons: r.bool("has_buttons")?,
            propensity: read_propensity(r)?,
            language: read_language(r)?,
            template: read_optional_id(r, "template")?.map(TemplateId),
        },
        tag::MESSAGE_STATUS => EventKind::MessageStatus {
            message_id: MessageId(read_id(r, "message id")?),
            status: read_code(r, "status", MessageStatus::from_code)?,
            category: read_optional_code(r, "category", MessageCategory::from_code)?,
            error_code: if r.bool("error code")? { Some(r.u32("error code")?) } else { None },
        },
        tag::INTERACTION => EventKind::Interaction {
            message_id: MessageId(read_id(r, "message id")?),
            kind: read_code(r, "interaction", InteractionKind::from_code)?,
            reply_to: read_optional_id(r, "reply_to")?.map(MessageId),
        },
        tag::ACQUISITION => EventKind::Acquisition {
            source: read_code(r, "acquisition", AcquisitionSource::from_code)?,
            ad_click: r.bool("ad_click")?,
        },
        tag::CONSENT => EventKind::Consent(read_code(r, "consent", ConsentKind::from_code)?),
        tag::CONVERSATION => {
            EventKind::Conversation(read_code(r, "conversation", ConversationStep::from_code)?)
        }
        tag::ALIAS => EventKind::Alias { other: ContactId(read_id(r, "other contact")?) },
        tag::CSAT => EventKind::Csat { rating: r.u8("rating")? },
        tag::ENRICHMENT => EventKind::Enrichment {
            message_id: MessageId(read_id(r, "message id")?),
            model_version: r.u32("model version")?,
            sentiment: read_probabilities(r, "sentiment")?,
            emotions: if r.bool("emotions")? {
                Some(read_probabilities(r, "emotions")?)
            } else {
                None
            },
            language: read_language(r)?,
        },
        tag::LEAD => EventKind::Lead(read_lead(r)?),
        tag::PURCHASE => EventKind::Purchase {
            status: read_code(r, "purchase status", PurchaseStatus::from_code)?,
            amount: read_money(r)?,
        },
        tag::QUALITY => EventKind::Quality {
            subject: read_code(r, "quality subject", QualitySubject::from_code)?,
            rating: read_code(r, "quality rating", QualityRating::from_code)?,
        },
        _ => return Err(here.error("type of the event", WireReason::Invalid)),
    })
}

pub(crate) fn write_id(w: &mut Writer, id: Option<[u8; 16]>) {
    w.bool(id.is_some());
    id.iter().for_each(|bytes| w.raw(bytes));
}

#[inline]
fn read_id(r: &mut Reader<'_>, what: &'static str) -> Result<[u8; 16], WireError> {
    r.array(what).copied()
}

#[inline]
pub(crate) fn read_optional_id(
    r: &mut Reader<'_>,
    what: &'static str,
) -> Result<Option<[u8; 16]>, WireError> {
    if r.bool(what)? { read_id(r, what).map(Some) } else { Ok(None) }
}

#[inline]
pub(crate) fn read_code<T>(
    r: &mut Reader<'_>,
    what: &'static str,
    from_code: impl Fn(u8) -> Option<T>,
) -> Result<T, WireError> {
    let here = r.clone();
    from_code(r.u8(what)?).ok_or_else(|| here.error(what, WireReason::Invalid))
}

#[inline]
pub(crate) fn read_optional_code<T>(
    r: &mut Reader<'_>,
    what: &'static str,
    from_code: impl Fn(u8) -> Option<T>,
) -> Result<Option<T>, WireError> {
    read_code(r, what, |code| match code {
        ABSENT_CODE => Some(None),
        code => from_code(code).map(Some),
    })
}

#[inline]
fn read_q15(r: &mut Reader<'_>, what: &'static str) -> Result<Q15, WireError> {
    let here = r.clone();
    Q15::from_raw(r.u16(what)?).map_err(|_| here.error(what, WireReason::Invalid))
}

#[inline]
fn read_probabilities<const N: usize>(
    r: &mut Reader<'_>,
    what: &'static str,
) -> Result<[Q15; N], WireError> {
    let mut out = [Q15::default(); N];
    for p in &mut out {
        *p = read_q15(r, what)?;
    }
    Ok(out)
}

fn read_propensity(r: &mut Reader<'_>) -> Result<Option<Q15>, WireError> {
    let mut ahead = r.clone();
    if ahead.u16("propensity")? == ABSENT_Q15 {
        *r = ahead;
        return Ok(None);
    }
    read_q15(r, "propensity").map(Some)
}

pub(crate) fn write_language(w: &mut Writer, language: Option<LanguageTag>) {
    let text = language.as_ref().map_or("", LanguageTag::as_str);
    w.u8(text.len() as u8);
    w.raw(text.as_bytes());
}

#[inline]
pub(crate) fn read_language(r: &mut Reader<'_>) -> Result<Option<LanguageTag>, WireError> {
    let here = r.clone();
    let length = usize::from(r.u8("language")?);
    if length == 0 {
        return Ok(None);
    }
    let bytes = r.raw(length, "language")?;
    match LanguageTag::from_canonical(bytes) {
        Some(tag) => Ok(Some(tag)),
        None => Err(here.error("language", WireReason::Invalid)),
    }
}

pub(crate) fn write_money(w: &mut Writer, money: Money) {
    w.i64(money.e4);
    w.raw(money.currency.as_str().as_bytes());
}

pub(crate) fn read_money(r: &mut Reader<'_>) -> Result<Money, WireError> {
    let e4 = r.i64("amount")?;
    let here = r.clone();
    let code = core::str::from_utf8(r.raw(3, "currency")?).unwrap_or("");
    Currency::new(code)
        .ok()
        .filter(|currency| currency.as_str() == code)
        .map(|currency| Money { e4, currency })
        .ok_or_else(|| here.error("currency", WireReason::Invalid))
}

pub(crate) fn write_lead(w: &mut Writer, step: &LeadStep) {
    w.u8(lead_code(step));
    if let LeadStep::Won(Some(value)) = step {
        write_money(w, *value);
    }
}

fn lead_code(step: &LeadStep) -> u8 {
    match step {
        LeadStep::Created => 0,
        LeadStep::Engaged => 1,
        LeadStep::Qualified => 2,
        LeadStep::Proposal => 3,
        LeadStep::Won(None) => 4,
        LeadStep::Won(Some(_)) => 5,
        LeadStep::Lost => 6,
    }
}

pub(crate) fn read_lead(r: &mut Reader<'_>) -> Result<LeadStep, WireError> {
    let here = r.clone();
    Ok(match r.u8("lead step")? {
        0 => LeadStep::Created,
        1 => LeadStep::Engaged,
        2 => LeadStep::Qualified,
        3 => LeadStep::Proposal,
        4 => LeadStep::Won(None),
        5 => LeadStep::Won(Some(read_money(r)?)),
        6 => LeadStep::Lost,
        _ => return Err(here.error("lead step", WireReason::Invalid)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_event, cases, example};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn decode_inverts_encode(event in any_event()) {
            let mut bytes = Vec::new();
            encode(&event, &mut bytes);
            prop_assert!(bytes.len() <= EVENT_BYTES_MAX);
            prop_assert_eq!(decode(&bytes), Ok(event));
        }

        #[test]
        fn a_mutant_is_refused_or_canonical(
            event in any_event(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
            extra in prop::collection::vec(any::<u8>(), 0..3),
            operator in 0u8..4,
        ) {
            let mut bytes = Vec::new();
            encode(&event, &mut bytes);
            match operator {
                0 => edits.iter().for_each(|(at, value)| {
                    let at = at.index(bytes.len());
                    bytes[at] = *value;
                }),
                1 => bytes.truncate(cut.index(bytes.len())),
                2 => bytes.extend_from_slice(&extra),
                _ => { bytes.remove(cut.index(bytes.len())); }
            }
            if let Ok(read) = decode(&bytes) {
                prop_assert!(read.check().is_ok());
                let mut again = Vec::new();
                encode(&read, &mut again);
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn broken_rules_are_refused() {
        let good = example();
        let encoded = |event: &Event| {
            let mut bytes = Vec::new();
            encode(event, &mut bytes);
            bytes
        };
        assert!(decode(&encoded(&good)).is_ok());
        let broken: [fn(&mut Event); 7] = [
            |e| e.available_at = TimestampMs(TimestampMs::MAX.0 + 1),
            |e| e.occurred_at = TimestampMs(-1),
            |e| e.occurred_at = e.available_at.plus_ms(1),
            |e| e.utc_offset = UtcOffsetMin(1081),
            |e| e.kind = EventKind::Csat { rating: 0 },
            |e| e.kind = EventKind::Csat { rating: 6 },
            |e| {
                let Ok(currency) = Currency::new("EUR") else { return };
                let amount = Money { e4: -Money::E4_MAX - 1, currency };
                e.kind = EventKind::Purchase { amount, status: PurchaseStatus::Paid };
            },
        ];
        for change in broken {
            let mut event = good.clone();
            change(&mut event);
            assert_eq!(decode(&encoded(&event)).map_err(|e| e.reason), Err(WireReason::Invalid));
        }
        let mut other_version = encoded(&good);
        other_version[0] = VERSION + 1;
        assert_eq!(
            decode(&other_version).map_err(|e| (e.offset, e.what)),
            Err((0, "version of the event"))
        );
    }
}
