//! Model files of other libraries: equal margins on golden cases, and bounds of what is read.

mod cli;
mod export;
mod golden;
mod lightgbm;
mod onnx;
mod sklearn;
mod ubj;
mod xgboost;
