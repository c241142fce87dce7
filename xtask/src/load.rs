//! The campaign `load` of `cargo xtask verify`: the service under overload, slow clients and stops.

use std::process::Stdio;

use anyhow::Result;
use serde_json::Value;

use crate::step::cargo;

/// Runs it; whether every figure lies within its bound, and the figures.
///
/// # Errors
/// When it does not start, or ends without figures.
pub fn run(quick: bool) -> Result<(bool, Value)> {
    let package = ["--package", "chatsignal-bench", "--bin", "serve_overload"];
    let mut run = cargo(["run", "--release"]);
    run.args(package).arg("--");
    if quick {
        run.arg("--quick");
    }
    let output = run.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    let figures: Value = serde_json::from_slice(&output.stdout)?;
    println!("{}", serde_json::to_string_pretty(&figures)?);
    Ok((output.status.success(), figures))
}
