//! What weighs in a model as a whole: from the evaluation that training wrote into the model.

use std::collections::BTreeMap;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::importance::{FeatureImportance, Importance, ImportanceMethod};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use chatsignal_core::model::Model;
use chatsignal_core::time::TimestampMs;
use serde::Deserialize;

use crate::registry::Served;
use crate::scoring;
use crate::service::error::ApiError;

/// The part of an evaluation that is read here.
#[derive(Deserialize)]
struct Evaluation {
    #[serde(default)]
    importance: Vec<Weight>,
}

#[derive(Deserialize)]
struct Weight {
    feature: String,
    mean_abs_shap: Option<f64>,
    permutation: Option<f64>,
}

impl Weight {
    fn by(&self, method: ImportanceMethod) -> Option<f64> {
        match method {
            ImportanceMethod::MeanAbsShap => self.mean_abs_shap,
            ImportanceMethod::Permutation => self.permutation,
            ImportanceMethod::Gain => None,
        }
    }
}

/// Weights by one method in the order of the catalogue, at least 0; none when the model has them
/// not.
fn weights(kind: ModelKind, served: &Served, method: ImportanceMethod) -> Option<Vec<f64>> {
    if method == ImportanceMethod::Gain {
        return match &served.artifact.model {
            Model::Trees(trees) => Some(trees.gain()),
            Model::Logistic(_) => None,
        };
    }
    let evaluation: Evaluation = serde_json::from_str(&served.artifact.metadata_json).ok()?;
    if !evaluation.importance.iter().any(|weight| weight.by(method).is_some()) {
        return None;
    }
    let weight = |name: &str| {
        let found = evaluation.importance.iter().find(|weight| weight.feature == name);
        // A feature whose shuffling did no harm weighs nothing.
        found.and_then(|weight| weight.by(method)).unwrap_or(0.0).max(0.0)
    };
    Some(catalogue(kind).iter().map(|spec| weight(spec.name)).collect())
}

/// The error of a method that the model has not, with those that it has.
fn lacking(kind: ModelKind, served: &Served) -> ApiError {
    let methods = [
        ("mean_abs_shap", ImportanceMethod::MeanAbsShap),
        ("gain", ImportanceMethod::Gain),
        ("permutation", ImportanceMethod::Permutation),
    ];
    let has = methods.iter().filter(|(_, method)| weights(kind, served, *method).is_some());
    let names: Vec<&str> = has.map(|(name, _)| *name).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    ApiError::new(ErrorCode::ImportanceUnavailable).detail(format!(
        "version {} of the {} model has: {names}",
        served.version,
        kind.as_str()
    ))
}

/// Importance of every feature of the catalogue, heaviest first; shares add up to 1 where any
/// feature weighs.
pub(crate) fn importance(
    kind: ModelKind,
    served: &Served,
    method: ImportanceMethod,
) -> Result<Importance, ApiError> {
    let found = weights(kind, served, method).ok_or_else(|| lacking(kind, served))?;
    let mut weights: Vec<_> = catalogue(kind).iter().zip(found).collect();
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
