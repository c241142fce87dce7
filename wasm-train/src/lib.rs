//! Training in browsers and Node: conversion between JavaScript and chatsignal-train, no rules.
//!
//! A module of its own, so that a page that only scores does not load it. It trains on one thread
//! and blocks: call it in a worker. Equal data, parameters and seed give the bytes that
//! `chatsignal fit` gives. After a trap (out of memory) the instance is finished: make a new one.
#![forbid(unsafe_code)]

mod log;
mod simulate;

use chatsignal_train::custom::TrainRequest;
use chatsignal_train::progress::Silent;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

pub use log::{LogTraining, StepListener, train_on_log};
pub use simulate::SimulatedBusiness;

/// A trained model. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trained {
    bytes: Vec<u8>,
    report: String,
}

#[wasm_bindgen]
impl Trained {
    /// The model file (`.csm`), for a `Scorer` or to be saved.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Figures of the training: a JSON document with the keys of `chatsignal fit --format json`
    /// that do not concern files or time.
    #[wasm_bindgen(getter, js_name = reportJson)]
    #[must_use]
    pub fn report_json(&self) -> String {
        self.report.clone()
    }
}

/// Trains on rows given one after another in a `Float32Array` (missing = NaN, categories as codes)
/// with their targets in a `Float64Array` (0 and 1 for a binary target).
///
/// `request` is a JSON document: `features` (for each column its name, or `{"name", "categories"}`),
/// `target` (its name), `task` (`binary`, `regression`), `learner` (`gbm`, `forest`, `logistic`) and,
/// if wanted, `params`, `seed`, `folds`, `positive_label` and `negative_label`.
///
/// # Errors
/// Throws when the request or the data cannot be learned from, with the place and the reason.
#[wasm_bindgen]
pub fn train(rows: Vec<f32>, target: Vec<f64>, request: &str) -> Result<Trained, JsError> {
    let (bytes, report) = TrainRequest::from_json(request)?.run(rows, target, &Silent)?;
    Ok(Trained { bytes, report: report.to_string() })
}
