//! What every prediction has.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::recommend::{self, Action, Channel};
use chatsignal_core::score::{self, ContributionSpace, Direction, TrendDirection};
use serde::{Deserialize, Serialize};

pub use crate::feature_values::Features;

use crate::model::{ComputedOn, ModelRef};
use crate::time::Instant;

/// How much of the explanation to give (query parameter `explain`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Explain {
    /// None.
    None,
    /// The five factors that weigh most.
    #[default]
    Top,
    /// Every factor.
    Full,
}

impl From<Explain> for score::Explain {
    fn from(explain: Explain) -> Self {
        match explain {
            Explain::None => Self::None,
            Explain::Top => Self::default(),
            Explain::Full => Self::Full,
        }
    }
}

/// The parts that stand in every prediction, beside the score itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Origin {
    /// The instant that the prediction speaks about.
    pub as_of: Instant,
    /// Where it was computed.
    pub computed_on: ComputedOn,
    /// The model.
    pub model: ModelRef,
    /// Identity of the request, where there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

/// The share of one feature in one prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Factor {
    /// Name of the feature.
    pub feature: String,
    /// Its label for people.
    pub label: String,
    /// Its value; null when missing.
    pub value: Option<f64>,
    /// Its share of the margin.
    pub contribution: f64,
    /// Whether it raises or lowers the margin.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::Direction))]
    pub direction: Direction,
    /// The reason as a sentence.
    pub reason: String,
}

impl From<&score::Factor> for Factor {
    fn from(factor: &score::Factor) -> Self {
        Self {
            feature: factor.feature.to_string(),
            label: factor.label.to_string(),
            value: factor.value,
            contribution: factor.contribution,
            direction: factor.direction,
            reason: factor.reason.clone(),
        }
    }
}

/// Why: `base_value` plus the contributions of all features is `margin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// Expected margin over the training rows.
    pub base_value: f64,
    /// The model's output before link and calibration.
    pub margin: f64,
    /// The unit of both and of the contributions.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::ContributionSpace))]
    pub contribution_space: ContributionSpace,
    /// The factors that were asked for, heaviest first.
    pub top_factors: Vec<Factor>,
}

impl From<&score::Reasons> for Explanation {
    fn from(reasons: &score::Reasons) -> Self {
        Self {
            base_value: reasons.base_value,
            margin: reasons.margin,
            contribution_space: reasons.space,
            top_factors: reasons.factors.iter().map(Factor::from).collect(),
        }
    }
}

/// What to know before relying on a prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What.
    pub code: String,
    /// The feature that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub feature: Option<String>,
}

impl From<&score::Warning> for Warning {
    fn from(warning: &score::Warning) -> Self {
        Self {
            code: warning.as_str().to_string(),
            feature: warning.feature().map(ToString::to_string),
        }
    }
}

/// Every warning of a list.
#[must_use]
pub fn warnings(list: &[score::Warning]) -> Vec<Warning> {
    list.iter().map(Warning::from).collect()
}

/// Every name of a list.
#[must_use]
pub fn names(list: &[&'static str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// A score against the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trend {
    /// The score before.
    pub previous: f64,
    /// Which way it moved.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::TrendDirection))]
    pub direction: TrendDirection,
}

impl From<score::Trend> for Trend {
    fn from(trend: score::Trend) -> Self {
        Self { previous: trend.previous, direction: trend.direction }
    }
}

/// One thing to do, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recommendation {
    /// 1 = first.
    pub rank: u8,
    /// What to do.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::Action))]
    pub action: Action,
    /// The action in words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The features that it answers to.
    pub trigger_features: Vec<String>,
    /// How.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::Channel))]
    pub channel: Channel,
    /// Whether consent allows it.
    pub allowed: bool,
    /// Change of the outcome that a holdout has shown; null until it has.
    pub estimated_effect: Option<f64>,
}

impl From<&recommend::Recommendation> for Recommendation {
    fn from(item: &recommend::Recommendation) -> Self {
        Self {
            rank: item.rank,
            action: item.action,
            title: item.action.title().to_string(),
            reason: item.reason.clone(),
            trigger_features: names(item.trigger_features),
            channel: item.channel,
            allowed: item.allowed,
            estimated_effect: item.estimated_effect,
        }
    }
}

/// One feature with another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Name of the feature.
    pub feature: String,
    /// Its label for people.
    pub label: String,
    /// Its value; null when missing.
    pub from: Option<f64>,
    /// The value that it would need.
    pub to: f64,
    /// What can be done about it.
    pub how: String,
}

/// What would have led to another result. It is about the model: no promise that the contact would
/// behave so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counterfactual {
    /// The tier or level asked for.
    pub target: String,
    /// Whether a change of the features that a business can act on was found.
    pub reachable: bool,
    /// The changes, all together.
    pub changes: Vec<Change>,
    /// Score or probability after them; the best one found when it is not reachable.
    pub value: f64,
}

impl Counterfactual {
    /// The answer to "what would lead to `target`?"; none when it is so already.
    #[must_use]
    pub fn new(target: &str, what_if: &score::WhatIf) -> Option<Self> {
        let (reachable, changes, value) = match what_if {
            score::WhatIf::Already => return None,
            score::WhatIf::Changes { changes, value } => (true, changes.as_slice(), *value),
            score::WhatIf::NotReachable { best } => (false, &[][..], *best),
        };
        let changes = changes.iter().map(|change| Change {
            feature: change.feature.to_string(),
            label: change.label.to_string(),
            from: change.from,
            to: change.to,
            how: change.how.to_string(),
        });
        Some(Self { target: target.to_string(), reachable, changes: changes.collect(), value })
    }
}
