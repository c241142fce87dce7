//! Lead scores.

use super::level::{Cutoffs, Tier};
use super::reason::Explain;
use super::result::{LeadScore, Scored, Trend, confidence};
use super::scorer::{Scorer, ScorerError};
use crate::artifact::{ModelArtifact, ModelKind};
use crate::contact::{Consent, ContactState};
use crate::feature::{FeatureVector, LEAD_FEATURES, LeadRaw};
use crate::time::TimestampMs;

/// What to know beside the features.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LeadOptions {
    /// Consent of the lead.
    pub consent: Consent,
    /// The score before, 0 to 100, for the trend.
    pub previous: Option<f64>,
    /// How many reasons.
    pub explain: Explain,
}

/// Scores leads by one model.
#[derive(Clone, Debug)]
pub struct LeadScorer<'a>(pub(super) Scorer<'a>);

impl<'a> LeadScorer<'a> {
    /// Takes a lead model.
    ///
    /// # Errors
    /// When it is of another kind or was trained on other features.
    pub fn new(artifact: &'a ModelArtifact) -> Result<Self, ScorerError> {
        Scorer::new(artifact, ModelKind::Lead).map(Self)
    }

    /// The same scorer with a team's own cut-offs between levels; without them the model's stay.
    ///
    /// # Errors
    /// When they are for another kind of model.
    pub fn with_cutoffs(self, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError> {
        self.0.with_cutoffs(cutoffs).map(Self)
    }

    /// The tier of a score, 0 to 100.
    #[must_use]
    pub fn tier_of(&self, value: f64) -> Tier {
        Tier::of(value, &self.0.cutoffs)
    }

    /// The lowest score of a tier; the lowest tier has none.
    #[must_use]
    pub fn floor_of(&self, tier: Tier) -> Option<f64> {
        tier.floor(&self.0.cutoffs)
    }

    /// The features of a contact at `as_of` (not before [`ContactState::known_through`]).
    #[must_use]
    pub fn features(
        &self,
        state: &ContactState,
        as_of: TimestampMs,
    ) -> FeatureVector<LEAD_FEATURES> {
        LeadRaw::extract(state, as_of).features(self.0.context)
    }

    /// The score of a lead by its features; suppressed when the lead objected to profiling.
    #[must_use]
    pub fn score(
        &self,
        features: &FeatureVector<LEAD_FEATURES>,
        options: &LeadOptions,
    ) -> Scored<LeadScore> {
        if let Some(why) = options.consent.suppression() {
            return Scored::Suppressed(why);
        }
        let answer = self.0.answer(features, options.explain);
        let value = answer.prediction.value;
        let interval = self.0.artifact.interval.map(|interval| {
            let low = (value - interval.lower).clamp(0.0, 100.0);
            (low, (value + interval.upper).clamp(0.0, 100.0))
        });
        let width = interval.map_or(0.0, |(low, high)| (high - low) / 100.0);
        let present = LEAD_FEATURES - answer.missing.len();
        Scored::Score(LeadScore {
            value,
            tier: self.tier_of(value),
            confidence: confidence(self.0.artifact.state, present, LEAD_FEATURES, width),
            interval,
            trend: options
                .previous
                .filter(|previous| previous.is_finite())
                .map(|previous| Trend::new(previous, value)),
            reasons: answer.reasons,
            missing_features: answer.missing,
            warnings: answer.warnings,
        })
    }
}
