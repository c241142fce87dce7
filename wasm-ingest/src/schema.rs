//! What the features of a model are.

use chatsignal_api::features::FeatureSchema;
use chatsignal_core::artifact::ModelKind;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;
use crate::read::json;

/// The features of `lead`, `churn` or `engagement`: the answer of
/// `GET /api/v1/features/{model}/schema`.
///
/// # Errors
/// Throws when there is no such kind.
#[wasm_bindgen(js_name = featureSchema)]
pub fn feature_schema(kind: &str) -> Result<String, JsError> {
    let found = ModelKind::TRAINED.into_iter().find(|known| known.as_str() == kind);
    let unknown = || Fault::field("the kinds are lead, churn and engagement");
    Ok(json(&FeatureSchema::of(found.ok_or_else(unknown)?))?)
}
