//! Folds and thresholds of a fit to any table.

use serde::Serialize;

use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::learner::Fitted;
use crate::metric;
use crate::progress::Progress;
use crate::split::{Fold, KFold, StratifiedKFold};

use super::Metrics;

/// Figures of a cross-validation.
#[derive(Clone, Debug, Serialize)]
pub struct Folds {
    /// Number of folds.
    pub k: usize,
    /// Mean over the folds.
    pub mean: Metrics,
    /// All rows together, each predicted by the fold that did not see it.
    pub out_of_fold: Metrics,
    /// Each fold.
    pub each: Vec<Metrics>,
}

/// Where a probability counts as a yes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The probability.
    pub at: f64,
    /// Which predictions it was chosen on: `out_of_fold` or `train`.
    pub chosen_on: &'static str,
}

impl Threshold {
    /// The one of the best F1; one half where there is none.
    pub(super) fn best(y: &[f64], prediction: &[f64], chosen_on: &'static str) -> Self {
        let best = metric::best_f1_threshold(y, prediction);
        Self { at: best.map_or(0.5, |best| best.threshold), chosen_on }
    }

    /// Figures of predictions with this threshold.
    #[must_use]
    pub fn judge(&self, task: Task, y: &[f64], prediction: &[f64]) -> Metrics {
        Metrics::new(task, y, prediction, self.at)
    }
}

/// Metrics of each fold (thresholds chosen on the fold's own training rows), and the out-of-fold
/// prediction of every row.
pub(super) fn cross_validate(
    data: &Dataset,
    task: Task,
    k: usize,
    seed: u64,
    progress: &dyn Progress,
    fit: impl Fn(&Dataset) -> Result<Fitted, FitError>,
) -> Result<(Vec<Metrics>, Vec<f64>), FitError> {
    let folds: Vec<Fold> = match task {
        Task::Binary => StratifiedKFold::new(k, seed)?.split(&data.y)?,
        Task::Regression => KFold::new(k, seed)?.split(data.rows())?,
    };
    let mut out_of_fold = vec![f64::NAN; data.rows()];
    let mut each = Vec::with_capacity(k);
    for (done, fold) in folds.iter().enumerate() {
        progress.step("folds", done, k);
        let train = data.select(&fold.train);
        let fitted = fit(&train)?;
        let test = data.select(&fold.test);
        let predicted = fitted.predict(&test);
        let threshold = Threshold::best(&train.y, &fitted.predict(&train), "train");
        each.push(threshold.judge(task, &test.y, &predicted));
        for (&row, p) in fold.test.iter().zip(predicted) {
            out_of_fold[row] = p;
        }
    }
    progress.step("folds", k, k);
    Ok((each, out_of_fold))
}
