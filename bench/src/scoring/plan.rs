//! Who is measured on what.

use std::rc::Rc;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::Loaded;
use super::name;
use super::ours::ours;
use super::side::{LeftOut, Side, Work};
use super::workers::{Place, Workers};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Margins of 20,000 rows in one call.
    Batch,
    /// Margins of one row a call.
    Single,
    /// SHAP contributions.
    Shap,
    /// SHAP interaction values.
    Interactions,
}

/// A side that a worker serves.
struct Remote {
    group: Group,
    name: &'static str,
    place: Place,
    /// Name of the library in the worker.
    library: &'static str,
    /// Start of the names of the models that it reads.
    models: &'static str,
}

const fn remote(
    group: Group,
    name: &'static str,
    place: Place,
    library: &'static str,
    models: &'static str,
) -> Remote {
    Remote { group, name, place, library, models }
}

const REMOTES: &[Remote] = &[
    remote(Group::Batch, name::WASM_MARGINS, Place::Node, "margins", ""),
    remote(Group::Batch, name::WASM_PREDICT, Place::Node, "predict", ""),
    remote(Group::Batch, name::XGBOOST, Place::Python, "xgboost", "xgb"),
    remote(Group::Batch, "LightGBM predict", Place::Python, "lightgbm", "lgb"),
    remote(Group::Batch, "lleaves", Place::OlderPython, "lleaves", "lgb"),
    remote(Group::Batch, "tl2cgen", Place::Python, "tl2cgen", "xgb"),
    remote(Group::Batch, "treelite GTIL", Place::Python, "treelite", "xgb"),
    remote(Group::Batch, name::ONNXRUNTIME, Place::Python, "onnxruntime", ""),
    remote(Group::Single, name::WASM_MARGINS, Place::Node, "margins", ""),
    remote(Group::Single, name::WASM_PREDICT, Place::Node, "predict", ""),
    remote(Group::Single, name::XGBOOST, Place::Python, "xgboost", "xgb"),
    remote(Group::Single, "LightGBM single-row fast (ctypes)", Place::Python, "lightgbm", "lgb"),
    remote(Group::Shap, name::XGBOOST_SHAP, Place::Python, "xgboost", "xgb"),
    remote(Group::Shap, name::LIGHTGBM_SHAP, Place::Python, "lightgbm", "lgb"),
    remote(Group::Shap, "shap TreeExplainer", Place::Python, "shap", ""),
    remote(Group::Shap, "fasttreeshap v1", Place::OlderPython, "fasttreeshap", "lgb"),
    remote(Group::Shap, "fasttreeshap v2", Place::OlderPython, "fasttreeshap_v2", "lgb"),
    remote(Group::Interactions, "XGBoost pred_interactions", Place::Python, "xgboost", "xgb"),
];
impl Group {
    /// Name in requests and in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Single => "single",
            Self::Shap => "shap",
            Self::Interactions => "interactions",
        }
    }

    /// Rows of one call of one side: enough to be timed, few enough for nine rounds.
    pub(super) fn rows(self, library: &str, large: bool) -> usize {
        match (self, library, large) {
            (Self::Batch, ..) => 20_000,
            (Self::Single, "xgboost", _) => 500,
            (Self::Single, "lightgbm" | "predict" | "walk", _) => 2_000,
            (Self::Single, ..) => 20_000,
            (Self::Shap, "explain_rows", false) => 2_000,
            (Self::Shap, "explain_rows", true) => 500,
            (Self::Shap, _, false) => 500,
            (Self::Shap, _, true) => 50,
            (Self::Interactions, "interactions", false) => 200,
            (Self::Interactions, "interactions", true) => 20,
            (Self::Interactions, _, false) => 20,
            (Self::Interactions, _, true) => 2,
        }
    }
}

/// The sides of one comparison, ours first, and the names of those that cannot take part with the
/// reasons.
///
/// # Errors
/// The pool of threads does not start.
pub fn sides<'a>(
    group: Group,
    model: &'a Loaded,
    rows: &'a [f32],
    threads: usize,
    workers: &Workers,
) -> Result<(Vec<Side<'a>>, LeftOut)> {
    let mut sides = ours(group, model, rows, threads)?;
    let mut left_out = LeftOut::new();
    for remote in REMOTES {
        let node = remote.place == Place::Node;
        if remote.group != group || !model.name.starts_with(remote.models) || node && threads > 1 {
            continue;
        }
        match workers.at(remote.place) {
            Err(reason) => left_out.push((remote.name.to_owned(), reason.clone())),
            Ok(worker) => {
                let count = group.rows(remote.library, model.large);
                let request = json!({
                    "library": remote.library, "task": group.name(), "model": model.name,
                    "rows": count, "threads": threads,
                });
                sides.push(Side {
                    name: remote.name.to_owned(),
                    rows: count,
                    probability: remote.name == name::ONNXRUNTIME,
                    work: Work::There(Rc::clone(worker), request),
                });
            }
        }
    }
    Ok((sides, left_out))
}
