//! Which learner fits which kind of model, and with what parameters.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::FeatureContext;
use chatsignal_core::model::Postprocessor;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::gate::GateVerdict;
use crate::learner::{Fit, Fitted, ForestParams, GbdtParams, GbmParams, LogisticParams, Valid};
use crate::progress::{Part, Progress};
use crate::snapshot::Snapshot;

use super::PipelineError;

/// A learner with checked parameters.
#[derive(Clone, Debug)]
pub(super) enum Learner {
    Gbm(Valid<GbmParams>),
    Forest(Valid<ForestParams>),
    Logistic(Valid<LogisticParams>),
    Gbdt(Valid<GbdtParams>),
}

impl Learner {
    /// The learner of a kind: the default one, with `params` on top. The parameter `learner`
    /// chooses another (`gbm`, `forest`, `logistic`, `gbdt`).
    pub(super) fn new(
        kind: ModelKind,
        verdict: GateVerdict,
        params: &Map<String, Value>,
    ) -> Result<Self, PipelineError> {
        let mut params = params.clone();
        let usual = match kind {
            ModelKind::Lead => "gbm",
            ModelKind::Churn => "forest",
            ModelKind::Engagement | ModelKind::Custom => "logistic",
        };
        let name = match params.remove("learner") {
            None => usual.to_owned(),
            Some(Value::String(name)) => name,
            Some(other) => return Err(PipelineError::Params(format!("learner: {other}"))),
        };
        let mut all = defaults(&name, verdict);
        all.extend(params);
        Ok(match name.as_str() {
            "gbm" => Self::Gbm(read::<GbmParams>(all)?.check()?),
            "forest" => Self::Forest(read::<ForestParams>(all)?.check()?),
            "logistic" if kind != ModelKind::Lead => {
                Self::Logistic(read::<LogisticParams>(all)?.check()?)
            }
            "gbdt" => Self::Gbdt(read::<GbdtParams>(all)?.check()?),
            _ => {
                let known = "gbm, forest, gbdt, and logistic except for leads";
                return Err(PipelineError::Params(format!("learner {name}: choose {known}")));
            }
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Gbm(_) => "gradient boosting",
            Self::Forest(_) => "random forest",
            Self::Logistic(_) => "logistic regression",
            Self::Gbdt(_) => "gradient boosting (gbdt)",
        }
    }

    pub(super) fn params(&self) -> Value {
        let value = match self {
            Self::Gbm(params) => serde_json::to_value(params.get()),
            Self::Forest(params) => serde_json::to_value(params.get()),
            Self::Logistic(params) => serde_json::to_value(params.get()),
            Self::Gbdt(params) => serde_json::to_value(params.get()),
        };
        value.unwrap_or_default()
    }

    /// Fits to rows whose targets are 0 to 100 (leads) or 0 and 1, as a part of the run that
    /// `progress` hears of.
    pub(super) fn fit(
        &self,
        kind: ModelKind,
        data: &Dataset,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Fitted, FitError> {
        let task = if kind == ModelKind::Lead { Task::Regression } else { Task::Binary };
        let part = Part(progress);
        let how = Fit::new(task, seed).progress(&part);
        let mut fitted = match self {
            Self::Gbm(params) => params.fit(data, &how),
            Self::Forest(params) => params.fit(data, &how),
            Self::Logistic(params) => params.fit(data, &how),
            Self::Gbdt(params) => params.fit(data, &how),
        }?;
        if kind == ModelKind::Lead {
            fitted.postprocessor = Postprocessor::ClipHundred;
        }
        Ok(fitted)
    }
}

/// Checks learner parameters for one kind of model, before any data are read.
///
/// # Errors
/// Names the parameter that is unknown, unreadable or out of its range.
pub fn check_params(kind: ModelKind, params: &Map<String, Value>) -> Result<(), PipelineError> {
    Learner::new(kind, GateVerdict::Ready, params).map(|_| ())
}

/// Parameters that suit a few thousand rows of a chat log; stronger regularisation on little data.
fn defaults(learner: &str, verdict: GateVerdict) -> Map<String, Value> {
    let ready = verdict == GateVerdict::Ready;
    let value = match (learner, ready) {
        ("gbm", true) => json!({
            "n_estimators": 150, "learning_rate": 0.06, "max_depth": 5, "min_samples_leaf": 20,
            "lambda": 2.0, "subsample": 0.8, "colsample": 0.8
        }),
        ("gbm", false) => json!({
            "n_estimators": 60, "learning_rate": 0.06, "max_depth": 3, "min_samples_leaf": 10,
            "lambda": 10.0, "subsample": 0.8, "colsample": 0.8
        }),
        ("forest", true) => json!({
            "n_estimators": 150, "max_depth": 14, "min_samples_leaf": 10, "max_bins": 128
        }),
        ("forest", false) => json!({
            "n_estimators": 150, "max_depth": 6, "min_samples_leaf": 15, "max_bins": 128
        }),
        ("logistic", true) => json!({ "C": 1.0 }),
        ("logistic", false) => json!({ "C": 0.1 }),
        _ => json!({}),
    };
    value.as_object().cloned().unwrap_or_default()
}

fn read<P: DeserializeOwned>(params: Map<String, Value>) -> Result<P, PipelineError> {
    serde_json::from_value(Value::Object(params)).map_err(|e| PipelineError::Params(e.to_string()))
}

/// The table of some rows in a context.
pub(super) fn dataset(kind: ModelKind, rows: &[&Snapshot], context: &FeatureContext) -> Dataset {
    let schema = chatsignal_core::feature::schema(kind);
    let mut x = Vec::with_capacity(rows.len() * schema.len());
    rows.iter().for_each(|row| row.raw.vector_into(context, &mut x));
    Dataset { schema, x, y: rows.iter().map(|row| row.target).collect(), weight: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learner(kind: ModelKind, params: Value) -> Result<Learner, PipelineError> {
        let params = params.as_object().cloned().unwrap_or_default();
        Learner::new(kind, GateVerdict::Ready, &params)
    }

    #[test]
    fn every_kind_has_its_learner_and_takes_parameters() {
        for (kind, name) in [
            (ModelKind::Lead, "gradient boosting"),
            (ModelKind::Churn, "random forest"),
            (ModelKind::Engagement, "logistic regression"),
        ] {
            assert!(learner(kind, json!({})).is_ok_and(|l| l.name() == name));
        }
        let chosen = learner(ModelKind::Churn, json!({"learner": "gbm", "max_depth": 3}));
        assert!(chosen.is_ok_and(|l| l.params()["max_depth"] == 3));
    }

    #[test]
    fn unknown_parameters_and_learners_are_named() {
        for (kind, params, word) in [
            (ModelKind::Lead, json!({"n_trees": 5}), "n_trees"),
            (ModelKind::Lead, json!({"learner": "logistic"}), "logistic"),
            (ModelKind::Churn, json!({"learner": 3}), "learner"),
            (ModelKind::Churn, json!({"n_estimators": 0}), "n_estimators"),
        ] {
            let error = learner(kind, params).map_or_else(|e| e.to_string(), |_| String::new());
            assert!(error.contains(word), "{error}");
        }
    }
}
