//! Lead scores.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::recommend::{self, Action};
use chatsignal_core::score::{LeadScore, Scored, Suppression, Tier};
use serde::{Deserialize, Serialize};

use crate::event::EventObject;
use crate::prediction::{
    Counterfactual, Explanation, Features, Origin, Recommendation, Trend, Warning, names, warnings,
};
use crate::time::Instant;

/// Asks for the score of one lead: by its features, or by an id that the store knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LeadRequest<E = EventObject> {
    /// The lead; with features it is only echoed.
    #[serde(default)]
    pub lead_id: Option<String>,
    /// The 24 features by name; those left out are missing.
    #[serde(default, alias = "lead_data")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::LeadFeatures>))]
    pub features: Option<Features>,
    /// Events of one contact, instead of features: the server computes the features.
    #[serde(default = "Option::default")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<EventObject>>))]
    pub events: Option<Vec<E>>,
    /// The instant to score at; now when left out.
    #[serde(default)]
    pub as_of: Option<Instant>,
    /// The score before, for the trend.
    #[serde(default)]
    pub previous_score: Option<f64>,
}

/// The score of one lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeadPrediction {
    /// The lead.
    pub lead_id: Option<String>,
    /// 0 to 100; null when the lead must not be scored.
    pub lead_score: Option<f64>,
    /// `hot`, `warm`, `cold` or `unqualified`; null when the lead must not be scored.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Tier>))]
    pub quality_tier: Option<Tier>,
    /// Why the lead must not be scored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Suppression>))]
    pub suppressed: Option<Suppression>,
    /// 0 to 1: how far the score may be relied on.
    pub confidence: Option<f64>,
    /// Interval of the score.
    pub score_interval: Option<[f64; 2]>,
    /// Against the score before.
    pub trend: Option<Trend>,
    /// Why.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::ExplanationIfAsked))]
    pub explanation: Option<Explanation>,
    /// What to do next.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Action>))]
    pub recommended_action: Option<Action>,
    /// The same with its reason.
    pub recommendation: Option<Recommendation>,
    /// What would lead to the next tier, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterfactual: Option<Counterfactual>,
    /// Features without a value.
    pub missing_features: Vec<String>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: Origin,
}

impl LeadPrediction {
    /// The answer about one lead.
    #[must_use]
    pub fn new(
        lead_id: Option<String>,
        scored: &Scored<LeadScore>,
        action: Option<&recommend::Recommendation>,
        origin: Origin,
    ) -> Self {
        let empty = Self {
            lead_id,
            lead_score: None,
            quality_tier: None,
            suppressed: None,
            confidence: None,
            score_interval: None,
            trend: None,
            explanation: None,
            recommended_action: None,
            recommendation: None,
            counterfactual: None,
            missing_features: Vec::new(),
            warnings: Vec::new(),
            origin,
        };
        match scored {
            Scored::Suppressed(why) => Self { suppressed: Some(*why), ..empty },
            Scored::Score(score) => Self {
                lead_score: Some(score.value),
                quality_tier: Some(score.tier),
                confidence: Some(score.confidence),
                score_interval: score.interval.map(|(low, high)| [low, high]),
                trend: score.trend.map(Trend::from),
                explanation: score.reasons.as_ref().map(Explanation::from),
                recommended_action: action.map(|a| a.action),
                recommendation: action.map(Recommendation::from),
                missing_features: names(&score.missing_features),
                warnings: warnings(&score.warnings),
                ..empty
            },
        }
    }
}

/// Asks for the scores of many leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LeadBatchRequest<R = LeadRequest> {
    /// The leads.
    pub leads: Vec<R>,
}
