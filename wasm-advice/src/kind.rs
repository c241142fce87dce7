//! The scorers of the three kinds.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::explain::{Explainer, Interactions};
use chatsignal_core::feature::FeatureVector;
use chatsignal_core::score::{ChurnPredictor, EngagementPredictor, LeadScorer};

/// What a model can be asked.
#[derive(Debug)]
pub(crate) enum Scoring<'a> {
    /// Leads.
    Lead(LeadScorer<'a>),
    /// Churn.
    Churn(ChurnPredictor<'a>),
    /// Engagement.
    Engagement(EngagementPredictor<'a>),
    /// A model over the user's own columns, or over features that this version does not have: its
    /// interactions only.
    Plain(Explainer),
}

/// The features of one row that a caller gives; values in range are the caller's to see to.
pub(crate) fn vector<const N: usize>(row: &[f32]) -> FeatureVector<N> {
    let values = row.first_chunk().copied().unwrap_or([f32::NAN; N]);
    FeatureVector { values, clipped: 0, foreign_currency: false }
}

impl<'a> Scoring<'a> {
    pub(crate) fn new(artifact: &'a ModelArtifact) -> Self {
        let known = match artifact.kind {
            ModelKind::Lead => LeadScorer::new(artifact).ok().map(Self::Lead),
            ModelKind::Churn => ChurnPredictor::new(artifact).ok().map(Self::Churn),
            ModelKind::Engagement => EngagementPredictor::new(artifact).ok().map(Self::Engagement),
            ModelKind::Custom => None,
        };
        known.unwrap_or_else(|| Self::Plain(Explainer::new(&artifact.model)))
    }

    pub(crate) fn interactions(&self, row: &[f32]) -> Interactions {
        match self {
            Self::Lead(scorer) => scorer.interactions(&vector(row)),
            Self::Churn(scorer) => scorer.interactions(&vector(row)),
            Self::Engagement(scorer) => scorer.interactions(&vector(row)),
            Self::Plain(explainer) => explainer.interactions(row),
        }
    }
}
