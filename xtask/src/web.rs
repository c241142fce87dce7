//! `cargo xtask web`: the static page of `web-demo` with the scoring module and the shipped models.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::step::root;
use crate::wasm;

/// Files of the page that are served as they are.
const FILES: [&str; 3] = ["index.html", "style.css", "app.js"];
/// Models that the page offers.
const MODELS: [&str; 3] = ["lead", "churn", "engagement"];

/// Where the page lies after [`assemble`].
fn directory() -> PathBuf {
    root().join("target/web-demo")
}

/// Puts the page together, from modules that [`wasm::build`] has made.
pub fn assemble() -> Result<()> {
    let folder = directory();
    fs::create_dir_all(folder.join("models"))?;
    wasm::bind_for_pages(&folder)?;
    for file in FILES {
        copy(root().join("web-demo").join(file), folder.join(file))?;
    }
    for kind in MODELS {
        let model = root().join(format!("models/{kind}/1/model.csm"));
        copy(model, folder.join(format!("models/{kind}.csm")))?;
    }
    Ok(())
}

fn copy(from: PathBuf, to: PathBuf) -> Result<()> {
    fs::copy(&from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// Builds the module and the page.
pub fn run() -> Result<()> {
    wasm::build()?;
    assemble()?;
    println!("{}: serve this folder with any static file server", directory().display());
    Ok(())
}
