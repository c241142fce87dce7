//! From what was asked for to the settings of the pipeline. What the pipeline cannot do is refused.

use chatsignal_api::error::ErrorCode;
use chatsignal_api::job::{DataWindow, PromoteWhen, TrainRequest, ValidationRequest};
use chatsignal_train::error::FitError;
use chatsignal_train::pipeline::{self, PipelineConfig, PipelineError, PromotionMode};
use serde_json::{Map, Value};

use crate::service::error::ApiError;
use crate::store::settings::Settings;
use crate::training;

/// What is asked for, with the learner's parameters as they came.
pub(crate) type Request = TrainRequest<Map<String, Value>>;

/// Longest parameters of a learner as JSON, bytes.
const PARAMS_BYTES_MAX: usize = 8 << 10;

/// Refuses what no job could do.
pub(crate) fn check(request: &Request) -> Result<(), ApiError> {
    let wrong =
        |pointer: &str, rule: &str| Err(ApiError::new(ErrorCode::InvalidField).at(pointer, rule));
    if let Some(DataWindow { from: Some(from), to: Some(to) }) = request.data
        && from >= to
    {
        return wrong("/data/to", "must be later than from");
    }
    let ValidationRequest { folds, embargo_days, .. } = request.validation.unwrap_or_default();
    if folds.is_some_and(|folds| !(1..=5).contains(&folds)) {
        return wrong("/validation/folds", "must be from 1 to 5");
    }
    if embargo_days.is_some_and(|days| days > 730) {
        return wrong("/validation/embargo_days", "must be from 0 to 730");
    }
    let Some(params) = &request.params else { return Ok(()) };
    if serde_json::to_vec(params).map_err(ApiError::internal)?.len() > PARAMS_BYTES_MAX {
        return wrong("/params", "must have at most 8192 bytes");
    }
    match pipeline::check_params(request.model.kind(), params) {
        Ok(()) => Ok(()),
        Err(PipelineError::Params(rule)) => wrong("/params", &rule),
        Err(PipelineError::Fit(error)) => {
            let pointer = match &error {
                FitError::Parameter { name, .. } | FitError::ParameterFeature { name, .. } => {
                    format!("/params/{name}")
                }
                _ => "/params".to_owned(),
            };
            wrong(&pointer, &error.to_string())
        }
        Err(error) => wrong("/params", &error.to_string()),
    }
}

/// The settings of the pipeline.
pub(super) fn config(request: &Request, settings: &Settings) -> PipelineConfig {
    let usual = PipelineConfig::default();
    let ValidationRequest { folds, embargo_days, .. } = request.validation.unwrap_or_default();
    PipelineConfig {
        seed: request.seed.unwrap_or(usual.seed),
        folds_max: folds.and_then(|folds| folds.try_into().ok()).unwrap_or(usual.folds_max),
        embargo_days,
        params: request.params.clone().unwrap_or_default(),
        promotion: match request.promote {
            PromoteWhen::IfBetter => PromotionMode::IfBetter,
            PromoteWhen::AfterShadow => PromotionMode::AfterShadow,
            PromoteWhen::Never => PromotionMode::Never,
        },
        tenant: training::tenant_facts(settings),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(request: Value) -> String {
        let request: Request = serde_json::from_value(request).expect("readable");
        let pointer = check(&request)
            .err()
            .and_then(|error| error.problem.errors.first().map(|field| field.pointer.clone()));
        pointer.unwrap_or_default()
    }

    #[test]
    fn what_the_pipeline_cannot_do_is_refused_by_name() {
        assert_eq!(refused(json!({ "model": "lead" })), "");
        assert_eq!(refused(json!({ "model": "lead", "params": { "max_depth": 4 } })), "");
        let window = json!({ "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z" });
        for (field, value, pointer) in [
            ("data", window, "/data/to"),
            ("validation", json!({ "folds": 0 }), "/validation/folds"),
            ("validation", json!({ "folds": 6 }), "/validation/folds"),
            ("validation", json!({ "embargo_days": 731 }), "/validation/embargo_days"),
            ("params", json!({ "n_trees": 5 }), "/params"),
            ("params", json!({ "n_estimators": 0 }), "/params/n_estimators"),
            ("params", json!({ "learner": "logistic" }), "/params"),
            ("params", json!({ "learner": "x".repeat(9_000) }), "/params"),
        ] {
            assert_eq!(refused(json!({ "model": "lead", field: value })), pointer, "{field}");
        }
        for request in [
            json!({ "model": "lead", "validation": { "scheme": "random" } }),
            json!({ "model": "lead", "promote": "always" }),
            json!({ "model": "custom" }),
            json!({ "model": "lead", "embargo": 1 }),
        ] {
            assert!(serde_json::from_value::<Request>(request.clone()).is_err(), "{request}");
        }
    }

    #[test]
    fn a_request_survives_the_queue() {
        let request = json!({
            "model": "churn-prediction",
            "data": { "from": "2026-01-01T00:00:00Z" },
            "validation": { "folds": 3, "embargo_days": 90 },
            "params": { "learner": "gbm" },
            "promote": "never",
            "seed": u64::MAX,
        });
        let request: Request = serde_json::from_value(request).expect("readable");
        let kept = serde_json::to_string(&request).expect("writes");
        assert_eq!(serde_json::from_str::<Request>(&kept).expect("reads"), request);
    }
}
