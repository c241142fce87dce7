//! Generators for property tests. Not part of the product: behind the feature `testing`.

pub mod model;
pub mod tree_shap;

use std::vec;

use proptest::prelude::*;
use proptest::sample::select;

use crate::event::{
    AcquisitionSource, Author, ConsentKind, ConversationStep, Currency, Event, EventKind,
    InteractionKind, LanguageTag, LeadStep, MessageCategory, MessageKind, MessageStatus, Money,
    PurchaseStatus, Q15, QualityRating, QualitySubject, Source,
};
use crate::id::{AgentId, CampaignId, ContactId, ConversationId, EventId, MessageId, TemplateId};
use crate::time::{TimestampMs, UtcOffsetMin};

/// A proptest configuration of `default` cases, or of as many as the environment variable
/// `CHATSIGNAL_CASES` asks for.
#[must_use]
pub fn cases(default: u32) -> ProptestConfig {
    let asked = std::env::var("CHATSIGNAL_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(asked.unwrap_or(default))
    }
}

/// Any event that satisfies [`Event::check`].
pub fn any_event() -> impl Strategy<Value = Event> {
    let at = TimestampMs::MIN.0..=TimestampMs::MAX.0;
    let ids = (any::<[u8; 16]>(), any::<[u8; 16]>());
    let optional =
        (any::<Option<[u8; 16]>>(), any::<Option<[u8; 16]>>(), any::<Option<[u8; 16]>>());
    (ids, (at.clone(), at, -1080i16..=1080), select(Source::ALL), optional, any_kind())
        .prop_map(|((event_id, contact_id), (a, b, offset), source, optional, kind)| Event {
            event_id: EventId(event_id),
            contact_id: ContactId(contact_id),
            occurred_at: TimestampMs(a.min(b)),
            available_at: TimestampMs(a.max(b)),
            utc_offset: UtcOffsetMin(offset),
            source,
            conversation_id: optional.0.map(ConversationId),
            campaign_id: optional.1.map(CampaignId),
            agent_id: optional.2.map(AgentId),
            kind,
        })
        .prop_filter("an alias names another id", |event| event.check().is_ok())
}

/// Any kind of event, with values in their ranges.
pub fn any_kind() -> impl Strategy<Value = EventKind> {
    prop_oneof![
        message_inbound(),
        message_outbound(),
        (
            id(),
            select(MessageStatus::ALL),
            any::<Option<u32>>(),
            proptest::option::of(select(MessageCategory::ALL))
        )
            .prop_map(|(message_id, status, error_code, category)| {
                EventKind::MessageStatus { message_id, status, error_code, category }
            }),
        (id(), select(InteractionKind::ALL), proptest::option::of(id())).prop_map(
            |(message_id, kind, reply_to)| EventKind::Interaction { message_id, kind, reply_to }
        ),
        (select(AcquisitionSource::ALL), any::<bool>())
            .prop_map(|(source, ad_click)| EventKind::Acquisition { source, ad_click }),
        select(ConsentKind::ALL).prop_map(EventKind::Consent),
        select(ConversationStep::ALL).prop_map(EventKind::Conversation),
        any::<[u8; 16]>().prop_map(|other| EventKind::Alias { other: ContactId(other) }),
        (1u8..=5).prop_map(|rating| EventKind::Csat { rating }),
        enrichment(),
        lead_step().prop_map(EventKind::Lead),
        (money(), select(PurchaseStatus::ALL))
            .prop_map(|(amount, status)| EventKind::Purchase { amount, status }),
        (select(QualitySubject::ALL), select(QualityRating::ALL))
            .prop_map(|(subject, rating)| EventKind::Quality { subject, rating }),
    ]
}

fn id() -> impl Strategy<Value = MessageId> {
    any::<[u8; 16]>().prop_map(MessageId)
}

fn message_inbound() -> impl Strategy<Value = EventKind> {
    let flags = any::<(bool, bool)>();
    (id(), select(MessageKind::ALL), any::<u32>(), flags, proptest::option::of(id())).prop_map(
        |(message_id, kind, chars, (has_question, forwarded), reply_to)| {
            EventKind::MessageInbound { message_id, kind, chars, has_question, reply_to, forwarded }
        },
    )
}

fn message_outbound() -> impl Strategy<Value = EventKind> {
    let how = (
        select(MessageKind::ALL),
        select(Author::ALL),
        proptest::option::of(select(MessageCategory::ALL)),
    );
    let template = any::<Option<[u8; 16]>>();
    let flags = any::<(bool, bool)>();
    (id(), how, template, language(), any::<u32>(), flags, proptest::option::of(q15())).prop_map(
        |(message_id, (kind, author, category), template, language, chars, flags, propensity)| {
            EventKind::MessageOutbound {
                message_id,
                kind,
                author,
                category,
                template: template.map(TemplateId),
                language,
                chars,
                has_media: flags.0,
                has_buttons: flags.1,
                propensity,
            }
        },
    )
}

fn enrichment() -> impl Strategy<Value = EventKind> {
    let sentiment = [q15(), q15(), q15()];
    let emotions = proptest::option::of([q15(), q15(), q15(), q15(), q15(), q15(), q15()]);
    (id(), sentiment, emotions, language(), any::<u32>()).prop_map(
        |(message_id, sentiment, emotions, language, model_version)| EventKind::Enrichment {
            message_id,
            sentiment,
            emotions,
            language,
            model_version,
        },
    )
}

fn lead_step() -> impl Strategy<Value = LeadStep> {
    prop_oneof![
        Just(LeadStep::Created),
        Just(LeadStep::Engaged),
        Just(LeadStep::Qualified),
        Just(LeadStep::Proposal),
        Just(LeadStep::Lost),
        Just(LeadStep::Won(None)),
        money().prop_map(|value| LeadStep::Won(Some(value))),
    ]
}

/// Any probability.
pub fn q15() -> impl Strategy<Value = Q15> {
    (0u16..=Q15::ONE.raw()).prop_filter_map("at most 32768", |raw| Q15::from_raw(raw).ok())
}

/// Any amount in range.
pub fn money() -> impl Strategy<Value = Money> {
    (-Money::E4_MAX..=Money::E4_MAX, select(&["EUR", "USD", "ILS"][..]))
        .prop_filter_map("a currency", |(e4, code)| {
            Currency::new(code).ok().map(|currency| Money { e4, currency })
        })
}

fn language() -> impl Strategy<Value = Option<LanguageTag>> {
    select(&["", "en", "pt-br", "zh-hant-tw"][..]).prop_map(|tag| LanguageTag::new(tag).ok())
}

/// One plain inbound text message.
#[must_use]
pub fn example() -> Event {
    Event {
        event_id: EventId([1; 16]),
        contact_id: ContactId([2; 16]),
        occurred_at: TimestampMs(1_700_000_000_000),
        available_at: TimestampMs(1_700_000_001_000),
        utc_offset: UtcOffsetMin(60),
        source: Source::WhatsappWebhook,
        conversation_id: None,
        campaign_id: None,
        agent_id: None,
        kind: EventKind::MessageInbound {
            message_id: MessageId([3; 16]),
            kind: MessageKind::Text,
            chars: 12,
            has_question: false,
            reply_to: None,
            forwarded: false,
        },
    }
}
