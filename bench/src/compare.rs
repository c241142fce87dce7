//! One comparison: our learner and a rival on the same folds of the same table.

use anyhow::{Context, Result};
use chatsignal_train::dataset::{Dataset, Task};
use chatsignal_train::error::FitError;
use chatsignal_train::learner::{Fit, Fitted, ForestParams, GbdtParams, GbmParams, LogisticParams};
use chatsignal_train::metric;
use chatsignal_train::split::Fold;
use serde::{Deserialize, Serialize};

use crate::clock::{Seconds, timed};

/// One of our learners with its parameters.
#[derive(Clone, Debug)]
pub enum Ours {
    /// Gradient boosting.
    Gbm(GbmParams),
    /// Random forest.
    Forest(ForestParams),
    /// Logistic regression.
    Logistic(LogisticParams),
    /// The crate `gbdt`.
    Gbdt(GbdtParams),
}

impl Ours {
    /// Name of the learner.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gbm(_) => "gbm",
            Self::Forest(_) => "forest",
            Self::Logistic(_) => "logistic",
            Self::Gbdt(_) => "gbdt",
        }
    }

    /// Fits.
    ///
    /// # Errors
    /// What the learner says.
    pub fn fit(&self, data: &Dataset, task: Task) -> Result<Fitted, FitError> {
        let fit = Fit::new(task, 1);
        match self.clone() {
            Self::Gbm(p) => p.check()?.fit(data, &fit),
            Self::Forest(p) => p.check()?.fit(data, &fit),
            Self::Logistic(p) => p.check()?.fit(data, &fit),
            Self::Gbdt(p) => p.check()?.fit(data, &fit),
        }
    }

    /// Out-of-fold predictions and the time spent fitting.
    ///
    /// # Errors
    /// What the learner says.
    pub fn cross_validate(
        &self,
        data: &Dataset,
        task: Task,
        folds: &[Fold],
    ) -> Result<(Vec<f64>, Seconds), FitError> {
        let mut predictions = vec![f64::NAN; data.rows()];
        let mut spent = Seconds::default();
        for fold in folds {
            let (train, test) = (data.select(&fold.train), data.select(&fold.test));
            let (model, seconds) = timed(|| self.fit(&train, task));
            spent.wall_s += seconds.wall_s;
            spent.cpu_s += seconds.cpu_s;
            for (&row, p) in fold.test.iter().zip(model?.predict(&test)) {
                predictions[row] = p;
            }
        }
        Ok((predictions, spent))
    }
}

/// Metrics, each a mean over the folds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scores {
    /// Of a binary target.
    Binary {
        /// Area under the ROC curve.
        auc: f64,
        /// Log loss, nats.
        log_loss: f64,
    },
    /// Of a number.
    Regression {
        /// Coefficient of determination.
        r2: f64,
        /// Root mean squared error.
        rmse: f64,
    },
}

impl Scores {
    /// Scores of out-of-fold predictions.
    ///
    /// # Errors
    /// A fold where a metric is not defined.
    pub fn of(task: Task, y: &[f64], predictions: &[f64], folds: &[Fold]) -> Result<Self> {
        let mean = |metric: fn(&[f64], &[f64]) -> Option<f64>| -> Result<f64> {
            let pick = |values: &[f64], fold: &Fold| -> Vec<f64> {
                fold.test.iter().map(|&i| values[i]).collect()
            };
            let each = folds.iter().map(|fold| metric(&pick(y, fold), &pick(predictions, fold)));
            let each: Option<Vec<f64>> = each.collect();
            let each = each.context("a metric is not defined on a fold")?;
            Ok(each.iter().sum::<f64>() / each.len() as f64)
        };
        Ok(match task {
            Task::Binary => {
                Self::Binary { auc: mean(metric::auc)?, log_loss: mean(metric::log_loss)? }
            }
            Task::Regression => {
                Self::Regression { r2: mean(metric::r2)?, rmse: mean(metric::rmse)? }
            }
        })
    }

    /// The metric that ranks (AUC or R2) and the loss (log loss or RMSE).
    #[must_use]
    pub fn pair(self) -> (f64, f64) {
        match self {
            Self::Binary { auc, log_loss } => (auc, log_loss),
            Self::Regression { r2, rmse } => (r2, rmse),
        }
    }
}
