//! The figures of a fit: fixed keys, documented in docs/CLI.md.

use serde::Serialize;

use crate::dataset::Task;
use crate::metric;

/// Figures of predictions against a target. A figure that the rows do not allow (an AUC of one
/// class) is absent as null.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Metrics {
    /// Of a binary target.
    Binary(BinaryMetrics),
    /// Of a number.
    Regression(RegressionMetrics),
}

macro_rules! metrics {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        pub struct $name {
            /// Rows judged.
            pub rows: usize,
            $($(#[$field_doc])* pub $field: Option<f64>,)+
        }

        impl $name {
            /// Name and value of each figure, in order.
            #[must_use]
            pub fn figures(&self) -> Vec<(&'static str, Option<f64>)> {
                vec![$((stringify!($field), self.$field),)+]
            }

            /// Mean of each figure over those that have it; rows are added up.
            fn mean(all: &[&Self]) -> Self {
                Self {
                    rows: all.iter().map(|m| m.rows).sum(),
                    $($field: mean(all.iter().filter_map(|m| m.$field)),)+
                }
            }
        }
    };
}

metrics! {
    /// Figures of probabilities.
    BinaryMetrics {
        /// Share of positives.
        base_rate,
        /// Area under the ROC curve.
        auc,
        /// Average precision.
        pr_auc,
        /// Mean negative log likelihood.
        log_loss,
        /// Log loss of the base rate itself.
        log_loss_dummy,
        /// Mean squared error of the probability.
        brier,
        /// Expected calibration error, 10 bins of equal mass.
        ece,
        /// F1 at `f1_threshold`.
        f1,
        /// The threshold.
        f1_threshold,
        /// F1 of calling every row positive.
        f1_dummy,
        /// Share of the rows called positive that are.
        precision,
        /// Share of the positives that are called so.
        recall,
        /// Share of rows called right.
        accuracy,
        /// Base rate of the tenth of rows with the highest probability, over that of all.
        lift_at_10,
    }
}

metrics! {
    /// Figures of numbers.
    RegressionMetrics {
        /// Mean of the target.
        mean,
        /// Share of variance explained.
        r2,
        /// Root of the mean squared error.
        rmse,
        /// RMSE of the mean itself.
        rmse_dummy,
        /// Mean absolute error.
        mae,
        /// Rank correlation.
        spearman,
    }
}

impl Metrics {
    /// Judges predictions.
    #[must_use]
    pub fn new(task: Task, y: &[f64], prediction: &[f64], threshold: f64) -> Self {
        match task {
            Task::Binary => Self::Binary(binary(y, prediction, threshold)),
            Task::Regression => Self::Regression(regression(y, prediction)),
        }
    }

    /// Mean of each figure.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let binary: Vec<_> = all.iter().filter_map(Self::as_binary).collect();
        if binary.is_empty() {
            let numbers: Vec<_> = all.iter().filter_map(Self::as_regression).collect();
            return Self::Regression(RegressionMetrics::mean(&numbers));
        }
        Self::Binary(BinaryMetrics::mean(&binary))
    }

    /// Name and value of each figure, in order.
    #[must_use]
    pub fn figures(&self) -> Vec<(&'static str, Option<f64>)> {
        match self {
            Self::Binary(metrics) => metrics.figures(),
            Self::Regression(metrics) => metrics.figures(),
        }
    }

    fn as_binary(&self) -> Option<&BinaryMetrics> {
        match self {
            Self::Binary(metrics) => Some(metrics),
            Self::Regression(_) => None,
        }
    }

    fn as_regression(&self) -> Option<&RegressionMetrics> {
        match self {
            Self::Regression(metrics) => Some(metrics),
            Self::Binary(_) => None,
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    (count > 0.0).then(|| sum / count)
}

fn binary(y: &[f64], p: &[f64], threshold: f64) -> BinaryMetrics {
    let base_rate = mean(y.iter().copied());
    let confusion = metric::confusion(y, p, threshold);
    let same = |value: f64| vec![value; y.len()];
    BinaryMetrics {
        rows: y.len(),
        base_rate,
        auc: metric::auc(y, p),
        pr_auc: metric::pr_auc(y, p),
        log_loss: metric::log_loss(y, p),
        log_loss_dummy: base_rate.and_then(|rate| metric::log_loss(y, &same(rate))),
        brier: metric::brier(y, p),
        ece: metric::ece(y, p),
        f1: confusion.as_ref().map(|c| c.f1()),
        f1_threshold: confusion.as_ref().map(|_| threshold),
        f1_dummy: metric::f1(y, &same(1.0), 0.5),
        precision: confusion.as_ref().map(|c| c.precision()),
        recall: confusion.as_ref().map(|c| c.recall()),
        accuracy: confusion.as_ref().map(|c| c.accuracy()),
        lift_at_10: metric::lift_at(y, p, 0.1),
    }
}

fn regression(y: &[f64], p: &[f64]) -> RegressionMetrics {
    let center = mean(y.iter().copied());
    RegressionMetrics {
        rows: y.len(),
        mean: center,
        r2: metric::r2(y, p),
        rmse: metric::rmse(y, p),
        rmse_dummy: center.and_then(|m| metric::rmse(y, &vec![m; y.len()])),
        mae: metric::mae(y, p),
        spearman: metric::spearman(y, p),
    }
}
