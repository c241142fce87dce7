//! What an existing model says of many rows.

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::feature::FeatureContext;
use chatsignal_simd::Predictor;

use crate::snapshot::Snapshot;

/// The calibrated prediction of each row, the features taken in the model's own context.
pub(super) fn values<'a>(
    model: &ModelArtifact,
    context: &FeatureContext,
    rows: impl Iterator<Item = &'a Snapshot>,
) -> Vec<f64> {
    let mut table = Vec::new();
    rows.for_each(|row| row.raw.vector_into(context, &mut table));
    let predictions = Predictor::prepare(model).predict_rows(&table);
    predictions.into_iter().map(|prediction| prediction.value).collect()
}
