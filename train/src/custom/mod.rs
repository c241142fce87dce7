//! A model of any table: what `chatsignal fit` and the training module of the browser both do.
//!
//! Everything but the times is a pure function of (data, parameters, seed), in bytes, on every
//! target.

mod judge;
mod learner;
mod metrics;
mod request;

pub use judge::{Folds, Threshold};
pub use learner::{Configured, Learner, LearnerError};
pub use metrics::{BinaryMetrics, Metrics, RegressionMetrics};
pub use request::{FeatureRequest, RequestError, TrainRequest};

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState, Outputs};
use chatsignal_core::explain::Explainer;
use chatsignal_core::model::{Calibration, ModelError};
use chatsignal_core::time::TimestampMs;
use serde_json::{Value, json};
use thiserror::Error;

use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::learner::{Fit, Fitted};
use crate::progress::{Progress, Silent};
use crate::split::train_test_split;

/// Share of the training rows that early stopping looks at, held out from the fit.
const EARLY_STOPPING_SHARE: f64 = 0.1;
/// Rows that the importance of features is measured on, at most.
const IMPORTANCE_ROWS: usize = 500;

/// What to fit to a table.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Name of what is predicted.
    pub target: &'a str,
    /// What it is.
    pub task: Task,
    /// Labels of a binary target: of 1 and of 0.
    pub labels: Option<(&'a str, &'a str)>,
    /// Who learns.
    pub learner: &'a Configured,
    /// Folds of a cross-validation.
    pub folds: Option<usize>,
    /// Seed of every draw.
    pub seed: u64,
}

/// Why there is no model.
#[derive(Debug, Error)]
pub enum CustomError {
    /// The learner refused.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// What came out breaks a rule of models.
    #[error("the fitted model is not sound: {0}")]
    Unsound(#[from] ModelError),
}

/// A model with its figures.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the learner gave.
    pub fitted: Fitted,
    /// The model file.
    pub artifact: ModelArtifact,
    /// Where a probability counts as a yes.
    pub threshold: Threshold,
    /// Figures on the rows learned from: too good by nature.
    pub train: Metrics,
    /// Figures of the cross-validation.
    pub folds: Option<Folds>,
    /// Rows held out and the round that was kept, where early stopping was asked for.
    pub early_stopping: Option<Value>,
    /// Mean absolute contribution of each feature to the margin, over at most 500 training rows.
    pub importance: Vec<f64>,
    /// Seconds of the cross-validation and of the fit that was kept, by the caller's clock.
    pub seconds: (f64, f64),
}

impl Job<'_> {
    /// Cross-validates, fits and judges. `clock` tells seconds from any start.
    ///
    /// # Errors
    /// When the data, a parameter or the model is refused.
    pub fn run(
        &self,
        data: &Dataset,
        progress: &dyn Progress,
        clock: &dyn Fn() -> f64,
    ) -> Result<Outcome, CustomError> {
        let start = clock();
        let folds = self.folds.map(|k| self.cross_validate(data, k, progress)).transpose()?;
        let folds_over = clock();
        let fitted = self.fit(data, progress)?;
        let fit_over = clock();
        let predicted = fitted.predict(data);
        let threshold = match &folds {
            Some((_, out_of_fold)) => Threshold::best(&data.y, out_of_fold, "out_of_fold"),
            None => Threshold::best(&data.y, &predicted, "train"),
        };
        let artifact = self.artifact(data, &fitted);
        artifact.check()?;
        Ok(Outcome {
            train: threshold.judge(self.task, &data.y, &predicted),
            folds: folds.map(|(each, out_of_fold)| Folds {
                k: each.len(),
                out_of_fold: threshold.judge(self.task, &data.y, &out_of_fold),
                mean: Metrics::mean(&each),
                each,
            }),
            early_stopping: fitted.validation_loss.as_deref().map(early_stopping),
            importance: importance(data, &artifact),
            seconds: (folds_over - start, fit_over - folds_over),
            fitted,
            artifact,
            threshold,
        })
    }

    fn fit(&self, data: &Dataset, progress: &dyn Progress) -> Result<Fitted, FitError> {
        let fit = Fit::new(self.task, self.seed).progress(progress);
        if !self.learner.stops_early() {
            return self.learner.fit(data, &fit);
        }
        let split = train_test_split(data.rows(), EARLY_STOPPING_SHARE, self.seed)?;
        let held_out = data.select(&split.test);
        self.learner.fit(&data.select(&split.train), &fit.validation(&held_out))
    }

    fn artifact(&self, data: &Dataset, fitted: &Fitted) -> ModelArtifact {
        let rows = data.rows();
        let metadata = json!({
            "task": self.task.as_str(),
            "target": self.target,
            "positive_label": self.labels.map(|(positive, _)| positive),
            "negative_label": self.labels.map(|(_, negative)| negative),
            "learner": self.learner.learner().as_str(),
            "params": self.learner.params(),
            "seed": self.seed,
            "rows": rows,
        });
        ModelArtifact {
            kind: ModelKind::Custom,
            state: ModelState::Ready,
            trained_through: TimestampMs::MIN,
            schema: data.schema.clone(),
            model: fitted.model.clone(),
            outputs: Outputs::default(),
            postprocessor: fitted.postprocessor,
            calibration: Calibration::None,
            context: None,
            interval: None,
            cutoffs: Vec::new(),
            horizon_days: 0,
            base_rate: data.y.iter().sum::<f64>() / rows.max(1) as f64,
            metadata_json: metadata.to_string(),
        }
    }

    fn cross_validate(
        &self,
        data: &Dataset,
        k: usize,
        progress: &dyn Progress,
    ) -> Result<(Vec<Metrics>, Vec<f64>), FitError> {
        judge::cross_validate(data, self.task, k, self.seed, progress, |train| {
            self.fit(train, &Silent)
        })
    }
}

fn early_stopping(loss: &[f64]) -> Value {
    let best = (0..loss.len()).min_by(|&a, &b| loss[a].total_cmp(&loss[b]));
    json!({
        "share_of_rows": EARLY_STOPPING_SHARE,
        "best_iteration": best,
        "best_loss": best.map(|b| loss[b]),
    })
}

/// Mean size of each feature's contributions over some rows.
fn importance(data: &Dataset, artifact: &ModelArtifact) -> Vec<f64> {
    let explainer = Explainer::new(&artifact.model);
    let step = data.rows().div_ceil(IMPORTANCE_ROWS).max(1);
    let mut importance = vec![0.0; data.schema.len()];
    let mut counted = 0.0;
    for row in (0..data.rows()).step_by(step) {
        counted += 1.0;
        let explanation = explainer.explain(data.row(row));
        importance.iter_mut().zip(explanation.contributions).for_each(|(sum, c)| *sum += c.abs());
    }
    importance.iter_mut().for_each(|sum| *sum /= counted);
    importance
}
