//! A fit asked for in JSON, with the table beside it as numbers: for callers that are not Rust.

use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema, ModelError};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{Configured, CustomError, Job, Learner, LearnerError};
use crate::dataset::{Dataset, Task};
use crate::progress::Progress;

/// What to fit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRequest {
    /// Columns of a row, in order.
    pub features: Vec<FeatureRequest>,
    /// Name of what is predicted.
    pub target: String,
    /// What it is.
    pub task: Task,
    /// Label that a target of 1 stands for.
    #[serde(default)]
    pub positive_label: Option<String>,
    /// Label that a target of 0 stands for.
    #[serde(default)]
    pub negative_label: Option<String>,
    /// Who learns.
    pub learner: Learner,
    /// Hyperparameters; what is not named has its default.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// Folds of a cross-validation.
    #[serde(default)]
    pub folds: Option<usize>,
    /// Seed of every draw.
    #[serde(default = "default_seed")]
    pub seed: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum FeatureRequest {
    /// Of numbers.
    Numeric(String),
    /// Of category codes: 0 stands for the first of `categories`.
    Categorical {
        /// Name of the column.
        name: String,
        /// Names of the categories.
        categories: Vec<String>,
    },
}

/// Why there is no model.
#[derive(Debug, Error)]
pub enum RequestError {
    /// The request is not the JSON that is expected.
    #[error("the request: {0}")]
    Json(#[from] serde_json::Error),
    /// The columns make no schema.
    #[error("features: {0}")]
    Schema(ModelError),
    /// The hyperparameters are not usable.
    #[error(transparent)]
    Learner(#[from] LearnerError),
    /// The data were refused, or the model.
    #[error(transparent)]
    Custom(#[from] CustomError),
}

/// The seed of `chatsignal fit` where none is given.
fn default_seed() -> u64 {
    42
}

impl TrainRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// An unknown field, a missing one or one of the wrong type.
    pub fn from_json(json: &str) -> Result<Self, RequestError> {
        Ok(serde_json::from_str(json)?)
    }

    /// Fits to rows of `x` one after another (missing = NaN) with targets `y`: the bytes of the
    /// model file, and a JSON report.
    ///
    /// # Errors
    /// When the request or the data are refused.
    pub fn run(
        &self,
        x: Vec<f32>,
        y: Vec<f64>,
        progress: &dyn Progress,
    ) -> Result<(Vec<u8>, Value), RequestError> {
        let features = self.features.iter().map(FeatureRequest::meta).collect();
        let data = Dataset { schema: FeatureSchema { features }, x, y, weight: None };
        data.schema.check().map_err(RequestError::Schema)?;
        let learner = Configured::new(self.learner, &Value::from(self.params.clone()).to_string())?;
        let job = Job {
            target: &self.target,
            task: self.task,
            labels: self.positive_label.as_deref().zip(self.negative_label.as_deref()),
            learner: &learner,
            folds: self.folds,
            seed: self.seed,
        };
        // The caller has its own clock.
        let outcome = job.run(&data, progress, &|| 0.0)?;
        let bytes = outcome.artifact.encode();
        let named = data.schema.features.iter().zip(&outcome.importance);
        let chosen_on = (self.task == Task::Binary).then_some(outcome.threshold.chosen_on);
        let report = json!({
            "task": self.task,
            "learner": self.learner,
            "params": learner.params(),
            "seed": self.seed,
            "rows": data.rows(),
            "features": named
                .map(|(f, importance)| json!({ "name": f.name, "importance": importance }))
                .collect::<Vec<_>>(),
            "f1_threshold_from": chosen_on,
            "train": outcome.train,
            "folds": outcome.folds,
            "early_stopping": outcome.early_stopping,
        });
        Ok((bytes, report))
    }
}

impl FeatureRequest {
    fn meta(&self) -> FeatureMeta {
        match self {
            Self::Numeric(name) => FeatureMeta { name: name.clone(), kind: FeatureKind::Numeric },
            Self::Categorical { name, categories } => FeatureMeta {
                name: name.clone(),
                kind: FeatureKind::Categorical { categories: categories.clone() },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use chatsignal_core::artifact::ModelArtifact;

    const REQUEST: &str = r#"{
        "features": ["x", {"name": "c", "categories": ["a", "b"]}],
        "target": "y", "task": "binary", "learner": "gbm", "params": {"n_estimators": 5}
    }"#;

    fn run(json: &str, x: Vec<f32>, y: Vec<f64>) -> Result<(Vec<u8>, Value), RequestError> {
        TrainRequest::from_json(json)?.run(x, y, &Silent)
    }

    #[test]
    fn a_request_gives_a_model_file_and_a_report() {
        let x: Vec<f32> = (0..100).flat_map(|i| [i as f32, (i % 2) as f32]).collect();
        let y: Vec<f64> = (0..100).map(|i| f64::from(u8::from(i > 40))).collect();
        let (bytes, report) = run(REQUEST, x, y).unwrap();
        let artifact = ModelArtifact::decode(&bytes).unwrap();
        assert_eq!(artifact.schema.len(), 2);
        assert_eq!(report["train"]["auc"], 1.0);
        assert_eq!(report["seed"], 42);
        assert!(report["features"][0]["importance"].as_f64() > Some(0.0));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let two = || (vec![1.0, 0.0, 2.0, 1.0], vec![0.0, 1.0]);
        for (from, to, expected) in [
            ("\"task\"", "\"tusk\"", "tusk"),
            ("gbm", "gbn", "gbn"),
            ("n_estimators", "n_trees", "n_trees"),
            ("\"name\": \"c\"", "\"name\": \"x\"", "features:"),
            ("[\"a\", \"b\"]", "[\"a\"]", "row 1, feature `c`"),
        ] {
            let (x, y) = two();
            let error = run(&REQUEST.replace(from, to), x, y).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = run(REQUEST, vec![1.0], vec![0.0, 1.0]).unwrap_err().to_string();
        assert!(error.contains("expected 4 values, found 1"), "{error}");
    }
}
