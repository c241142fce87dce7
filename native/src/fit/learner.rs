//! The learners by name, and their hyperparameters from JSON.

use chatsignal_train::dataset::Dataset;
use chatsignal_train::error::FitError;
use chatsignal_train::learner::{
    Fit, Fitted, ForestParams, GbdtParams, GbmParams, LogisticParams, Valid,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Who learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Learner {
    /// Gradient boosting (our own, second order, native missing values and categories).
    Gbm,
    /// Gradient boosting by the crate `gbdt`.
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
#[derive(Debug, thiserror::Error)]
pub enum LearnerError {
    /// Not JSON, an unknown name, or a value of the wrong type.
    #[error("--params of {learner}: {reason}")]
    Json {
        /// The learner.
        learner: &'static str,
        /// Why; for an unknown name, with the names that there are.
        reason: String,
    },
    /// A value out of range.
    #[error("--params of {learner}: {error}")]
    Range {
        /// The learner.
        learner: &'static str,
        /// Which and why.
        error: FitError,
    },
}

/// A learner with its checked hyperparameters.
#[derive(Clone, Debug)]
pub(super) enum Configured {
    Gbm(Valid<GbmParams>),
    Gbdt(Valid<GbdtParams>),
    Forest(Valid<ForestParams>),
    Logistic(Valid<LogisticParams>),
}

impl Configured {
    /// Reads and checks hyperparameters; what the JSON object does not name has its default.
    pub(super) fn new(learner: Learner, params: &str) -> Result<Self, LearnerError> {
        let name = learner.as_str();
        let range = |error| LearnerError::Range { learner: name, error };
        Ok(match learner {
            Learner::Gbm => Self::Gbm(parse::<GbmParams>(name, params)?.check().map_err(range)?),
            Learner::Gbdt => Self::Gbdt(parse::<GbdtParams>(name, params)?.check().map_err(range)?),
            Learner::Forest => {
                Self::Forest(parse::<ForestParams>(name, params)?.check().map_err(range)?)
            }
            Learner::Logistic => {
                Self::Logistic(parse::<LogisticParams>(name, params)?.check().map_err(range)?)
            }
        })
    }

    /// Fits.
    pub(super) fn fit(&self, data: &Dataset, fit: &Fit<'_>) -> Result<Fitted, FitError> {
        match self {
            Self::Gbm(params) => params.fit(data, fit),
            Self::Gbdt(params) => params.fit(data, fit),
            Self::Forest(params) => params.fit(data, fit),
            Self::Logistic(params) => params.fit(data, fit),
        }
    }

    /// Whether rows must be held out for early stopping.
    pub(super) fn stops_early(&self) -> bool {
        matches!(self, Self::Gbm(params) if params.get().early_stopping_rounds.is_some())
    }

    /// All hyperparameters, defaults included.
    pub(super) fn params(&self) -> Value {
        let json = match self {
            Self::Gbm(params) => serde_json::to_value(params.get()),
            Self::Gbdt(params) => serde_json::to_value(params.get()),
            Self::Forest(params) => serde_json::to_value(params.get()),
            Self::Logistic(params) => serde_json::to_value(params.get()),
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
        assert!(error.contains("--params of forest"), "{error}");
        let error = Configured::new(Learner::Logistic, r#"{"C": -1}"#).unwrap_err().to_string();
        assert!(error.contains('C') && error.contains("1e9"), "{error}");
    }
}
