//! Drawing a model of little data towards the shipped one.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::feature::FeatureContext;

use crate::dataset::Dataset;
use crate::snapshot::Snapshot;

use super::values::values;

/// Positives that the shipped model's opinion is worth.
const PRIOR_POSITIVES: f64 = 40.0;

/// The shipped model as a source of pseudo-outcomes: every row counts once with its own outcome and
/// once, lighter, with what the shipped model expects. The share of the latter falls as positives
/// come in: `40 / (40 + positives)`.
#[derive(Clone, Debug)]
pub(super) struct Blend<'a> {
    prior: &'a ModelArtifact,
    context: &'a FeatureContext,
    share: f64,
}

impl<'a> Blend<'a> {
    /// `None` unless the shipped model is of this kind and has a context.
    pub(super) fn new(prior: &'a ModelArtifact, kind: ModelKind, positives: usize) -> Option<Self> {
        let context = prior.context.as_ref()?;
        let fits = prior.kind == kind && prior.schema == chatsignal_core::feature::schema(kind);
        let share = PRIOR_POSITIVES / (PRIOR_POSITIVES + positives as f64);
        fits.then_some(Self { prior, context, share })
    }

    /// Weight of the shipped model's opinion, 0 to 1.
    pub(super) fn share(&self) -> f64 {
        self.share
    }

    /// The rows with their pseudo-outcomes.
    pub(super) fn apply(&self, kind: ModelKind, rows: &[&Snapshot], mut data: Dataset) -> Dataset {
        let expected: Vec<f64> = self.expected(rows);
        if kind == ModelKind::Lead {
            for (y, expected) in data.y.iter_mut().zip(expected) {
                *y = (1.0 - self.share) * *y + self.share * expected;
            }
            return data;
        }
        let own = data.clone();
        let mut weight = vec![1.0 - self.share; own.rows()];
        for outcome in [0.0, 1.0] {
            data.x.extend_from_slice(&own.x);
            data.y.extend(std::iter::repeat_n(outcome, own.rows()));
            weight.extend(expected.iter().map(|p| {
                let p = p.clamp(1e-3, 1.0 - 1e-3);
                self.share * if outcome > 0.5 { p } else { 1.0 - p }
            }));
        }
        data.weight = Some(weight);
        data
    }

    fn expected(&self, rows: &[&Snapshot]) -> Vec<f64> {
        values(self.prior, self.context, rows.iter().copied())
    }
}
