//! Random models and rows for property tests: pure functions of a seed.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::artifact::{ConformalInterval, ModelArtifact, ModelKind, ModelState, Outputs};
use crate::feature::FeatureContext;
use crate::model::tree::LEAF;
use crate::model::{
    Accumulation, Aggregation, Calibration, CategorySet, Dialect, FeatureKind, FeatureSchema,
    LogisticModel, Model, Postprocessor, Reading, ReadingRule, StandardScaler, Tree, TreeEnsemble,
};
use crate::time::TimestampMs;

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    /// 64 random bits.
    #[expect(clippy::should_implement_trait, reason = "it never ends, and isn't an iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }
}

/// Numeric and categorical features, named f0, f1, ...
pub fn schema(rng: &mut Rng, features: usize) -> FeatureSchema {
    let names: Vec<_> = (0..features).map(|j| format!("f{j}")).collect();
    let mut schema = FeatureSchema::numeric(names.iter().map(|n| n.as_str()));
    for feature in &mut schema.features {
        if rng.below(3) == 0 {
            let categories = (0..1 + rng.below(80)).map(|c| format!("c{c}")).collect();
            feature.kind = FeatureKind::Categorical { categories };
        }
    }
    schema
}

/// A sound ensemble over a schema. Few features and great depth repeat features on a path.
pub fn ensemble(rng: &mut Rng, schema: &FeatureSchema, trees: usize, depth: usize) -> TreeEnsemble {
    let trees = (0..trees).map(|_| tree(rng, schema, depth)).collect();
    let aggregation = if rng.below(2) == 0 { Aggregation::Sum } else { Aggregation::Mean };
    let base_score = rng.between(-2.0, 2.0);
    let n_features = schema.len();
    TreeEnsemble { trees, base_score, aggregation, n_features, dialect: Dialect::default() }
}

/// The same ensemble in the dialect of another library: codes cut from numbers, zeros that are
/// missing, or a sum in f32.
pub fn foreign(rng: &mut Rng, mut ensemble: TreeEnsemble, schema: &FeatureSchema) -> TreeEnsemble {
    for feature in 0..schema.len() {
        let rule = match (schema.is_categorical(feature), rng.below(3)) {
            (_, 0) => continue,
            (false, _) => ReadingRule::ZeroMissing,
            (true, 1) => ReadingRule::Code,
            (true, _) => ReadingRule::CodeTowardZero,
        };
        ensemble.dialect.readings.push(Reading { feature: feature as u32, rule });
    }
    if rng.below(4) == 0 {
        ensemble.dialect.link_divisor = core::num::NonZeroU32::new(7);
    }
    if rng.below(2) == 0 {
        ensemble.dialect.accumulation = Accumulation::F32;
        ensemble.aggregation = Aggregation::Sum;
        ensemble.base_score = f64::from(ensemble.base_score as f32);
        for leaf in ensemble.trees.iter_mut().flat_map(|tree| &mut tree.leaf_value) {
            *leaf = f64::from(*leaf as f32);
        }
    }
    ensemble
}

fn tree(rng: &mut Rng, schema: &FeatureSchema, depth: usize) -> Tree {
    let mut tree = Tree::default();
    grow(rng, schema, &mut tree, depth, 1000.0);
    tree
}

/// Adds a node and what is below it; returns its number.
fn grow(rng: &mut Rng, schema: &FeatureSchema, tree: &mut Tree, depth: usize, cover: f64) -> u32 {
    let node = tree.push_leaf(rng.between(-5.0, 5.0), cover);
    if depth == 0 || cover <= 0.0 || rng.below(8) == 0 {
        return node;
    }
    let at = node as usize;
    let feature = rng.below(schema.len());
    tree.leaf_value[at] = 0.0;
    tree.split_feature[at] = feature as u32;
    tree.default_left[at] = rng.below(2) == 0;
    match &schema.features[feature].kind {
        FeatureKind::Numeric => tree.threshold[at] = threshold(rng),
        FeatureKind::Categorical { categories } => {
            let mut set = CategorySet::default();
            set.insert(rng.below(categories.len()));
            for code in 0..categories.len() {
                if rng.below(2) == 0 {
                    set.insert(code);
                }
            }
            tree.category_sets.push(set);
            tree.category_set[at] = tree.category_sets.len() as u32;
        }
    }
    // Now and then one side was reached by no row in training.
    let share = if rng.below(40) == 0 { 0.0 } else { rng.between(0.001, 0.999) };
    tree.left[at] = grow(rng, schema, tree, depth - 1, cover * share);
    tree.right[at] = grow(rng, schema, tree, depth - 1, cover * (1.0 - share));
    assert_ne!(tree.right[at], LEAF);
    node
}

/// Few different thresholds, so that rows hit them exactly.
fn threshold(rng: &mut Rng) -> f32 {
    (rng.below(17) as f32 - 8.0) / 4.0
}

/// A row with ordinary, missing and extreme values, and values on and beside thresholds.
pub fn row(rng: &mut Rng, schema: &FeatureSchema) -> Vec<f32> {
    let value = |kind: &FeatureKind, rng: &mut Rng| match (kind, rng.below(12)) {
        (_, 0 | 1) => f32::NAN,
        (_, 2) => [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, -0.0][rng.below(5)],
        (FeatureKind::Categorical { categories }, _) => rng.below(categories.len() + 2) as f32,
        (_, 3) => threshold(rng).next_up(),
        (_, 4) => threshold(rng).next_down(),
        (_, 5..=7) => threshold(rng),
        _ => rng.between(-3.0, 3.0) as f32,
    };
    schema.features.iter().map(|feature| value(&feature.kind, rng)).collect()
}

/// A sound logistic model over a schema.
pub fn logistic(rng: &mut Rng, schema: &FeatureSchema) -> LogisticModel {
    let mut model = LogisticModel {
        scaler: StandardScaler { mean: Vec::new(), scale: Vec::new() },
        coefficients: Vec::new(),
        categorical: Vec::new(),
        intercept: rng.between(-2.0, 2.0),
        accumulation: Accumulation::F64,
    };
    for (j, feature) in schema.features.iter().enumerate() {
        let numeric = feature.kind == FeatureKind::Numeric;
        let mut pick = |low, high, other| if numeric { rng.between(low, high) } else { other };
        model.coefficients.push(pick(-3.0, 3.0, 0.0));
        model.scaler.mean.push(pick(-1.0, 1.0, 0.0));
        model.scaler.scale.push(pick(0.1, 2.0, 1.0));
        if let FeatureKind::Categorical { categories } = &feature.kind {
            let effects = categories.iter().map(|_| rng.between(-1.0, 1.0)).collect();
            model.categorical.push((j, effects));
        }
    }
    model
}

/// A sound artifact: any kind, any link, any calibration.
pub fn artifact(seed: u64) -> ModelArtifact {
    let rng = &mut Rng(seed);
    let features = 1 + rng.below(9);
    let schema = schema(rng, features);
    let model = if rng.below(3) == 0 {
        Model::Logistic(logistic(rng, &schema))
    } else {
        let (trees, depth) = (rng.below(6), rng.below(7));
        let trees = ensemble(rng, &schema, trees, depth);
        Model::Trees(if rng.below(3) == 0 { foreign(rng, trees, &schema) } else { trees })
    };
    let kind = ModelKind::ALL[rng.below(4)];
    let custom = kind == ModelKind::Custom;
    let mut outputs = Outputs::default();
    if custom && rng.below(3) == 0 {
        outputs.names = (0..2 + rng.below(3)).map(|k| format!("class {k}")).collect();
        for _ in 1..outputs.names.len() {
            outputs.further.push(Model::Trees(ensemble(rng, &schema, 2, 3)));
        }
    }
    let postprocessor = match kind {
        ModelKind::Lead => Postprocessor::ClipHundred,
        ModelKind::Churn => Postprocessor::ClipUnit,
        ModelKind::Engagement => Postprocessor::Sigmoid,
        ModelKind::Custom if outputs.is_single() => {
            [Postprocessor::Identity, Postprocessor::Step, Postprocessor::Softplus][rng.below(3)]
        }
        ModelKind::Custom => Postprocessor::ALL[rng.below(Postprocessor::ALL.len())],
    };
    let calibration = match rng.below(3) {
        0 => Calibration::None,
        1 => Calibration::Platt { a: rng.between(0.0, 3.0), b: rng.between(-1.0, 1.0) },
        _ => {
            let points = 1 + rng.below(9);
            let x = (0..points).map(|i| i as f64 * 0.1 + rng.between(0.0, 0.09)).collect();
            let y = (0..points).map(|i| i as f64 / points as f64).collect();
            Calibration::Isotonic { x, y }
        }
    };
    let interval = ConformalInterval {
        coverage: 0.9,
        lower: rng.between(0.0, 20.0),
        upper: rng.between(0.0, 20.0),
    };
    ModelArtifact {
        kind,
        state: ModelState::ALL[rng.below(3)],
        trained_through: TimestampMs(rng.below(2_000_000_000_000) as i64),
        schema,
        model,
        outputs,
        postprocessor,
        calibration,
        context: (!custom).then(FeatureContext::default),
        interval: (rng.below(2) == 0).then_some(interval),
        cutoffs: match kind {
            ModelKind::Lead => [75.0, 50.0, 25.0].into(),
            ModelKind::Churn => [0.75, 0.5, 0.25].into(),
            ModelKind::Engagement => [1.25, 0.75].into(),
            ModelKind::Custom => Vec::new(),
        },
        horizon_days: rng.below(91) as u32,
        base_rate: rng.unit(),
        metadata_json: "{\"rows\":1000}".to_string(),
    }
}
