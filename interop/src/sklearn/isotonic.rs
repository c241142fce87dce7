//! An isotonic regression: its curve over one input.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::artifact::Outputs;
use chatsignal_core::model::{Accumulation, LogisticModel, Model, Postprocessor, StandardScaler};
use serde::Deserialize;

use super::calibration::isotonic;
use super::{fault, schema};
use crate::checked::checked;
use crate::column::Column;
use crate::{Format, ImportError, Imported};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "format")]
    _format: serde::de::IgnoredAny,
    #[serde(rename = "model")]
    _model: Option<serde::de::IgnoredAny>,
    sklearn: Option<String>,
    x: Column<f64>,
    y: Column<f64>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    // The input as it is; the curve is the calibration of it.
    let input = LogisticModel {
        scaler: StandardScaler { mean: vec![0.0], scale: vec![1.0] },
        coefficients: vec![1.0],
        categorical: Vec::new(),
        intercept: 0.0,
        accumulation: Accumulation::F64,
    };
    checked(Imported {
        format: Format::Sklearn,
        version: document.sklearn,
        objective: None,
        schema: schema(None, 1)?,
        named: false,
        model: Model::Logistic(input),
        outputs: Outputs::default(),
        postprocessor: Postprocessor::Identity,
        calibration: isotonic(document.x, document.y)?,
        notes: Vec::new(),
    })
}
