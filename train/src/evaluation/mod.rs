//! What is known about a model's quality, with fixed JSON keys (documented in docs/EVALUATION.md).
//!
//! Every figure is taken on rows that the model which predicted them did not see: neither their
//! contact nor their time. `low` and `high` bound the 95 % interval of a bootstrap by contact.

mod cross_fit;
mod figures;

pub use cross_fit::ISOTONIC_ROWS_MIN;
pub(crate) use cross_fit::{
    Scores, calibration_name, cross_calibrate, cross_decide, fit_calibration,
};
pub(crate) use figures::{Outcomes, Predicted, gains, metrics};

use serde::{Deserialize, Serialize};

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure on all held-out rows.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Figures of one predictor. A figure that does not apply to the kind of model is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Area under the ROC curve (positive = won, churned, replied).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<Estimate>,
    /// Average precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr_auc: Option<Estimate>,
    /// Log loss; for graded leads the cross entropy against the outcome / 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<Estimate>,
    /// Brier score (mean squared error of the probability).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brier: Option<Estimate>,
    /// Expected calibration error over 10 bins of equal mass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ece: Option<Estimate>,
    /// F1 at a threshold chosen on other held-out rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<Estimate>,
    /// Rate of positives among the top 10 % over the base rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lift_at_10: Option<Estimate>,
    /// Rate of positives among the top 20 % over the base rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lift_at_20: Option<Estimate>,
    /// Share of the churned customers' revenue of the last 365 days held by the top 10 % of
    /// risk x revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_captured_at_10: Option<Estimate>,
    /// R2 of the graded outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<Estimate>,
    /// Root mean squared error of the graded outcome, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rmse: Option<Estimate>,
    /// Spearman's rank correlation with the graded outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spearman: Option<Estimate>,
}

impl Metrics {
    /// Every figure that is present, by its JSON key, in a fixed order.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, Estimate)> {
        let all = [
            ("auc", self.auc),
            ("pr_auc", self.pr_auc),
            ("log_loss", self.log_loss),
            ("brier", self.brier),
            ("ece", self.ece),
            ("f1", self.f1),
            ("lift_at_10", self.lift_at_10),
            ("lift_at_20", self.lift_at_20),
            ("value_captured_at_10", self.value_captured_at_10),
            ("r2", self.r2),
            ("rmse", self.rmse),
            ("spearman", self.spearman),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A predictor that a model must beat, on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// `dummy`, `recency`, `bgnbd_p_alive` or `bgnbd_no_purchase`.
    pub name: String,
    /// What it does, in words.
    pub description: String,
    /// Its figures.
    pub metrics: Metrics,
    /// AUC of the model minus AUC of the baseline, paired by row.
    pub auc_gain: Option<Estimate>,
}

/// One time-forward fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldSummary {
    /// Training rows.
    pub train_rows: usize,
    /// Held-out rows.
    pub test_rows: usize,
    /// Held-out positives.
    pub test_positives: usize,
    /// Last instant of a training snapshot, milliseconds.
    pub train_until_ms: i64,
    /// First instant of a held-out snapshot, milliseconds.
    pub test_from_ms: i64,
}

/// How held-out predictions were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Whether the folds respect time. Without it a model is provisional.
    pub time_forward: bool,
    /// In words, with the reason when there is no time validation.
    pub statement: String,
    /// Days between the last training snapshot and the first held-out one.
    pub embargo_days: u32,
    /// The folds.
    pub folds: Vec<FoldSummary>,
}

/// One bin of the reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Held-out rows in the bin.
    pub rows: usize,
    /// Mean calibrated prediction.
    pub predicted: f64,
    /// Mean outcome.
    pub observed: f64,
    /// Lower end of the 95 % interval of `observed`.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Figures of one part of the held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// `language`, `country`, `channel` or `tenure`.
    pub dimension: String,
    /// The part, e.g. `pt`.
    pub value: String,
    /// Held-out rows (at least 100).
    pub rows: usize,
    /// Share of positives.
    pub base_rate: f64,
    /// Area under the ROC curve, when both classes are there.
    pub auc: Option<f64>,
    /// Log loss.
    pub log_loss: f64,
    /// Expected calibration error.
    pub ece: f64,
}

/// One tier or risk level on held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TierRate {
    /// Name of the tier or level, best or riskiest first.
    pub tier: String,
    /// Held-out rows.
    pub rows: usize,
    /// Share of positives.
    pub rate: f64,
}

/// Whether a higher tier converts (churns, replies) more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TierCheck {
    /// Tiers over all held-out rows.
    pub tiers: Vec<TierRate>,
    /// Rates rise with the tier over all held-out rows (tiers of at least 20 rows).
    pub monotone: bool,
    /// Folds in which they do.
    pub monotone_folds: usize,
    /// Folds looked at.
    pub folds: usize,
}

/// Coverage of the prediction interval, measured on rows that did not fit it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalCheck {
    /// `cv_plus` or `split`.
    pub method: String,
    /// Nominal coverage.
    pub nominal: f64,
    /// Measured share of outcomes inside.
    pub measured: f64,
    /// Mean width, score points.
    pub mean_width: f64,
}

/// Value of sending at the hour that the model ranks first, from logged sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendHourValue {
    /// Held-out sends whose propensity was logged.
    pub logged_sends: usize,
    /// Hours of the day that the logging policy used.
    pub hours_supported: usize,
    /// Reply rate of the logging policy.
    pub logged_rate: f64,
    /// Effective sample size of the weights.
    pub effective_sample_size: f64,
    /// Inverse-propensity estimate of the model's reply rate; absent when the claim is refused.
    pub ips: Option<Estimate>,
    /// Self-normalised estimate; absent when the claim is refused.
    pub snips: Option<Estimate>,
    /// Why no value is claimed.
    pub refused: Option<String>,
    /// Mean true reply probability at the model's hour (simulated data only).
    pub true_rate_at_model_hour: Option<f64>,
    /// At the logged hour (simulated data only).
    pub true_rate_at_logged_hour: Option<f64>,
    /// At the best hour (simulated data only): the upper bound.
    pub true_rate_at_best_hour: Option<f64>,
    /// Mean predicted reply probability by local hour, 24 values.
    pub profile: Vec<f64>,
}

/// Weight of one feature over the held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// Name of the feature.
    pub feature: String,
    /// Mean absolute SHAP contribution to the margin.
    pub mean_abs_shap: f64,
    /// By how much the mean squared error of the linked prediction rises on held-out rows when the
    /// feature is shuffled between them; models of earlier versions have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permutation: Option<f64>,
}

/// Rows and labels that were found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelCounts {
    /// Contacts in the log.
    pub contacts: usize,
    /// Contacts with at least one labelled row.
    pub contacts_labelled: usize,
    /// Rows that could be labelled.
    pub candidates: usize,
    /// Rows used after sampling.
    pub rows: usize,
    /// Used rows that are positive.
    pub positives: usize,
    /// Used rows that are negative.
    pub negatives: usize,
    /// Rows per outcome, by name.
    pub outcomes: Vec<(String, usize)>,
    /// How the label is defined, in words.
    pub definition: String,
    /// Label horizon in days (engagement: 1).
    pub horizon_days: u32,
    /// First instant of the log, milliseconds.
    pub data_from_ms: i64,
    /// Last instant of the log, milliseconds.
    pub data_until_ms: i64,
}

/// All that was found out about a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// `lead`, `churn` or `engagement`.
    pub kind: String,
    /// The data are simulated.
    pub simulated: bool,
    /// `prior`, `provisional` or `ready`.
    pub state: String,
    /// Labels and rows.
    pub counts: LabelCounts,
    /// Share of positives among the rows used.
    pub base_rate: f64,
    /// Share of positives among the held-out rows, to which the figures belong.
    pub base_rate_held_out: f64,
    /// Mean target among the held-out rows (0 to 100 for leads).
    pub target_mean_held_out: f64,
    /// Held-out rows.
    pub rows_held_out: usize,
    /// Contacts of the held-out rows.
    pub contacts_held_out: usize,
    /// How they were held out.
    pub validation: Validation,
    /// The model's figures.
    pub metrics: Metrics,
    /// Threshold of F1, chosen on all held-out rows (for use; `metrics.f1` is cross-fitted).
    pub f1_threshold: Option<f64>,
    /// What must be beaten.
    pub baselines: Vec<Baseline>,
    /// Figures of the true probability: the upper bound (simulated data only).
    pub upper_bound: Option<Metrics>,
    /// Calibration map: `platt` or `isotonic`.
    pub calibration: String,
    /// Reliability diagram.
    pub reliability: Vec<ReliabilityBin>,
    /// Parts with at least 100 held-out rows.
    pub slices: Vec<Slice>,
    /// Do tiers order the outcomes?
    pub tiers: TierCheck,
    /// Coverage of the interval (lead).
    pub interval: Option<IntervalCheck>,
    /// Value of the chosen hour (engagement).
    pub send_hour: Option<SendHourValue>,
    /// Features by weight, heaviest first.
    pub importance: Vec<Importance>,
    /// Learner and its parameters.
    pub learner: String,
    /// Parameters of the learner, as JSON.
    pub params: serde_json::Value,
}
