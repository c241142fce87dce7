//! What scorers answer.

use alloc::vec::Vec;

use super::consent::Suppression;
use super::level::{EngagementLevel, RiskLevel, Tier};
use super::reason::Reasons;
use crate::artifact::{ModelArtifact, ModelState};
use crate::model::Postprocessor;

/// A score, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Scored<T> {
    /// The score.
    Score(T),
    /// The contact must not be scored.
    Suppressed(Suppression),
}

impl<T> Scored<T> {
    /// The score, where there is one.
    #[must_use]
    pub fn score(self) -> Option<T> {
        match self {
            Self::Score(score) => Some(score),
            Self::Suppressed(_) => None,
        }
    }
}

/// What to know about a score before relying on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// The model is the shipped one, trained on simulated data and not on the tenant's.
    PriorModel,
    /// The model was trained on little data or without time validation.
    ProvisionalModel,
    /// A feature lay outside its range and was clipped to it.
    Clipped(&'static str),
    /// Purchases in other currencies were left out.
    OtherCurrency,
}

impl Warning {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PriorModel => "prior_model",
            Self::ProvisionalModel => "provisional_model",
            Self::Clipped(_) => "feature_clipped",
            Self::OtherCurrency => "other_currency_left_out",
        }
    }

    /// The feature that it is about, where it is about one.
    #[must_use]
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Self::Clipped(feature) => Some(feature),
            Self::PriorModel | Self::ProvisionalModel | Self::OtherCurrency => None,
        }
    }

    /// What the state of a model says about its scores.
    #[must_use]
    pub fn of_model(artifact: &ModelArtifact) -> Option<Self> {
        match artifact.state {
            ModelState::Prior => Some(Self::PriorModel),
            ModelState::Provisional => Some(Self::ProvisionalModel),
            ModelState::Ready => None,
        }
    }
}

words! {
    /// The unit of contributions: they add up, with the base value, to the model's margin.
    ContributionSpace {
        /// Points of the uncalibrated 0-100 score.
        Score = "score",
        /// Uncalibrated probability.
        Probability = "probability",
        /// Log-odds.
        LogOdds = "log_odds",
        /// The model's own output.
        Margin = "margin",
    }
}

impl ContributionSpace {
    /// The space of a model with this link.
    #[must_use]
    pub fn of(link: Postprocessor) -> Self {
        match link {
            Postprocessor::ClipHundred => Self::Score,
            Postprocessor::ClipUnit => Self::Probability,
            Postprocessor::Sigmoid => Self::LogOdds,
            _ => Self::Margin,
        }
    }
}

words! {
    /// Which way a score has moved.
    TrendDirection {
        /// Up by at least [`Trend::STABLE_BELOW`].
        Up = "up",
        /// Down by at least as much.
        Down = "down",
        /// Less than that.
        Stable = "stable",
    }
}

/// A score against the one before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// The score before.
    pub previous: f64,
    /// Which way it moved.
    pub direction: TrendDirection,
}

impl Trend {
    /// Smallest change, in points of the 0-100 score, that counts as a move.
    pub const STABLE_BELOW: f64 = 2.0;

    /// The trend from `previous` to `current`, both 0 to 100.
    #[must_use]
    pub fn new(previous: f64, current: f64) -> Self {
        let change = current - previous;
        let direction = if change >= Self::STABLE_BELOW {
            TrendDirection::Up
        } else if change <= -Self::STABLE_BELOW {
            TrendDirection::Down
        } else {
            TrendDirection::Stable
        };
        Self { previous, direction }
    }
}

/// How good a lead is.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadScore {
    /// 0 to 100: the expected outcome on the rungs of the funnel (won = 100).
    pub value: f64,
    /// Tier, by the model's cut-offs.
    pub tier: Tier,
    /// 0 to 1, see [`confidence`].
    pub confidence: f64,
    /// Where the outcome of such leads falls with the model's stated coverage, inside 0 to 100.
    pub interval: Option<(f64, f64)>,
    /// Against the previous score, where the caller gave one.
    pub trend: Option<Trend>,
    /// Why, where it was asked for.
    pub reasons: Option<Reasons>,
    /// Features without a value, in the order of the catalogue.
    pub missing_features: Vec<&'static str>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
}

/// How likely a customer is to fall silent.
#[derive(Clone, Debug, PartialEq)]
pub struct ChurnRisk {
    /// 0 to 1: no inbound message and no paid purchase within the horizon.
    pub probability: f64,
    /// Level, by the model's cut-offs.
    pub level: RiskLevel,
    /// The horizon of the model, days.
    pub horizon_days: u32,
    /// Probability times what the customer paid, less refunds, in the last 365 days (never below
    /// 0), in main units of the tenant's currency. None when the tenant has no purchases.
    pub expected_value_at_risk: Option<f64>,
    /// 0 to 1, see [`confidence`].
    pub confidence: f64,
    /// Why, where it was asked for.
    pub reasons: Option<Reasons>,
    /// Features without a value, in the order of the catalogue.
    pub missing_features: Vec<&'static str>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
}

/// How likely a contact is to answer one send.
#[derive(Clone, Debug, PartialEq)]
pub struct EngagementScore {
    /// 0 to 1: a reply, button or link within 24 hours of delivery.
    pub probability: f64,
    /// Level, by the model's multiples of the base rate.
    pub level: EngagementLevel,
    /// The tenant's base rate, 0 to 1.
    pub baseline: f64,
    /// Probability over base rate; 0 when the base rate is 0.
    pub lift: f64,
    /// 0 to 1, see [`confidence`].
    pub confidence: f64,
    /// Why, where it was asked for.
    pub reasons: Option<Reasons>,
    /// Features without a value, in the order of the catalogue.
    pub missing_features: Vec<&'static str>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
}

/// How far a score may be relied on, 0 to 1: share of the features that have a value, times 1 for
/// a validated model, 0.8 for a provisional and 0.5 for a prior one, times (for leads with an
/// interval) one minus half the width of the interval over the scale. A convention for sorting
/// and display, not a probability: the interval and the model's card carry the statistics.
#[must_use]
pub fn confidence(
    state: ModelState,
    present: usize,
    features: usize,
    interval_width_share: f64,
) -> f64 {
    let state = match state {
        ModelState::Ready => 1.0,
        ModelState::Provisional => 0.8,
        ModelState::Prior => 0.5,
    };
    let known = present as f64 / features.max(1) as f64;
    (state * known * (1.0 - interval_width_share / 2.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_moves_are_no_trend() {
        assert_eq!(Trend::new(50.0, 51.9).direction, TrendDirection::Stable);
        assert_eq!(Trend::new(50.0, 52.0).direction, TrendDirection::Up);
        assert_eq!(Trend::new(50.0, 48.0).direction, TrendDirection::Down);
    }

    #[test]
    fn confidence_falls_with_state_gaps_and_width() {
        let whole = confidence(ModelState::Ready, 24, 24, 0.0);
        assert_eq!(whole, 1.0);
        assert!(
            confidence(ModelState::Prior, 24, 24, 0.0)
                < confidence(ModelState::Provisional, 24, 24, 0.0)
        );
        assert!(confidence(ModelState::Ready, 12, 24, 0.0) < whole);
        assert!(confidence(ModelState::Ready, 24, 24, 1.0) < whole);
        assert_eq!(confidence(ModelState::Ready, 0, 0, 2.0), 0.0);
    }
}
