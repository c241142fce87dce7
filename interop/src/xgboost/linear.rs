//! `gblinear`: a linear margin.

use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::model::{Accumulation, LogisticModel, Model, StandardScaler};

use crate::ImportError;

/// The models of all outputs. `weights` are those of feature 0 for each output, then of feature 1,
/// ..., at the end the intercepts. XGBoost takes the base score of output 0 for every output.
pub(super) fn models(
    weights: &[f32],
    features: usize,
    outputs: usize,
    base: f32,
) -> Result<Vec<Model>, ImportError> {
    if weights.len() != (features + 1) * outputs {
        let rule = "must hold one number of each feature and the intercept, for each output";
        return Err(ImportError::malformed("gradient_booster.model.weights", rule));
    }
    let weight = |feature: usize, output: usize| weights[feature * outputs + output];
    let of_output = |output: usize| LogisticModel {
        scaler: StandardScaler { mean: vec![0.0; features], scale: vec![1.0; features] },
        coefficients: (0..features).map(|feature| weight(feature, output).into()).collect(),
        categorical: Vec::new(),
        intercept: f64::from(weight(features, output) + base),
        accumulation: Accumulation::F32,
    };
    Ok((0..outputs).map(|output| Model::Logistic(of_output(output))).collect())
}
