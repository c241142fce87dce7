//! What weighs in a model as a whole: from the evaluation that training wrote into the model.

use std::collections::BTreeMap;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::importance::{FeatureImportance, Importance, ImportanceMethod};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use chatsignal_core::time::TimestampMs;
use serde::Deserialize;

use crate::registry::Served;
use crate::scoring;
use crate::service::error::ApiError;

/// The part of an evaluation that is read here.
#[derive(Deserialize)]
struct Evaluation {
    importance: Vec<Weight>,
}

#[derive(Deserialize)]
struct Weight {
    feature: String,
    mean_abs_shap: f64,
}

/// Importance of every feature of the catalogue, heaviest first; shares add up to 1 where any
/// feature weighs.
pub(crate) fn importance(
    kind: ModelKind,
    served: &Served,
    method: ImportanceMethod,
) -> Result<Importance, ApiError> {
    if method != ImportanceMethod::MeanAbsShap {
        return Err(ApiError::new(ErrorCode::InvalidParameter)
            .detail("models keep the method mean_abs_shap only"));
    }
    let evaluation: Evaluation =
        serde_json::from_str(&served.artifact.metadata_json).map_err(|_| {
            ApiError::new(ErrorCode::ModelUnavailable)
                .detail("the model in use was published without an evaluation")
        })?;
    let weight = |name: &str| {
        let found = evaluation.importance.iter().find(|weight| weight.feature == name);
        found.map_or(0.0, |weight| weight.mean_abs_shap.max(0.0))
    };
    let mut weights: Vec<_> =
        catalogue(kind).iter().map(|spec| (spec, weight(spec.name))).collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut by_category = BTreeMap::new();
    let features = weights
        .into_iter()
        .zip(1..)
        .map(|((spec, weight), rank)| {
            let share = if total > 0.0 { weight / total } else { 0.0 };
            let category = spec.category.as_str().to_owned();
            *by_category.entry(category.clone()).or_insert(0.0) += share;
            // One way or the other is a matter of each row in a tree model.
            FeatureImportance {
                feature: spec.name.to_owned(),
                category,
                importance: share,
                rank,
                direction: None,
            }
        })
        .collect();
    let model = scoring::origin(served, TimestampMs(0)).model;
    Ok(Importance { model, method, features, by_category })
}
