//! Datasets, learners, metrics and the training pipeline.
//!
//! Training is a pure function of (data, parameters, seed), in bytes, whatever the number of
//! threads. This crate opens no file and no socket: it takes iterators and gives bytes.
#![forbid(unsafe_code)]

mod backend;
pub mod baseline;
pub mod bootstrap;
pub mod calibrate;
pub mod card;
mod chi_square;
pub mod conformal;
pub mod cross_validation;
pub mod custom;
pub mod dataset;
pub mod error;
pub mod evaluation;
pub mod experiment;
pub mod gate;
pub mod hash;
pub mod importance;
pub mod label;
pub mod learner;
pub mod metric;
pub mod monitor;
pub mod pipeline;
mod preprocess;
pub mod progress;
pub mod promote;
mod random;
pub mod slice;
pub mod snapshot;
pub mod source;
pub mod split;
pub mod synth;
pub mod truth;
