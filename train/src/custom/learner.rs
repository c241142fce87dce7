//! The learners by name, and their hyperparameters from JSON.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::dataset::Dataset;
use crate::error::FitError;
use crate::learner::{Fit, Fitted, ForestParams, GbdtParams, GbmParams, LogisticParams, Valid};

/// Who learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learner {
    /// Gradient boosting (our own, second order, native missing values and categories).
    Gbm,
    /// Gradient boosting by the crate `gbdt` (cargo feature `gbdt`).
    Gbdt,
    /// Random forest.
    Forest,
    /// Logistic regression (binary targets).
    Logistic,
}

impl Learner {
    /// Name on the command line and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gbm => "gbm",
            Self::Gbdt => "gbdt",
            Self::Forest => "forest",
            Self::Logistic => "logistic",
        }
    }
}

/// Why hyperparameters were refused.
#[derive(Debug, Error)]
pub enum LearnerError {
    /// Not JSON, an unknown name, or a value of the wrong type.
    #[error("params of {learner}: {reason}")]
    Json {
        /// The learner.
        learner: &'static str,
        /// Why; for an unknown name, with the names that there are.
        reason: String,
    },
    /// A value out of range.
    #[error("params of {learner}: {error}")]
    Range {
        /// The learner.
        learner: &'static str,
        /// Which and why.
        error: FitError,
    },
}

/// A learner with its checked hyperparameters.
#[derive(Clone, Debug)]
pub struct Configured(Checked);

#[derive(Clone, Debug)]
enum Checked {
    Gbm(Valid<GbmParams>),
    Gbdt(Valid<GbdtParams>),
    Forest(Valid<ForestParams>),
    Logistic(Valid<LogisticParams>),
}

impl Configured {
    /// Reads and checks hyperparameters; what the JSON object does not name has its default.
    ///
    /// # Errors
    /// What is not JSON, not known or out of range.
    pub fn new(learner: Learner, params: &str) -> Result<Self, LearnerError> {
        let name = learner.as_str();
        let range = |error| LearnerError::Range { learner: name, error };
        Ok(Self(match learner {
            Learner::Gbm => Checked::Gbm(parse::<GbmParams>(name, params)?.check().map_err(range)?),
            Learner::Gbdt => {
                Checked::Gbdt(parse::<GbdtParams>(name, params)?.check().map_err(range)?)
            }
            Learner::Forest => {
                Checked::Forest(parse::<ForestParams>(name, params)?.check().map_err(range)?)
            }
            Learner::Logistic => {
                Checked::Logistic(parse::<LogisticParams>(name, params)?.check().map_err(range)?)
            }
        }))
    }

    /// Who learns.
    #[must_use]
    pub fn learner(&self) -> Learner {
        match self.0 {
            Checked::Gbm(_) => Learner::Gbm,
            Checked::Gbdt(_) => Learner::Gbdt,
            Checked::Forest(_) => Learner::Forest,
            Checked::Logistic(_) => Learner::Logistic,
        }
    }

    /// Fits.
    pub(super) fn fit(&self, data: &Dataset, fit: &Fit<'_>) -> Result<Fitted, FitError> {
        match &self.0 {
            Checked::Gbm(params) => params.fit(data, fit),
            Checked::Gbdt(params) => params.fit(data, fit),
            Checked::Forest(params) => params.fit(data, fit),
            Checked::Logistic(params) => params.fit(data, fit),
        }
    }

    /// Whether rows must be held out for early stopping.
    pub(super) fn stops_early(&self) -> bool {
        matches!(&self.0, Checked::Gbm(params) if params.get().early_stopping_rounds.is_some())
    }

    /// All hyperparameters, defaults included.
    #[must_use]
    pub fn params(&self) -> Value {
        let json = match &self.0 {
            Checked::Gbm(params) => serde_json::to_value(params.get()),
            Checked::Gbdt(params) => serde_json::to_value(params.get()),
            Checked::Forest(params) => serde_json::to_value(params.get()),
            Checked::Logistic(params) => serde_json::to_value(params.get()),
        };
        json.unwrap_or(Value::Null)
    }
}

fn parse<P: DeserializeOwned>(learner: &'static str, params: &str) -> Result<P, LearnerError> {
    serde_json::from_str(params)
        .map_err(|error| LearnerError::Json { learner, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_list_the_known_ones() {
        let error = Configured::new(Learner::Gbm, r#"{"n_trees": 5}"#).unwrap_err().to_string();
        assert!(error.contains("n_trees") && error.contains("n_estimators"), "{error}");
        let error = Configured::new(Learner::Forest, "[").unwrap_err().to_string();
        assert!(error.contains("params of forest"), "{error}");
        let error = Configured::new(Learner::Logistic, r#"{"C": -1}"#).unwrap_err().to_string();
        assert!(error.contains('C') && error.contains("1e9"), "{error}");
    }
}
