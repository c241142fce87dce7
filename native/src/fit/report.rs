//! What `chatsignal fit` reports: fixed keys, documented in docs/CLI.md.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::{Folds, Metrics};
use crate::table::Labels;

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `regression` or `binary`.
    pub task: &'static str,
    /// Who learned.
    pub learner: &'static str,
    /// Column that is predicted.
    pub target: String,
    /// Labels of a binary target.
    pub labels: Option<LabelReport>,
    /// Rows learned from.
    pub rows: usize,
    /// Inputs, in order.
    pub features: Vec<FeatureReport>,
    /// Every hyperparameter, defaults included.
    pub params: Value,
    /// Seed.
    pub seed: u64,
    /// Which predictions the F1 threshold was chosen on: `out_of_fold` or `train`.
    pub f1_threshold_from: Option<&'static str>,
    /// Figures on the rows learned from: too good by nature.
    pub train: Metrics,
    /// Figures of the cross-validation.
    pub folds: Option<Folds>,
    /// Figures on the test table.
    pub test: Option<Metrics>,
    /// Rows held out and the round that was kept, where early stopping was asked for.
    pub early_stopping: Option<Value>,
    /// The file.
    pub model: ModelReport,
    /// Wall-clock times.
    pub seconds: Seconds,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Labels of a binary target.
#[derive(Clone, Debug, Serialize)]
pub struct LabelReport {
    /// Counts as 1.
    pub positive: String,
    /// Counts as 0.
    pub negative: String,
    /// `given`, `name` (it is yes, true, 1 or the like) or `rarer`.
    pub chosen_by: &'static str,
}

impl LabelReport {
    pub(super) fn new(labels: &Labels) -> Self {
        Self {
            positive: labels.positive.clone(),
            negative: labels.negative.clone(),
            chosen_by: labels.rule.as_str(),
        }
    }
}

/// One input.
#[derive(Clone, Debug, Serialize)]
pub struct FeatureReport {
    /// Name of the column.
    pub name: String,
    /// `numeric` or `categorical`.
    pub kind: &'static str,
    /// Number of categories.
    pub categories: Option<usize>,
    /// Rows in which it is missing.
    pub missing: u64,
    /// Mean absolute contribution to the margin, over at most 500 training rows.
    pub importance: f64,
}

/// The model file.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
    /// Where it was written.
    pub path: Option<PathBuf>,
    /// Its size.
    pub bytes: usize,
    /// Identity of its inputs.
    pub schema_fingerprint: String,
}

/// Wall-clock seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Seconds {
    /// Reading the table.
    pub read: f64,
    /// Cross-validation.
    pub folds: f64,
    /// The fit that was kept.
    pub fit: f64,
    /// All together.
    pub total: f64,
}
