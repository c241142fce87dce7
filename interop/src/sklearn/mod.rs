//! scikit-learn: the JSON that `interop/scripts/sklearn_dump.py` writes. The script's text describes
//! the documents.

mod calibration;
mod forest;
mod isotonic;
mod linear;
mod tree;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema};
use serde::Deserialize;

use crate::name::Names;
use crate::{ImportError, Imported};

/// What says which document it is.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    format: Option<Cow<'a, str>>,
}

pub(crate) fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let kind: Kind<'_> = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    match kind.format.as_deref() {
        Some("sklearn-forest") => forest::read(bytes),
        Some("scaler+logistic") => linear::read(bytes),
        Some("isotonic") => isotonic::read(bytes),
        Some(other) => {
            Err(ImportError::unsupported("format", other.chars().take(40).collect::<String>()))
        }
        None => Err(ImportError::malformed("format", "is missing")),
    }
}

/// A fault that the JSON reader found.
fn fault(error: &serde_json::Error) -> ImportError {
    let at = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    // The place at the end of the text is already in `at`.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    ImportError::malformed(at, reason.to_string())
}

/// A schema of numbers with the given names, else `f0`, `f1`, ...
fn schema(names: Option<Names>, n_features: usize) -> Result<FeatureSchema, ImportError> {
    let names = match names {
        Some(Names(names)) if names.len() == n_features => names,
        Some(_) => return Err(ImportError::malformed("features", "must be one for each feature")),
        None => (0..n_features).map(|j| format!("f{j}")).collect(),
    };
    let features: Vec<FeatureMeta> =
        names.into_iter().map(|name| FeatureMeta { name, kind: FeatureKind::Numeric }).collect();
    Ok(FeatureSchema { features })
}

/// The note on which class a model of two classes speaks of.
fn about_class(classes: &[String]) -> String {
    format!("the prediction is about the second of the classes {:?}", classes)
}
