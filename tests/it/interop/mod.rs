//! Model files of other libraries: equal margins on golden cases, and bounds of what is read.

use std::path::{Path, PathBuf};
use std::process::Command;

mod cli;
mod export;
mod golden;
mod lightgbm;
mod onnx;
mod sklearn;
mod ubj;
mod xgboost;

/// A Python with a module: `CHATSIGNAL_PYTHON`, else that of the comparisons in `bench`.
fn python(module: &str) -> Option<PathBuf> {
    let python = std::env::var_os("CHATSIGNAL_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/.venv/bin/python"),
        PathBuf::from,
    );
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    found.is_ok_and(|output| output.status.success()).then_some(python)
}
