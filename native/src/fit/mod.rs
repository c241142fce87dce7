//! A model from any table: what `chatsignal fit` does.

mod learner;
mod metrics;
mod report;

pub use learner::{Learner, LearnerError};
pub use metrics::Metrics;
pub use report::{FeatureReport, Folds, LabelReport, ModelReport, Report, Seconds};

use std::path::PathBuf;
use std::time::Instant;

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState, Outputs};
use chatsignal_core::model::{Calibration, FeatureKind, Fingerprint};
use chatsignal_core::time::TimestampMs;
use chatsignal_train::dataset::{Dataset, Task};
use chatsignal_train::error::FitError;
use chatsignal_train::importance::mean_abs_shap;
use chatsignal_train::learner::{Fit, Fitted};
use chatsignal_train::metric;
use chatsignal_train::progress::Progress;
use chatsignal_train::split::{Fold, KFold, StratifiedKFold, train_test_split};

use crate::table::{Roles, TableError, TrainingTable, read_labelled, read_training};
use learner::Configured;

/// Share of the training rows that early stopping looks at, held out from the fit.
const EARLY_STOPPING_SHARE: f64 = 0.1;
/// Rows that the importance of features is measured on, at most.
const IMPORTANCE_ROWS: usize = 500;

/// What to fit.
#[derive(Clone, Debug)]
pub struct Request {
    /// Table to learn from.
    pub data: PathBuf,
    /// Column to predict.
    pub target: String,
    /// What it is.
    pub task: Task,
    /// Label that counts as 1.
    pub positive: Option<String>,
    /// Who learns.
    pub learner: Learner,
    /// Hyperparameters, as a JSON object.
    pub params: String,
    /// Table to judge on.
    pub test: Option<PathBuf>,
    /// Folds of a cross-validation.
    pub folds: Option<usize>,
    /// Seed of every draw.
    pub seed: u64,
    /// Columns that are categories.
    pub categorical: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A table is not usable.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The hyperparameters are not usable.
    #[error(transparent)]
    Learner(#[from] LearnerError),
    /// The learner refused.
    #[error("{file}: {error}")]
    Fit {
        /// The table.
        file: String,
        /// Why.
        error: FitError,
    },
    /// What came out breaks a rule of models.
    #[error("the fitted model is not sound: {0}")]
    Unsound(chatsignal_core::model::ModelError),
}

/// Reads, cross-validates, fits and judges. Pure in (tables, parameters, seed) but for the times
/// in the report.
///
/// # Errors
/// When a table, a parameter or the fit is refused.
pub fn fit(
    request: &Request,
    progress: &dyn Progress,
) -> Result<(ModelArtifact, Report), RequestError> {
    let learner = Configured::new(request.learner, &request.params)?;
    let start = Instant::now();
    let roles = Roles {
        target: &request.target,
        categorical: &request.categorical,
        ignore: &request.ignore,
    };
    let table = read_training(&request.data, &roles, request.task, request.positive.as_deref())?;
    let read_seconds = start.elapsed().as_secs_f64();
    let job = Job { request, learner: &learner, progress };
    let refused = |error| RequestError::Fit { file: request.data.display().to_string(), error };

    let folds_start = Instant::now();
    let folds = request.folds.map(|k| job.cross_validate(&table.data, k)).transpose();
    let folds = folds.map_err(refused)?;
    let folds_seconds = folds_start.elapsed().as_secs_f64();

    let fit_start = Instant::now();
    let fitted = job.fit(&table.data, progress).map_err(refused)?;
    let fit_seconds = fit_start.elapsed().as_secs_f64();

    let predicted = fitted.predict(&table.data);
    let (threshold, threshold_from) = match &folds {
        Some((_, out_of_fold)) => (best_threshold(&table.data.y, out_of_fold), "out_of_fold"),
        None => (best_threshold(&table.data.y, &predicted), "train"),
    };
    let judge = |y: &[f64], p: &[f64]| Metrics::new(request.task, y, p, threshold);
    let train = judge(&table.data.y, &predicted);
    let mut warnings = table.warnings.clone();
    let test = request.test.as_ref().map(|path| {
        let labels = table.labels.as_ref();
        let (rows, matcher) = read_labelled(path, &table.data.schema, &request.target, labels)?;
        warnings.extend(matcher.unseen().iter().map(|unseen| unseen.warning()));
        Ok::<_, TableError>(judge(&rows.y, &fitted.predict(&rows)))
    });
    let test = test.transpose()?;
    let folds = folds.map(|(folds, out_of_fold)| Folds {
        k: folds.len(),
        out_of_fold: judge(&table.data.y, &out_of_fold),
        mean: Metrics::mean(&folds),
        each: folds,
    });
    let artifact = artifact(request, &learner, &table, &fitted);
    artifact.check().map_err(RequestError::Unsound)?;
    let report = Report {
        task: task_name(request.task),
        learner: request.learner.as_str(),
        target: request.target.clone(),
        labels: table.labels.as_ref().map(LabelReport::new),
        rows: table.data.rows(),
        features: features(&table, &artifact),
        params: learner.params(),
        seed: request.seed,
        f1_threshold_from: (request.task == Task::Binary).then_some(threshold_from),
        train,
        folds,
        test,
        early_stopping: fitted.validation_loss.as_ref().map(|loss| {
            let best = (0..loss.len()).min_by(|&a, &b| loss[a].total_cmp(&loss[b]));
            serde_json::json!({
                "share_of_rows": EARLY_STOPPING_SHARE,
                "best_iteration": best,
                "best_loss": best.map(|b| loss[b]),
            })
        }),
        model: ModelReport {
            path: None,
            bytes: 0,
            schema_fingerprint: Fingerprint(artifact.schema.fingerprint()).to_string(),
        },
        seconds: Seconds {
            read: read_seconds,
            folds: folds_seconds,
            fit: fit_seconds,
            total: start.elapsed().as_secs_f64(),
        },
        warnings,
    };
    Ok((artifact, report))
}

/// A request with its parsed parameters.
struct Job<'a> {
    request: &'a Request,
    learner: &'a Configured,
    progress: &'a dyn Progress,
}

impl Job<'_> {
    fn fit(&self, data: &Dataset, progress: &dyn Progress) -> Result<Fitted, FitError> {
        let fit = Fit::new(self.request.task, self.request.seed).progress(progress);
        if !self.learner.stops_early() {
            return self.learner.fit(data, &fit);
        }
        let split = train_test_split(data.rows(), EARLY_STOPPING_SHARE, self.request.seed)?;
        let held_out = data.select(&split.test);
        self.learner.fit(&data.select(&split.train), &fit.validation(&held_out))
    }

    /// Metrics of each fold (thresholds chosen on the fold's own training rows), and the
    /// out-of-fold prediction of every row.
    fn cross_validate(
        &self,
        data: &Dataset,
        k: usize,
    ) -> Result<(Vec<Metrics>, Vec<f64>), FitError> {
        let (task, seed) = (self.request.task, self.request.seed);
        let folds: Vec<Fold> = match task {
            Task::Binary => StratifiedKFold::new(k, seed)?.split(&data.y)?,
            Task::Regression => KFold::new(k, seed)?.split(data.rows())?,
        };
        let mut out_of_fold = vec![f64::NAN; data.rows()];
        let mut each = Vec::with_capacity(k);
        for (done, fold) in folds.iter().enumerate() {
            self.progress.step("folds", done, k);
            let train = data.select(&fold.train);
            let fitted = self.fit(&train, &chatsignal_train::progress::Silent)?;
            let test = data.select(&fold.test);
            let predicted = fitted.predict(&test);
            let threshold = best_threshold(&train.y, &fitted.predict(&train));
            each.push(Metrics::new(task, &test.y, &predicted, threshold));
            for (&row, p) in fold.test.iter().zip(predicted) {
                out_of_fold[row] = p;
            }
        }
        self.progress.step("folds", k, k);
        Ok((each, out_of_fold))
    }
}

/// The threshold of the best F1; one half where there is none.
fn best_threshold(y: &[f64], prediction: &[f64]) -> f64 {
    metric::best_f1_threshold(y, prediction).map_or(0.5, |best| best.threshold)
}

fn task_name(task: Task) -> &'static str {
    match task {
        Task::Regression => "regression",
        Task::Binary => "binary",
    }
}

fn artifact(
    request: &Request,
    learner: &Configured,
    table: &TrainingTable,
    fitted: &Fitted,
) -> ModelArtifact {
    let rows = table.data.rows();
    let metadata = serde_json::json!({
        "task": task_name(request.task),
        "target": request.target,
        "positive_label": table.labels.as_ref().map(|l| &l.positive),
        "negative_label": table.labels.as_ref().map(|l| &l.negative),
        "learner": request.learner.as_str(),
        "params": learner.params(),
        "seed": request.seed,
        "rows": rows,
    });
    ModelArtifact {
        kind: ModelKind::Custom,
        state: ModelState::Ready,
        trained_through: TimestampMs::MIN,
        schema: table.data.schema.clone(),
        model: fitted.model.clone(),
        outputs: Outputs::default(),
        postprocessor: fitted.postprocessor,
        calibration: Calibration::None,
        context: None,
        interval: None,
        cutoffs: Vec::new(),
        horizon_days: 0,
        base_rate: table.data.y.iter().sum::<f64>() / rows.max(1) as f64,
        metadata_json: metadata.to_string(),
    }
}

/// The features, with the mean size of their contributions over some rows.
fn features(table: &TrainingTable, artifact: &ModelArtifact) -> Vec<FeatureReport> {
    let rows = table.data.rows();
    let step = rows.div_ceil(IMPORTANCE_ROWS).max(1);
    let sample: Vec<usize> = (0..rows).step_by(step).collect();
    let importance = mean_abs_shap(&artifact.model, &table.data.select(&sample));
    let schema = table.data.schema.features.iter();
    schema
        .zip(&table.missing)
        .zip(importance)
        .map(|((feature, &missing), importance)| FeatureReport {
            name: feature.name.clone(),
            kind: match feature.kind {
                FeatureKind::Numeric => "numeric",
                FeatureKind::Categorical { .. } => "categorical",
            },
            categories: match &feature.kind {
                FeatureKind::Numeric => None,
                FeatureKind::Categorical { categories } => Some(categories.len()),
            },
            missing,
            importance,
        })
        .collect()
}
