//! A model from any table: what `chatsignal fit` does.

mod report;

pub use chatsignal_train::custom::{Folds, Learner, LearnerError, Metrics};
pub use report::{FeatureReport, LabelReport, ModelReport, Report, Seconds};

use std::path::PathBuf;
use std::time::Instant;

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::model::{FeatureKind, Fingerprint, ModelError};
use chatsignal_train::custom::{Configured, CustomError, Job};
use chatsignal_train::dataset::Task;
use chatsignal_train::error::FitError;
use chatsignal_train::progress::Progress;

use crate::table::{Roles, TableError, TrainingTable, read_labelled, read_training};

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
    #[error("--{0}")]
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
    Unsound(ModelError),
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
    let labels = table.labels.as_ref();
    let job = Job {
        target: &request.target,
        task: request.task,
        labels: labels.map(|l| (l.positive.as_str(), l.negative.as_str())),
        learner: &learner,
        folds: request.folds,
        seed: request.seed,
    };
    let outcome = job.run(&table.data, progress, &|| start.elapsed().as_secs_f64());
    let outcome = outcome.map_err(|error| match error {
        CustomError::Fit(error) => {
            RequestError::Fit { file: request.data.display().to_string(), error }
        }
        CustomError::Unsound(error) => RequestError::Unsound(error),
    })?;
    let mut warnings = table.warnings.clone();
    let test = request.test.as_ref().map(|path| {
        let (rows, matcher) = read_labelled(path, &table.data.schema, &request.target, labels)?;
        warnings.extend(matcher.unseen().iter().map(|unseen| unseen.warning()));
        let predicted = outcome.fitted.predict(&rows);
        Ok::<_, TableError>(outcome.threshold.judge(request.task, &rows.y, &predicted))
    });
    let test = test.transpose()?;
    let artifact = outcome.artifact;
    let report = Report {
        task: request.task.as_str(),
        learner: request.learner.as_str(),
        target: request.target.clone(),
        labels: labels.map(LabelReport::new),
        rows: table.data.rows(),
        features: features(&table, outcome.importance),
        params: learner.params(),
        seed: request.seed,
        f1_threshold_from: (request.task == Task::Binary).then_some(outcome.threshold.chosen_on),
        train: outcome.train,
        folds: outcome.folds,
        test,
        early_stopping: outcome.early_stopping,
        model: ModelReport {
            path: None,
            bytes: 0,
            schema_fingerprint: Fingerprint(artifact.schema.fingerprint()).to_string(),
        },
        seconds: Seconds {
            read: read_seconds,
            folds: outcome.seconds.0,
            fit: outcome.seconds.1,
            total: start.elapsed().as_secs_f64(),
        },
        warnings,
    };
    Ok((artifact, report))
}

/// The features, with the mean size of their contributions over some rows.
fn features(table: &TrainingTable, importance: Vec<f64>) -> Vec<FeatureReport> {
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
