//! Small valid models for tests.

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState, Outputs};
use chatsignal_core::feature::{FeatureContext, schema};
use chatsignal_core::model::{
    Aggregation, Calibration, Dialect, FeatureSchema, Model, Postprocessor, Tree, TreeEnsemble,
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
    let ensemble = TreeEnsemble {
        trees,
        base_score: 0.0,
        aggregation: Aggregation::Mean,
        n_features: 3,
        dialect: Dialect::default(),
    };
    ModelArtifact {
        kind: ModelKind::Churn,
        state: ModelState::Ready,
        trained_through: TimestampMs(1_700_000_000_000),
        schema: FeatureSchema::numeric(["a", "b", "c"]),
        model: Model::Trees(ensemble),
        outputs: Outputs::default(),
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

/// A model of `kind` over its catalogue, of one split per named feature: `(feature, threshold,
/// left, right)`, summed onto `base`.
#[must_use]
pub fn over_catalogue(
    kind: ModelKind,
    base: f64,
    splits: &[(&str, f32, f64, f64)],
) -> ModelArtifact {
    let schema = schema(kind);
    let trees = splits.iter().map(|(name, threshold, left, right)| {
        let mut tree = Tree::default();
        tree.push_leaf(0.0, 2.0);
        (tree.left[0], tree.right[0]) = (tree.push_leaf(*left, 1.0), tree.push_leaf(*right, 1.0));
        tree.split_feature[0] = schema.position(name).expect("in the catalogue") as u32;
        tree.threshold[0] = *threshold;
        tree
    });
    let ensemble = TreeEnsemble {
        trees: trees.collect(),
        base_score: base,
        aggregation: Aggregation::Sum,
        n_features: schema.len(),
        dialect: Dialect::default(),
    };
    let lead = kind == ModelKind::Lead;
    let artifact = ModelArtifact {
        kind,
        model: Model::Trees(ensemble),
        outputs: Outputs::default(),
        postprocessor: if lead { Postprocessor::ClipHundred } else { Postprocessor::Sigmoid },
        schema,
        cutoffs: Cutoffs::default_of(kind).to_vec(),
        ..stumps(0)
    };
    assert_eq!(artifact.check(), Ok(()));
    artifact
}

/// A lead model that likes messages and actions, and mistrusts silence.
#[must_use]
pub fn lead() -> ModelArtifact {
    let splits = [
        ("inbound_msgs_30d", 3.0, -10.0, 15.0),
        ("high_intent_actions_30d", 1.0, -5.0, 20.0),
        ("hours_since_last_inbound", 240.0, 15.0, -20.0),
    ];
    over_catalogue(ModelKind::Lead, 35.0, &splits)
}

/// A churn model that looks at silence and open conversations.
#[must_use]
pub fn churn() -> ModelArtifact {
    let splits = [
        ("days_since_last_inbound", 30.0, -1.0, 1.0),
        ("open_conversation_age_h", 24.0, -0.5, 1.5),
        ("revenue_365d", 1.0, 0.4, -0.4),
    ];
    over_catalogue(ModelKind::Churn, 0.0, &splits)
}

/// An engagement model that prefers evenings and rested contacts.
#[must_use]
pub fn engagement() -> ModelArtifact {
    let splits = [
        ("hour_sin", -0.9, 0.8, -0.2),
        ("sends_7d", 2.0, 0.2, -0.4),
        ("reply_rate_90d", 0.15, -0.4, 0.6),
    ];
    over_catalogue(ModelKind::Engagement, -1.4, &splits)
}
