//! Churn risk.

use super::level::{Cutoffs, RiskLevel};
use super::reason::{Explain, position};
use super::result::{ChurnRisk, confidence};
use super::scorer::{Scorer, ScorerError};
use crate::artifact::{ModelArtifact, ModelKind};
use crate::contact::ContactState;
use crate::feature::{CHURN_FEATURES, ChurnRaw, FeatureVector};
use crate::time::TimestampMs;

/// Predicts churn by one model.
#[derive(Clone, Debug)]
pub struct ChurnPredictor<'a>(pub(super) Scorer<'a>);

impl<'a> ChurnPredictor<'a> {
    /// Takes a churn model.
    ///
    /// # Errors
    /// When it is of another kind or was trained on other features.
    pub fn new(artifact: &'a ModelArtifact) -> Result<Self, ScorerError> {
        Scorer::new(artifact, ModelKind::Churn).map(Self)
    }

    /// The same scorer with a team's own cut-offs between levels; without them the model's stay.
    ///
    /// # Errors
    /// When they are for another kind of model.
    pub fn with_cutoffs(self, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError> {
        self.0.with_cutoffs(cutoffs).map(Self)
    }

    /// The level of a risk, 0 to 1.
    #[must_use]
    pub fn level_of(&self, probability: f64) -> RiskLevel {
        RiskLevel::of(probability, &self.0.cutoffs)
    }

    /// The lowest risk of a level; the lowest level has none.
    #[must_use]
    pub fn floor_of(&self, level: RiskLevel) -> Option<f64> {
        level.floor(&self.0.cutoffs)
    }

    /// The horizon of the model, days.
    #[must_use]
    pub fn horizon_days(&self) -> u32 {
        self.0.artifact.horizon_days
    }

    /// The features of a contact at `as_of` (not before [`ContactState::known_through`]).
    #[must_use]
    pub fn features(
        &self,
        state: &ContactState,
        as_of: TimestampMs,
    ) -> FeatureVector<CHURN_FEATURES> {
        ChurnRaw::extract(state, as_of).features(self.0.context)
    }

    /// The risk of a customer by its features. Consent does not suppress it: it is about keeping
    /// a customer, by means that [`crate::recommend::retention`] holds to their consent.
    #[must_use]
    pub fn predict(&self, features: &FeatureVector<CHURN_FEATURES>, explain: Explain) -> ChurnRisk {
        let answer = self.0.answer(features, explain);
        let probability = answer.prediction.value;
        let present = CHURN_FEATURES - answer.missing.len();
        ChurnRisk {
            probability,
            level: self.level_of(probability),
            horizon_days: self.horizon_days(),
            expected_value_at_risk: self.revenue_365d(features).map(|paid| probability * paid),
            confidence: confidence(self.0.artifact.state, present, CHURN_FEATURES, 0.0),
            reasons: answer.reasons,
            missing_features: answer.missing,
            warnings: answer.warnings,
        }
    }

    /// Revenue of the last 365 days in main units of the tenant's currency, at least 0.
    fn revenue_365d(&self, features: &FeatureVector<CHURN_FEATURES>) -> Option<f64> {
        let (_, median_e4) = self.0.context.order?;
        let orders = f64::from(*features.values.get(position(ModelKind::Churn, "revenue_365d")?)?);
        (!orders.is_nan()).then(|| orders.max(0.0) * (median_e4 as f64 / 10_000.0))
    }
}
