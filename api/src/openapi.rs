//! Schemas of types that are not this crate's, or whose JSON is written by hand, for an OpenAPI
//! document. The words come from the tables of the core, so that document and behaviour are one.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use chatsignal_core::{recommend, score};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::audio::AudioFile;
use crate::churn::ChurnRequest;
use crate::engagement::EngagementRequest;
use crate::error::ErrorCode;
use crate::event::EventObject;
use crate::job::TrainedModel;
use crate::language::{LANGUAGE_TAG_CHARS_MAX, LanguageChoice};
use crate::lead::LeadRequest;
use crate::prediction::Explanation;
use crate::time;

fn words(about: &str, words: Vec<&'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .enum_values(Some(words))
        .into()
}

macro_rules! word_schemas {
    ($($name:ident = $of:ty, $about:literal;)+) => {$(
        #[doc = $about]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                words($about, <$of>::ALL.iter().map(|word| word.as_str()).collect())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

word_schemas! {
    Tier = score::Tier, "Tier of a lead, lowest first.";
    RiskLevel = score::RiskLevel, "Level of churn risk, lowest first.";
    EngagementLevel = score::EngagementLevel, "Level of the probability of a reply against the base rate, lowest first.";
    Suppression = score::Suppression, "Why there is no score.";
    Direction = score::Direction, "Whether a factor raises or lowers the margin.";
    ContributionSpace = score::ContributionSpace, "The unit of margin, base value and contributions.";
    TrendDirection = score::TrendDirection, "Which way a score has moved.";
    Action = recommend::Action, "What to do.";
    Channel = recommend::Channel, "How an action reaches the contact.";
    Block = score::send_time::Block, "Why an hour is blocked.";
}

/// The bytes of a model file (`.csm`).
#[derive(Clone, Copy, Debug)]
pub struct ModelBytes;

impl PartialSchema for ModelBytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("A model file (.csm), at most 64 MiB."))
            .into()
    }
}

impl ToSchema for ModelBytes {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ModelBytes")
    }
}

/// A kind of model in a path.
#[derive(Clone, Copy, Debug)]
pub struct KindName;

impl PartialSchema for KindName {
    fn schema() -> RefOr<Schema> {
        let names = ModelKind::TRAINED.iter().map(|kind| kind.as_str());
        words("A model that is trained from the log.", names.collect())
    }
}

impl ToSchema for KindName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("KindName")
    }
}

/// A model that is trained from the log.
#[derive(Clone, Copy, Debug)]
pub struct TrainedModelName;

impl PartialSchema for TrainedModelName {
    fn schema() -> RefOr<Schema> {
        words(
            "A model that is trained from the log; the longer names mean the same.",
            TrainedModel::NAMES.to_vec(),
        )
    }
}

impl ToSchema for TrainedModelName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("TrainedModelName")
    }
}

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        words(
            "What happened; title and status follow from it.",
            Self::ALL.iter().map(|code| code.as_str()).collect(),
        )
    }
}

impl ToSchema for ErrorCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ErrorCode")
    }
}

impl PartialSchema for time::Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant of the years 1970 to 2199, RFC 3339."))
            .examples(["2026-11-23T08:00:00Z"])
            .into()
    }
}

impl ToSchema for time::Instant {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Instant")
    }
}

impl PartialSchema for LanguageChoice {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(LANGUAGE_TAG_CHARS_MAX))
            .description(Some("A language by its BCP 47 tag, or auto: then it is detected."))
            .examples(["auto", "pt-BR"])
            .into()
    }
}

impl ToSchema for LanguageChoice {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("LanguageChoice")
    }
}

impl PartialSchema for AudioFile {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some(
                "A recording (audio/..., video/... or application/octet-stream), not empty, at most \
                 25 MiB (--audio-bytes-max).",
            ))
            .into()
    }
}

impl ToSchema for AudioFile {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("AudioFile")
    }
}

impl PartialSchema for EventObject {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("One canonical event: see docs/EVENTS.md for every type and field."))
            .property("v", ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([1])))
            .property("type", text())
            .property("contact_id", text())
            .property("occurred_at_ms", ObjectBuilder::new().schema_type(Type::Integer))
            .property("data", ObjectBuilder::new().schema_type(Type::Object))
            .required("v")
            .required("type")
            .required("contact_id")
            .required("occurred_at_ms")
            .required("data")
            .into()
    }
}

impl ToSchema for EventObject {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Event")
    }
}

/// Base value, margin and factors: all of them or, where no explanation was asked for, none.
#[derive(Clone, Copy, Debug)]
pub struct ExplanationIfAsked;

impl PartialSchema for ExplanationIfAsked {
    fn schema() -> RefOr<Schema> {
        let mut schema = Explanation::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
        }
        schema
    }
}

impl ToSchema for ExplanationIfAsked {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ExplanationIfAsked")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        <Explanation as ToSchema>::schemas(schemas);
    }
}

macro_rules! feature_schemas {
    ($($name:ident = $kind:ident;)+) => {$(
        #[doc = concat!("Values of the ", stringify!($kind), " features by name.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                features(ModelKind::$kind)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

feature_schemas! {
    LeadFeatures = Lead;
    ChurnFeatures = Churn;
    EngagementFeatures = Engagement;
}

/// The catalogue of a kind: every name with its range; null and names left out are missing.
fn features(kind: ModelKind) -> RefOr<Schema> {
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Values by the feature's name; null or left out = missing."))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let object = catalogue(kind).iter().fold(object, |object, spec| {
        let value = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Number, Type::Null]))
            .title(Some(spec.label))
            .description(Some(spec.definition.text()))
            .minimum(Some(spec.range.0))
            .maximum(Some(spec.range.1));
        object.property(spec.name, value)
    });
    object.into()
}

/// What feedback is about.
#[derive(Clone, Copy, Debug)]
pub struct FeedbackType;

impl PartialSchema for FeedbackType {
    fn schema() -> RefOr<Schema> {
        words("What feedback is about.", Vec::from(["recommendation", "score", "label"]))
    }
}

impl ToSchema for FeedbackType {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("FeedbackType")
    }
}

/// The kinds of model that score contacts.
#[derive(Clone, Copy, Debug)]
pub struct ModelName;

impl PartialSchema for ModelName {
    fn schema() -> RefOr<Schema> {
        words("Kind of model.", ModelKind::TRAINED.iter().map(|kind| kind.as_str()).collect())
    }
}

impl ToSchema for ModelName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ModelName")
    }
}

/// The question that the model's own predict route takes.
#[derive(Clone, Debug, utoipa::ToSchema, serde::Serialize)]
#[serde(untagged)]
pub enum Question {
    /// About a lead.
    Lead(LeadRequest),
    /// About a customer.
    Churn(ChurnRequest),
    /// About a send.
    Engagement(EngagementRequest),
}
