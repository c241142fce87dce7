//! `LinearClassifier`, `LinearRegressor` and a `Scaler` before them.

use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::{Accumulation, LogisticModel, StandardScaler};

use super::graph::Node;
use crate::ImportError;
use crate::arrange::Budget;

/// One model per output.
pub(super) fn read(
    node: &Node<'_>,
    scaler: Option<&Node<'_>>,
    outputs: usize,
    bytes: usize,
) -> Result<Vec<LogisticModel>, ImportError> {
    let count = node.floats("coefficients")?.count();
    let n_features = count / outputs;
    if count % outputs != 0 || !(1..=limits::FEATURES_MAX).contains(&n_features) {
        return Err(node.fault("coefficients", "must be 1 to 4096 for each output"));
    }
    if !Budget::beside(bytes, 0).takes_bytes(24 * count) {
        return Err(node.fault("coefficients", "too many for a file of this size"));
    }
    let mut intercepts = node.floats("intercepts")?;
    if !matches!(intercepts.clone().count(), n if n == 0 || n == outputs) {
        return Err(node.fault("intercepts", "must be one for each output"));
    }
    let scaler = match scaler {
        None => StandardScaler { mean: vec![0.0; n_features], scale: vec![1.0; n_features] },
        Some(scaler) => self::scaler(scaler, n_features)?,
    };
    let mut coefficients = node.floats("coefficients")?;
    let mut models = Vec::with_capacity(outputs);
    for _ in 0..outputs {
        let own = coefficients.by_ref().take(n_features);
        let own: Result<Vec<f64>, _> = own.map(|value| value.map(f64::from)).collect();
        models.push(LogisticModel {
            scaler: scaler.clone(),
            coefficients: own?,
            categorical: Vec::new(),
            intercept: intercepts.next().transpose()?.map_or(0.0, f64::from),
            accumulation: Accumulation::F64,
        });
    }
    Ok(models)
}

/// `(x - offset) * scale`.
fn scaler(node: &Node<'_>, n_features: usize) -> Result<StandardScaler, ImportError> {
    node.only(&["offset", "scale"])?;
    let list = |name| {
        let values = node.floats(name)?;
        let count = values.clone().count();
        if count != 1 && count != n_features {
            return Err(node.fault(name, "must be one for each feature, or one for all"));
        }
        let values: Result<Vec<f64>, _> = values.map(|value| value.map(f64::from)).collect();
        // A single number is for all features.
        values.map(|values| if count == 1 { vec![values[0]; n_features] } else { values })
    };
    let (mean, mut scale) = (list("offset")?, list("scale")?);
    scale.iter_mut().for_each(|scale| *scale = 1.0 / *scale);
    Ok(StandardScaler { mean, scale })
}
