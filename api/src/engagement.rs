//! Probability of a reply to one send.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::score::{EngagementLevel, EngagementScore, Scored, Suppression};
use serde::{Deserialize, Serialize};

use crate::event::EventObject;
use crate::prediction::{Explanation, Features, Origin, Warning, names, warnings};
use crate::time::Instant;

/// The message that is to be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// `marketing`, `utility`, `authentication` or `service`.
    #[serde(default)]
    pub category: Option<String>,
    /// BCP 47 tag of its language.
    #[serde(default)]
    pub language: Option<String>,
    /// Whether it carries media.
    #[serde(default)]
    pub has_media: bool,
    /// Whether it offers buttons.
    #[serde(default)]
    pub has_buttons: bool,
    /// Characters of its text.
    #[serde(default)]
    pub length: Option<u32>,
}

/// Asks for the probability of a reply: by features, or by an id that the store knows and an
/// instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EngagementRequest<E = EventObject> {
    /// The contact; with features it is only echoed.
    #[serde(default)]
    pub contact_id: Option<String>,
    /// The 27 features by name; those left out are missing.
    #[serde(default, alias = "contact_data")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::EngagementFeatures>))]
    pub features: Option<Features>,
    /// Events of one contact, instead of features: the server computes the features.
    #[serde(default = "Option::default")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<EventObject>>))]
    pub events: Option<Vec<E>>,
    /// The instant of the decision: what was known then counts; now when left out.
    #[serde(default)]
    pub as_of: Option<Instant>,
    /// When the message would be sent.
    #[serde(default)]
    pub send_at: Option<Instant>,
    /// The contact's offset from UTC then, minutes.
    #[serde(default)]
    pub utc_offset_minutes: Option<i16>,
    /// The message.
    #[serde(default, deserialize_with = "crate::object::object")]
    pub message: Message,
}

/// The probability of a reply to one send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngagementPrediction {
    /// The contact.
    pub contact_id: Option<String>,
    /// 0 to 1; null when the contact must not be scored.
    pub engagement_probability: Option<f64>,
    /// `high`, `medium` or `low` against the base rate.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::EngagementLevel>))]
    pub level: Option<EngagementLevel>,
    /// Why the contact must not be scored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Suppression>))]
    pub suppressed: Option<Suppression>,
    /// The tenant's base rate.
    pub baseline_probability: Option<f64>,
    /// Probability over base rate.
    pub lift: Option<f64>,
    /// 0 to 1: how far the probability may be relied on.
    pub confidence: Option<f64>,
    /// Why.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::ExplanationIfAsked))]
    pub explanation: Option<Explanation>,
    /// What would raise the probability, in words.
    pub recommendations: Vec<String>,
    /// Features without a value.
    pub missing_features: Vec<String>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: Origin,
}

impl EngagementPrediction {
    /// The answer about one send.
    #[must_use]
    pub fn new(
        contact_id: Option<String>,
        scored: &Scored<EngagementScore>,
        recommendations: Vec<String>,
        origin: Origin,
    ) -> Self {
        let empty = Self {
            contact_id,
            engagement_probability: None,
            level: None,
            suppressed: None,
            baseline_probability: None,
            lift: None,
            confidence: None,
            explanation: None,
            recommendations: Vec::new(),
            missing_features: Vec::new(),
            warnings: Vec::new(),
            origin,
        };
        match scored {
            Scored::Suppressed(why) => Self { suppressed: Some(*why), ..empty },
            Scored::Score(score) => Self {
                engagement_probability: Some(score.probability),
                level: Some(score.level),
                baseline_probability: Some(score.baseline),
                lift: Some(score.lift),
                confidence: Some(score.confidence),
                explanation: score.reasons.as_ref().map(Explanation::from),
                recommendations,
                missing_features: names(&score.missing_features),
                warnings: warnings(&score.warnings),
                ..empty
            },
        }
    }
}

/// Asks about many sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EngagementBatchRequest<R = EngagementRequest> {
    /// The sends.
    pub contacts: Vec<R>,
}
