//! Small valid models for tests.

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState};
use chatsignal_core::feature::FeatureContext;
use chatsignal_core::model::{
    Aggregation, Calibration, FeatureSchema, Model, Postprocessor, Tree, TreeEnsemble,
};
use chatsignal_core::score::Cutoffs;
use chatsignal_core::time::TimestampMs;

/// A churn model over three features with a few stumps; models of different `seed` differ.
#[must_use]
pub fn stumps(seed: u32) -> ModelArtifact {
    let trees = (0..4)
        .map(|t| {
            let mut tree = Tree::default();
            tree.push_leaf(0.0, 10.0);
            let share = f64::from((seed.wrapping_mul(31) + t) % 97) / 97.0;
            let left = tree.push_leaf(share, 4.0);
            let right = tree.push_leaf(1.0 - share, 6.0);
            tree.split_feature[0] = t % 3;
            tree.threshold[0] = t as f32;
            tree.left[0] = left;
            tree.right[0] = right;
            tree
        })
        .collect();
    let ensemble =
        TreeEnsemble { trees, base_score: 0.0, aggregation: Aggregation::Mean, n_features: 3 };
    ModelArtifact {
        kind: ModelKind::Churn,
        state: ModelState::Ready,
        trained_through: TimestampMs(1_700_000_000_000),
        schema: FeatureSchema::numeric(["a", "b", "c"]),
        model: Model::Trees(ensemble),
        postprocessor: Postprocessor::ClipUnit,
        calibration: Calibration::None,
        context: Some(FeatureContext::default()),
        interval: None,
        cutoffs: Cutoffs::default_of(ModelKind::Churn).to_vec(),
        horizon_days: 90,
        base_rate: 0.3,
        metadata_json: format!("{{\"seed\":{seed}}}"),
    }
}
