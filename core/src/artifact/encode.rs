//! From a model to the bytes of its file.

use super::header::{CHECKSUM_BYTES, Header, checksum};
use core::num::NonZeroU32;

use super::{ConformalInterval, ModelArtifact, Outputs};
use crate::model::{
    Accumulation, Aggregation, Calibration, Dialect, LogisticModel, Model, Postprocessor, Rounding,
    Tree, TreeEnsemble,
};
use crate::wire::Writer;

/// Codes of the format; docs/MODEL-FORMAT.md lists them.
pub(super) mod code {
    pub(in crate::artifact) const TREES: u8 = 0;
    pub(in crate::artifact) const LOGISTIC: u8 = 1;
    pub(in crate::artifact) const LOGISTIC_F32: u8 = 3;
    pub(in crate::artifact) const TREES_DIALECT: u8 = 2;
    /// Bits of a dialect's flags.
    pub(in crate::artifact) const SUM_F32: u8 = 1;
    pub(in crate::artifact) const ROUND_DOWN: u8 = 2;
    pub(in crate::artifact) const SUM: u8 = 0;
    pub(in crate::artifact) const MEAN: u8 = 1;
    /// Bits of a node's flags; 0 is a leaf.
    pub(in crate::artifact) const SPLIT: u8 = 1;
    pub(in crate::artifact) const DEFAULT_LEFT: u8 = 2;
    pub(in crate::artifact) const CATEGORICAL: u8 = 4;
    pub(in crate::artifact) const CALIBRATION_NONE: u8 = 0;
    pub(in crate::artifact) const CALIBRATION_PLATT: u8 = 1;
    pub(in crate::artifact) const CALIBRATION_ISOTONIC: u8 = 2;
}

impl ModelArtifact {
    /// The bytes of the model's file. They depend on the model alone: equal models give equal
    /// bytes. What [`ModelArtifact::check`] refuses, `decode` refuses as well.
    #[must_use]
    pub fn encode(&self) -> alloc::vec::Vec<u8> {
        let mut sections = Writer::new();
        section(&mut sections, |out| {
            out.i64(self.trained_through.0);
            out.u32(self.horizon_days);
            out.f64(self.base_rate);
        });
        section(&mut sections, |out| self.schema.encode(out));
        section(&mut sections, |out| encode_model(&self.model, out));
        let version = self.format_version();
        if version >= 2 {
            section(&mut sections, |out| encode_outputs(&self.outputs, out));
        }
        section(&mut sections, |out| {
            out.u8(self.postprocessor as u8);
            encode_calibration(&self.calibration, out);
            encode_interval(self.interval, out);
            out.count(self.cutoffs.len());
            self.cutoffs.iter().for_each(|&cutoff| out.f64(cutoff));
        });
        section(&mut sections, |out| {
            out.bool(self.context.is_some());
            if let Some(context) = &self.context {
                context.encode(out);
            }
        });
        section(&mut sections, |out| out.raw(self.metadata_json.as_bytes()));

        let total = super::header::HEADER_BYTES + sections.bytes.len() + CHECKSUM_BYTES;
        let header = Header {
            version,
            kind: self.kind,
            state: self.state,
            total_bytes: u32::try_from(total).unwrap_or(u32::MAX),
            schema_fingerprint: self.schema.fingerprint(),
        };
        let mut out = Writer { bytes: alloc::vec::Vec::with_capacity(total) };
        header.encode(&mut out);
        out.raw(&sections.bytes);
        out.u64(checksum(&out.bytes));
        out.bytes
    }

    /// The oldest format that can hold the model.
    pub(super) fn format_version(&self) -> u16 {
        let new_link = self.postprocessor as usize >= Postprocessor::FORMAT_1;
        let new_trees = |model: &Model| match model {
            Model::Trees(trees) => {
                let infinite = |tree: &Tree| tree.threshold.iter().any(|t| t.is_infinite());
                trees.dialect != Dialect::default() || trees.trees.iter().any(infinite)
            }
            Model::Logistic(logistic) => logistic.accumulation != Accumulation::F64,
        };
        let new = new_link || !self.outputs.is_single() || new_trees(&self.model);
        if new { 2 } else { 1 }
    }
}

/// Appends a section: its length, then what `fill` writes.
fn section(out: &mut Writer, fill: impl FnOnce(&mut Writer)) {
    let start = out.bytes.len();
    out.u32(0);
    fill(out);
    let length = u32::try_from(out.bytes.len() - start - 4).unwrap_or(u32::MAX);
    out.bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn encode_model(model: &Model, out: &mut Writer) {
    match model {
        Model::Trees(trees) if trees.dialect == Dialect::default() => {
            out.u8(code::TREES);
            encode_ensemble(trees, out);
        }
        Model::Trees(trees) => {
            out.u8(code::TREES_DIALECT);
            encode_dialect(&trees.dialect, out);
            encode_ensemble(trees, out);
        }
        Model::Logistic(logistic) => {
            out.u8(match logistic.accumulation {
                Accumulation::F64 => code::LOGISTIC,
                Accumulation::F32 => code::LOGISTIC_F32,
            });
            encode_logistic(logistic, out);
        }
    }
}

fn encode_outputs(outputs: &Outputs, out: &mut Writer) {
    out.count(outputs.names.len());
    outputs.names.iter().for_each(|name| out.string(name));
    outputs.further.iter().for_each(|model| encode_model(model, out));
}

fn encode_dialect(dialect: &Dialect, out: &mut Writer) {
    let sum = if dialect.accumulation == Accumulation::F32 { code::SUM_F32 } else { 0 };
    let rounding = if dialect.rounding == Rounding::Down { code::ROUND_DOWN } else { 0 };
    out.u8(sum | rounding);
    out.u32(dialect.link_divisor.map_or(0, NonZeroU32::get));
    out.count(dialect.readings.len());
    for reading in &dialect.readings {
        out.u16(u16::try_from(reading.feature).unwrap_or(u16::MAX));
        out.u8(reading.rule as u8);
    }
}

fn encode_ensemble(trees: &TreeEnsemble, out: &mut Writer) {
    out.u8(match trees.aggregation {
        Aggregation::Sum => code::SUM,
        Aggregation::Mean => code::MEAN,
    });
    out.f64(trees.base_score);
    out.count(trees.trees.len());
    trees.trees.iter().for_each(|tree| encode_tree(tree, out));
}

fn encode_tree(tree: &Tree, out: &mut Writer) {
    out.count(tree.category_sets.len());
    for set in &tree.category_sets {
        out.count(set.words.len());
        set.words.iter().for_each(|&word| out.u64(word));
    }
    out.count(tree.len());
    for node in 0..tree.len() {
        if tree.is_leaf(node) {
            out.u8(0);
            out.f64(tree.leaf_value[node]);
            out.f64(tree.cover[node]);
            continue;
        }
        let set = tree.category_set[node];
        let default = if tree.default_left[node] { code::DEFAULT_LEFT } else { 0 };
        let kind = if set == 0 { 0 } else { code::CATEGORICAL };
        out.u8(code::SPLIT | default | kind);
        out.u16(u16::try_from(tree.split_feature[node]).unwrap_or(u16::MAX));
        if set == 0 {
            out.f32(tree.threshold[node]);
        } else {
            out.u32(set);
        }
        out.u32(tree.left[node]);
        out.u32(tree.right[node]);
        out.f64(tree.cover[node]);
    }
}

fn encode_logistic(model: &LogisticModel, out: &mut Writer) {
    out.f64(model.intercept);
    out.count(model.coefficients.len());
    for values in [&model.coefficients, &model.scaler.mean, &model.scaler.scale] {
        values.iter().for_each(|&value| out.f64(value));
    }
    out.count(model.categorical.len());
    for (feature, effects) in &model.categorical {
        out.u16(u16::try_from(*feature).unwrap_or(u16::MAX));
        out.count(effects.len());
        effects.iter().for_each(|&effect| out.f64(effect));
    }
}

fn encode_calibration(calibration: &Calibration, out: &mut Writer) {
    match calibration {
        Calibration::None => out.u8(code::CALIBRATION_NONE),
        Calibration::Platt { a, b } => {
            out.u8(code::CALIBRATION_PLATT);
            out.f64(*a);
            out.f64(*b);
        }
        Calibration::Isotonic { x, y } => {
            out.u8(code::CALIBRATION_ISOTONIC);
            out.count(x.len());
            x.iter().chain(y).for_each(|&value| out.f64(value));
        }
    }
}

fn encode_interval(interval: Option<ConformalInterval>, out: &mut Writer) {
    out.bool(interval.is_some());
    if let Some(interval) = interval {
        out.f64(interval.coverage);
        out.f64(interval.lower);
        out.f64(interval.upper);
    }
}
