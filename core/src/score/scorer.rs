//! What the three scorers have in common: a checked model, and reasons for one row.

use alloc::vec::Vec;
use core::fmt;

use super::level::Cutoffs;
use super::reason::{Direction, Explain, Factor, Reasons, sentence, typical};
use super::result::{ContributionSpace, Warning};
use crate::artifact::{ModelArtifact, ModelKind, Prediction, Predictor};
use crate::explain::{Contribution, Explainer};
use crate::feature::{FeatureContext, FeatureVector, catalogue, schema};
use crate::model::Fingerprint;

/// Why a model cannot score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScorerError {
    /// It is a model for something else.
    WrongKind {
        /// The kind needed.
        expected: ModelKind,
        /// The kind of the model.
        found: ModelKind,
    },
    /// Its features are not those of this version's catalogue.
    WrongFeatures {
        /// Fingerprint of the catalogue.
        expected: u64,
        /// Fingerprint of the model's schema.
        found: u64,
    },
    /// It has no feature context.
    NoContext,
    /// Its cut-offs are not as many as its kind has, not falling or not finite.
    Cutoffs,
}

impl fmt::Display for ScorerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongKind { expected, found } => {
                write!(f, "a {expected:?} model is needed and this is a {found:?} model")
            }
            Self::WrongFeatures { expected, found } => write!(
                f,
                "the model was trained on other features ({}) than this version computes ({}): \
                 train it again",
                Fingerprint(*found),
                Fingerprint(*expected)
            ),
            Self::NoContext => f.write_str("the model has no feature context"),
            Self::Cutoffs => f.write_str("the model's cut-offs do not fit its kind"),
        }
    }
}

impl core::error::Error for ScorerError {}

/// A model that fits the catalogue of its kind.
#[derive(Clone, Debug)]
pub(super) struct Scorer<'a> {
    pub(super) artifact: &'a ModelArtifact,
    pub(super) context: &'a FeatureContext,
    pub(super) cutoffs: Cutoffs,
    pub(super) predictor: Predictor<&'a ModelArtifact>,
    pub(super) explainer: Explainer,
}

/// One row, scored.
pub(super) struct Answer {
    pub(super) prediction: Prediction,
    pub(super) reasons: Option<Reasons>,
    pub(super) missing: Vec<&'static str>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(artifact: &'a ModelArtifact, kind: ModelKind) -> Result<Self, ScorerError> {
        if artifact.kind != kind {
            return Err(ScorerError::WrongKind { expected: kind, found: artifact.kind });
        }
        let (expected, found) = (schema(kind).fingerprint(), artifact.schema.fingerprint());
        if expected != found {
            return Err(ScorerError::WrongFeatures { expected, found });
        }
        Ok(Self {
            artifact,
            context: artifact.context.as_ref().ok_or(ScorerError::NoContext)?,
            cutoffs: Cutoffs::new(kind, &artifact.cutoffs).ok_or(ScorerError::Cutoffs)?,
            predictor: Predictor::new(artifact),
            explainer: Explainer::new(&artifact.model),
        })
    }

    /// The same model, whose levels begin where a team says, if it does.
    pub(super) fn with_cutoffs(self, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError> {
        match cutoffs {
            None => Ok(self),
            Some(cutoffs) if cutoffs.kind() == self.artifact.kind => {
                Ok(Self { cutoffs: cutoffs.clone(), ..self })
            }
            Some(_) => Err(ScorerError::Cutoffs),
        }
    }

    pub(super) fn answer<const N: usize>(
        &self,
        features: &FeatureVector<N>,
        explain: Explain,
    ) -> Answer {
        let row = &features.values;
        let prediction = self.predictor.predict(row);
        let specs = catalogue(self.artifact.kind).iter().enumerate();
        let missing: Vec<&'static str> = specs
            .clone()
            .filter(|(at, _)| row.get(*at).is_none_or(|value| value.is_nan()))
            .map(|(_, spec)| spec.name)
            .collect();
        let clipped = specs
            .filter(|(at, _)| features.clipped >> at & 1 == 1)
            .map(|(_, spec)| Warning::Clipped(spec.name));
        let mut warnings: Vec<Warning> = Warning::of_model(self.artifact).into_iter().collect();
        warnings.extend(clipped);
        warnings.extend(features.foreign_currency.then_some(Warning::OtherCurrency));
        Answer { prediction, reasons: self.reasons(row, explain), missing, warnings }
    }

    fn reasons(&self, row: &[f32], explain: Explain) -> Option<Reasons> {
        let count = match explain {
            Explain::None => return None,
            Explain::Top(count) => count,
            Explain::Full => usize::MAX,
        };
        let explanation = self.explainer.explain(row);
        let mut order = explanation.top(count);
        if explain == Explain::Full {
            // Features without effect come last, in the order of the catalogue.
            let all = explanation.contributions.iter().enumerate();
            let without = all.filter(|(_, contribution)| **contribution == 0.0);
            order.extend(
                without.map(|(feature, &contribution)| Contribution { feature, contribution }),
            );
        }
        let factors = order
            .into_iter()
            .filter_map(|share| self.factor(row, share.feature, share.contribution))
            .collect();
        Some(Reasons {
            base_value: explanation.base_value,
            margin: explanation.margin(),
            space: ContributionSpace::of(self.artifact.postprocessor),
            contributions: explanation.contributions,
            factors,
        })
    }

    fn factor(&self, row: &[f32], index: usize, contribution: f64) -> Option<Factor> {
        let kind = self.artifact.kind;
        let spec = catalogue(kind).get(index)?;
        let value = row.get(index).copied().unwrap_or(f32::NAN);
        let usual = typical(kind, spec.name, row, self.context);
        Some(Factor {
            index,
            feature: spec.name,
            label: spec.label,
            value: (!value.is_nan()).then_some(f64::from(value)),
            contribution,
            direction: Direction::of(contribution),
            reason: sentence(kind, spec.name, value, usual)?,
        })
    }
}
