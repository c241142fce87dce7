//! From bytes to a model that can be scored without a step that fails.

use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::encode::code;
use super::header::{CHECKSUM_BYTES, Header};
use super::{ArtifactError, ConformalInterval, ModelArtifact, Outputs};
use crate::feature::FeatureContext;
use crate::limits;
use crate::model::tree::LEAF;
use crate::model::{
    Accumulation, Aggregation, Calibration, CategorySet, Dialect, FeatureSchema, LogisticModel,
    Model, Postprocessor, Reading, ReadingRule, Rounding, StandardScaler, Tree, TreeEnsemble,
};
use crate::time::TimestampMs;
use crate::wire::{Reader, WireError, WireReason};

/// Bytes of the shortest node (a leaf), tree (one leaf, no set) and category set (one word).
const NODE_BYTES_MIN: usize = 17;
const TREE_BYTES_MIN: usize = 8 + NODE_BYTES_MIN;
const SET_BYTES_MIN: usize = 12;
/// Bytes of the shortest output name, its length included.
const OUTPUT_BYTES_MIN: usize = 5;

impl ModelArtifact {
    /// Reads a model file. Length and checksum come first, then the format, then every rule of
    /// [`ModelArtifact::check`]. Memory stays below 8 times the input plus 1 MiB.
    ///
    /// # Errors
    /// Anything that is not exactly what [`ModelArtifact::encode`] writes for a sound model.
    pub fn decode(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let mut input = Reader::new(bytes);
        let header = Header::decode(bytes, &mut input)?;
        let input = &mut input;
        let (trained_through, horizon_days, base_rate) = section(input, "training", |input, _| {
            let trained_through = TimestampMs(input.i64("trained through")?);
            Ok((trained_through, input.u32("horizon days")?, input.finite("base rate")?))
        })?;
        let schema = section(input, "schema", |input, _| FeatureSchema::decode(input))?;
        let computed = schema.fingerprint();
        if computed != header.schema_fingerprint {
            let declared = header.schema_fingerprint;
            return Err(ArtifactError::Fingerprint { declared, computed });
        }
        let model = section(input, "model", |input, _| decode_model(input, schema.len()))?;
        let outputs = if header.version >= 2 {
            section(input, "outputs", |input, _| decode_outputs(input, schema.len()))?
        } else {
            Outputs::default()
        };
        let (postprocessor, calibration, interval, cutoffs) =
            section(input, "output", |input, _| {
                let postprocessor = decode_postprocessor(input)?;
                let calibration = decode_calibration(input)?;
                let interval = decode_interval(input)?;
                let count = input.count(limits::CUTOFFS_MAX, 8, "cut-off count")?;
                Ok((postprocessor, calibration, interval, numbers(input, count, "cut-off")?))
            })?;
        let context = section(input, "context", |input, _| {
            input.bool("context flag")?.then(|| FeatureContext::decode(input)).transpose()
        })?;
        let metadata_json = section(input, "metadata", |input, length| {
            let here = input.clone();
            core::str::from_utf8(input.raw(length, "metadata")?)
                .map(String::from)
                .map_err(|_| here.error("metadata", WireReason::NotUtf8))
        })?;
        input.raw(CHECKSUM_BYTES, "checksum")?;
        input.finish("file")?;
        let artifact = Self {
            kind: header.kind,
            state: header.state,
            trained_through,
            schema,
            model,
            outputs,
            postprocessor,
            calibration,
            context,
            interval,
            cutoffs,
            horizon_days,
            base_rate,
            metadata_json,
        };
        if artifact.format_version() != header.version {
            return Err(ArtifactError::WrongVersion { found: header.version });
        }
        artifact.check()?;
        Ok(artifact)
    }
}

/// Reads a section's length and what `read` (given that length) makes of it, which must be exactly
/// as long.
fn section<'a, T>(
    input: &mut Reader<'a>,
    what: &'static str,
    read: impl FnOnce(&mut Reader<'a>, usize) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let here = input.clone();
    let length = input.count(limits::ARTIFACT_BYTES_MAX, 1, what)?;
    let end = input.offset() + length;
    let value = read(input, length)?;
    if input.offset() == end { Ok(value) } else { Err(here.error(what, WireReason::Invalid)) }
}

fn numbers(
    input: &mut Reader<'_>,
    count: usize,
    what: &'static str,
) -> Result<Vec<f64>, WireError> {
    // A count that was not read by `Reader::count` is held against the input here.
    if count.saturating_mul(8) > input.remaining() {
        return Err(input.error(what, WireReason::Truncated));
    }
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        values.push(input.finite(what)?);
    }
    Ok(values)
}

fn decode_model(input: &mut Reader<'_>, n_features: usize) -> Result<Model, WireError> {
    let here = input.clone();
    match input.u8("model type")? {
        code::TREES => decode_ensemble(input, n_features, Dialect::default()).map(Model::Trees),
        code::TREES_DIALECT => {
            let dialect = decode_dialect(input)?;
            if dialect == Dialect::default() {
                return Err(here.error("dialect", WireReason::Invalid));
            }
            decode_ensemble(input, n_features, dialect).map(Model::Trees)
        }
        code::LOGISTIC => decode_logistic(input, Accumulation::F64).map(Model::Logistic),
        code::LOGISTIC_F32 => decode_logistic(input, Accumulation::F32).map(Model::Logistic),
        _ => Err(here.error("model type", WireReason::Invalid)),
    }
}

fn decode_outputs(input: &mut Reader<'_>, n_features: usize) -> Result<Outputs, WireError> {
    let count = input.count(limits::OUTPUTS_MAX, OUTPUT_BYTES_MIN, "output count")?;
    let mut names = Vec::with_capacity(count);
    for _ in 0..count {
        names.push(input.string(limits::NAME_BYTES_MAX, "output name")?);
    }
    let mut further = Vec::with_capacity(count);
    for _ in 1..count {
        further.push(decode_model(input, n_features)?);
    }
    Ok(Outputs { names, further })
}

fn decode_dialect(input: &mut Reader<'_>) -> Result<Dialect, WireError> {
    let here = input.clone();
    let flags = input.u8("dialect flags")?;
    if flags > code::SUM_F32 | code::ROUND_DOWN {
        return Err(here.error("dialect flags", WireReason::Invalid));
    }
    let accumulation =
        if flags & code::SUM_F32 != 0 { Accumulation::F32 } else { Accumulation::F64 };
    let rounding = if flags & code::ROUND_DOWN != 0 { Rounding::Down } else { Rounding::Nearest };
    let link_divisor = NonZeroU32::new(input.u32("link divisor")?);
    let count = input.count(limits::FEATURES_MAX, 3, "reading count")?;
    let mut readings = Vec::with_capacity(count);
    for _ in 0..count {
        let feature = u32::from(input.u16("reading feature")?);
        let here = input.clone();
        let rule = ReadingRule::ALL.get(usize::from(input.u8("reading rule")?)).copied();
        let rule = rule.ok_or_else(|| here.error("reading rule", WireReason::Invalid))?;
        readings.push(Reading { feature, rule });
    }
    Ok(Dialect { accumulation, readings, link_divisor, rounding })
}

fn decode_ensemble(
    input: &mut Reader<'_>,
    n_features: usize,
    dialect: Dialect,
) -> Result<TreeEnsemble, WireError> {
    let here = input.clone();
    let aggregation = match input.u8("aggregation")? {
        code::SUM => Aggregation::Sum,
        code::MEAN => Aggregation::Mean,
        _ => return Err(here.error("aggregation", WireReason::Invalid)),
    };
    let base_score = input.finite("base score")?;
    let count = input.count(limits::TREES_MAX, TREE_BYTES_MIN, "tree count")?;
    let mut trees = Vec::with_capacity(count);
    for _ in 0..count {
        trees.push(decode_tree(input)?);
    }
    Ok(TreeEnsemble { trees, base_score, aggregation, n_features, dialect })
}

fn decode_tree(input: &mut Reader<'_>) -> Result<Tree, WireError> {
    let sets = input.count(limits::TREE_NODES_MAX, SET_BYTES_MIN, "category set count")?;
    let mut category_sets = Vec::with_capacity(sets);
    for _ in 0..sets {
        let count = input.count(limits::CATEGORIES_MAX / 64, 8, "category set words")?;
        let mut words = Vec::with_capacity(count);
        for _ in 0..count {
            words.push(input.u64("category set word")?);
        }
        category_sets.push(CategorySet { words });
    }
    let nodes = input.count(limits::TREE_NODES_MAX, NODE_BYTES_MIN, "node count")?;
    let mut tree = Tree::with_capacity(nodes);
    tree.category_sets = category_sets;
    for _ in 0..nodes {
        decode_node(input, &mut tree)?;
    }
    Ok(tree)
}

fn decode_node(input: &mut Reader<'_>, tree: &mut Tree) -> Result<(), WireError> {
    let here = input.clone();
    let flags = input.u8("node flags")?;
    if flags == 0 {
        let value = input.finite("leaf value")?;
        tree.push_leaf(value, input.finite("cover")?);
        return Ok(());
    }
    if flags & code::SPLIT == 0 || flags > code::SPLIT | code::DEFAULT_LEFT | code::CATEGORICAL {
        return Err(here.error("node flags", WireReason::Invalid));
    }
    let feature = u32::from(input.u16("split feature")?);
    let here = input.clone();
    let (threshold, set) = if flags & code::CATEGORICAL == 0 {
        (input.f32("threshold")?, 0)
    } else {
        (0.0, input.u32("category set number")?)
    };
    if flags & code::CATEGORICAL != 0 && set == 0 {
        return Err(here.error("category set number", WireReason::Invalid));
    }
    let here = input.clone();
    let (left, right) = (input.u32("left child")?, input.u32("right child")?);
    if left == LEAF || right == LEAF {
        return Err(here.error("children", WireReason::Invalid));
    }
    let node = tree.push_leaf(0.0, input.finite("cover")?) as usize;
    tree.split_feature[node] = feature;
    tree.threshold[node] = threshold;
    tree.category_set[node] = set;
    tree.default_left[node] = flags & code::DEFAULT_LEFT != 0;
    tree.left[node] = left;
    tree.right[node] = right;
    Ok(())
}

fn decode_logistic(
    input: &mut Reader<'_>,
    accumulation: Accumulation,
) -> Result<LogisticModel, WireError> {
    let intercept = input.finite("intercept")?;
    let features = input.count(limits::FEATURES_MAX, 24, "coefficient count")?;
    let coefficients = numbers(input, features, "coefficient")?;
    let mean = numbers(input, features, "mean")?;
    let scale = numbers(input, features, "scale")?;
    let count = input.count(limits::FEATURES_MAX, 6, "categorical count")?;
    let mut categorical = Vec::with_capacity(count);
    for _ in 0..count {
        let feature = usize::from(input.u16("categorical feature")?);
        let effects = input.count(limits::CATEGORIES_MAX, 8, "effect count")?;
        categorical.push((feature, numbers(input, effects, "effect")?));
    }
    let scaler = StandardScaler { mean, scale };
    Ok(LogisticModel { scaler, coefficients, categorical, intercept, accumulation })
}

fn decode_postprocessor(input: &mut Reader<'_>) -> Result<Postprocessor, WireError> {
    let here = input.clone();
    let code = usize::from(input.u8("postprocessor")?);
    let found = Postprocessor::ALL.get(code).copied();
    found.ok_or_else(|| here.error("postprocessor", WireReason::Invalid))
}

fn decode_calibration(input: &mut Reader<'_>) -> Result<Calibration, WireError> {
    let here = input.clone();
    match input.u8("calibration")? {
        code::CALIBRATION_NONE => Ok(Calibration::None),
        code::CALIBRATION_PLATT => {
            let a = input.finite("platt slope")?;
            Ok(Calibration::Platt { a, b: input.finite("platt intercept")? })
        }
        code::CALIBRATION_ISOTONIC => {
            let count = input.count(limits::ISOTONIC_POINTS_MAX, 16, "isotonic points")?;
            let x = numbers(input, count, "isotonic point")?;
            Ok(Calibration::Isotonic { x, y: numbers(input, count, "isotonic value")? })
        }
        _ => Err(here.error("calibration", WireReason::Invalid)),
    }
}

fn decode_interval(input: &mut Reader<'_>) -> Result<Option<ConformalInterval>, WireError> {
    if !input.bool("interval flag")? {
        return Ok(None);
    }
    Ok(Some(ConformalInterval {
        coverage: input.finite("interval coverage")?,
        lower: input.finite("interval lower")?,
        upper: input.finite("interval upper")?,
    }))
}
