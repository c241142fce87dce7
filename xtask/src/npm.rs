//! The npm workspace at the root: its packages as the lock file has them, and their scripts.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::step::{self, command, has, root};

/// Installs the packages of the lock file, unless they are there.
///
/// # Errors
/// Without npm, or when a package cannot be had.
pub fn install() -> Result<()> {
    if !has("npm") {
        bail!("npm is not on the PATH: install Node 20 or newer");
    }
    // npm writes the second file when it has installed what the first one says.
    let time = |file: &str| -> Option<SystemTime> {
        fs::metadata(root().join(file)).and_then(|data| data.modified()).ok()
    };
    if time("node_modules/.package-lock.json") >= time("package-lock.json") {
        return Ok(());
    }
    let mut install = command("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    step::run(install)
}

/// Runs a script of one package of the workspace.
///
/// # Errors
/// When the script fails.
pub fn script(package: &str, name: &str) -> Result<()> {
    let mut run = command("npm");
    run.args(["run", "--silent", "--workspace", package, name]);
    step::run(run)
}

/// A program of an installed package.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}
