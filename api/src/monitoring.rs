//! A model in use: whether its inputs still look like the training data, and how good it is.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::model::ModelRef;
use crate::time::Instant;

/// Size of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SampleSize {
    /// Rows.
    pub rows: u64,
    /// Contacts of the rows. Rows of one contact are alike: thresholds count contacts.
    pub contacts: u64,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DriftStatus {
    /// Nothing passed its threshold.
    Stable,
    /// A feature or the scores passed its threshold.
    Drifted,
    /// There are too few contacts to tell.
    TooFew,
}

/// One column now and in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Name of the feature; `score` for the scores.
    pub feature: String,
    /// Population stability index: 0 when both have one distribution.
    pub psi: f64,
    /// What the index passes by chance with the probability `alarm_level`, for samples of this
    /// size; null when they are too small to tell.
    pub threshold: Option<f64>,
    /// Probability of such an index or a greater one by chance, 0 to 1.
    pub p_value: f64,
    /// Whether the index passed its threshold.
    pub drifted: bool,
    /// Bins that were compared.
    pub bins: u32,
    /// Share of missing values in training, 0 to 1.
    pub missing_reference: f64,
    /// Share of missing values now, 0 to 1.
    pub missing_current: f64,
}

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Lower end of the interval; null where there is none.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Figures of a model on some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Performance {
    /// Rows.
    pub rows: u64,
    /// The figures by name: `auc`, `log_loss`, `brier`, `accuracy`, `rate` and others.
    pub figures: BTreeMap<String, Figure>,
}

/// A model in use, against its training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriftReport {
    /// The model.
    pub model: ModelRef,
    /// The instant of the current sample: the end of the log. The answer is kept for some minutes.
    pub as_of: Instant,
    /// What was found.
    pub status: DriftStatus,
    /// Probability of an alarm about any feature when none has changed.
    pub alarm_level: f64,
    /// The training data.
    pub reference: SampleSize,
    /// The contacts of now: open leads, active customers, or those who were lately written to.
    pub current: SampleSize,
    /// The features, the most surprising first.
    pub features: Vec<Drift>,
    /// The scores against those of held-out rows in training.
    pub scores: Drift,
    /// Figures on held-out rows in training.
    pub trained: Performance,
    /// Figures to be expected of the current sample, from the calibrated probabilities alone
    /// (CBPE); null when there is no one to score.
    pub expected: Option<Performance>,
    /// Figures on rows later than the training data whose outcome is known; null until there are
    /// 100 of them with both outcomes.
    pub realised: Option<Performance>,
}
