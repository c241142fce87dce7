//! Logistic regression, with or without a standard scaler before it.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::artifact::Outputs;
use chatsignal_core::limits;
use chatsignal_core::model::{
    Accumulation, Calibration, LogisticModel, Model, Postprocessor, StandardScaler,
};
use serde::Deserialize;

use super::{about_class, calibration, fault, schema};
use crate::arrange::Budget;
use crate::checked::checked;
use crate::column::{Column, Table, one_or_more};
use crate::name::Names;
use crate::{Format, ImportError, Imported};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "format")]
    _format: serde::de::IgnoredAny,
    #[serde(rename = "model")]
    _model: Option<serde::de::IgnoredAny>,
    #[serde(rename = "C")]
    _penalty: Option<serde::de::IgnoredAny>,
    sklearn: Option<String>,
    features: Option<Names>,
    classes: Names,
    mean: Option<Column<f64>>,
    scale: Option<Column<f64>>,
    coef: Table,
    #[serde(deserialize_with = "one_or_more")]
    intercept: Column<f64>,
    calibration: Option<calibration::Document>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    let malformed = |at: &'static str, reason| Err(ImportError::malformed(at, reason));
    let intercepts = document.intercept;
    let outputs = intercepts.len();
    let n_features = match outputs {
        0 => return malformed("intercept", "must not be empty"),
        // A list of numbers, or one row of them.
        1 => document.coef.rows() * document.coef.width,
        _ => document.coef.width,
    };
    if outputs > 1 && document.coef.rows() != outputs {
        return malformed("coef", "must have one row for each intercept");
    }
    if !(1..=limits::FEATURES_MAX).contains(&n_features) {
        return malformed("coef", "must hold 1 to 4096 numbers for each class");
    }
    let classes = document.classes.0;
    match (classes.len(), outputs) {
        (2, 1) => {}
        (n, k) if n > 2 && n == k => {}
        _ => return malformed("classes", "must be two, or one for each intercept"),
    }
    let full = |column: Option<Column<f64>>, default, at| match column {
        Some(column) if column.len() == n_features => Ok(column.into_iter().collect()),
        Some(_) => Err(ImportError::malformed(at, "must be one for each feature")),
        None => Ok(vec![default; n_features]),
    };
    let mean: Vec<f64> = full(document.mean, 0.0, "mean")?;
    let scale: Vec<f64> = full(document.scale, 1.0, "scale")?;
    if !Budget::of(bytes.len()).takes_bytes(24 * n_features * outputs) {
        return malformed("coef", "too many classes for a file of this size");
    }
    let mut models = intercepts.iter().enumerate().map(|(k, &intercept)| {
        Model::Logistic(LogisticModel {
            scaler: StandardScaler { mean: mean.clone(), scale: scale.clone() },
            coefficients: (0..n_features)
                .map(|j| document.coef.number(k * n_features + j))
                .collect(),
            categorical: Vec::new(),
            intercept,
            accumulation: Accumulation::F64,
        })
    });
    let model = models.next().ok_or_else(|| ImportError::malformed("intercept", "is empty"))?;
    let further: Vec<Model> = models.collect();
    let single = further.is_empty();
    let calibration = document.calibration.map_or(Ok(Calibration::None), |doc| doc.read())?;
    checked(Imported {
        format: Format::Sklearn,
        version: document.sklearn,
        objective: None,
        named: document.features.is_some(),
        schema: schema(document.features, n_features)?,
        model,
        postprocessor: if single { Postprocessor::Sigmoid } else { Postprocessor::Softmax },
        calibration,
        notes: if single { vec![about_class(&classes)] } else { Vec::new() },
        outputs: Outputs { names: if single { Vec::new() } else { classes }, further },
    })
}
