//! Feature values that a caller sends: known names, values in their ranges.

use chatsignal_api::error::ErrorCode;
use chatsignal_api::prediction::Features;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{FeatureSpec, FeatureVector, catalogue};

use super::Scene;
use crate::service::error::ApiError;

/// The values in the order of the catalogue; those left out are missing.
pub(super) fn vector<const N: usize>(
    kind: ModelKind,
    features: &Features,
    scene: &Scene<'_>,
) -> Result<FeatureVector<N>, ApiError> {
    let specs = catalogue(kind);
    let mut values = [f32::NAN; N];
    let mut known = 0;
    let mut out_of_range = Vec::new();
    // Names mostly come in the order of the catalogue: the next one is tried first.
    let mut next = 0;
    for (name, given) in features.iter() {
        let at = match specs.get(next) {
            Some(spec) if spec.name == name => next,
            _ => match specs.iter().position(|spec| spec.name == name) {
                Some(at) => at,
                None => continue,
            },
        };
        next = at + 1;
        known += 1;
        let (Some(value), Some(slot)) = (given, values.get_mut(at)) else { continue };
        let spec = &specs[at];
        match value_of(spec, value) {
            Some(value) => *slot = value,
            None => out_of_range.push((spec, value)),
        }
    }
    if known == features.len() && out_of_range.is_empty() {
        return Ok(FeatureVector { values, clipped: 0, foreign_currency: false });
    }
    let place = |name: &str| {
        scene.pointer(&format!("features/{}", name.replace('~', "~0").replace('/', "~1")))
    };
    let unknown = features.keys().filter(|name| !specs.iter().any(|spec| spec.name == *name));
    let unknown: Vec<&str> = unknown.collect();
    let code =
        if unknown.is_empty() { ErrorCode::FeatureOutOfRange } else { ErrorCode::UnknownFeature };
    let mut error = ApiError::new(code);
    for name in unknown {
        let detail = format!("no feature of {} has this name", kind.as_str());
        error = error.at(place(name), detail);
    }
    for (spec, value) in out_of_range {
        let detail = format!("{value:?} is not in [{}, {}]", spec.range.0, spec.range.1);
        error = error.at(place(spec.name), detail);
    }
    Err(error)
}

/// A value as the model reads it, when it is in the range of its feature.
pub(super) fn value_of(spec: &FeatureSpec, value: f64) -> Option<f32> {
    let range = f64::from(spec.range.0)..=f64::from(spec.range.1);
    // The addition turns -0.0 into 0.0, as in computed features.
    range.contains(&value).then_some((value + 0.0) as f32)
}
