//! `cargo xtask wasm`: the WebAssembly module with its JavaScript for Node.

use std::path::PathBuf;

use anyhow::Result;

use crate::setup;
use crate::step::{self, cargo, root};

/// Where the module for Node lies after [`build`].
pub fn directory() -> PathBuf {
    root().join("target/wasm-node")
}

/// Builds the module (profile `wasm`) and its JavaScript.
pub fn build() -> Result<()> {
    setup::targets()?;
    let target = "wasm32-unknown-unknown";
    step::run(cargo([
        "build",
        "--quiet",
        "-p",
        "chatsignal-wasm",
        "--profile",
        "wasm",
        "--target",
        target,
    ]))?;
    let module = root().join("target").join(target).join("wasm/chatsignal_wasm.wasm");
    let mut bindgen = cargo(["run", "--quiet", "--manifest-path", "xtask/bindgen/Cargo.toml"]);
    bindgen.arg("--target-dir").arg(root().join("target/bindgen"));
    bindgen.arg("--").arg(module).arg(directory());
    step::run(bindgen)
}

/// Builds and reports the size.
pub fn run() -> Result<()> {
    build()?;
    let module = directory().join("chatsignal_wasm_bg.wasm");
    println!("{}: {} bytes", module.display(), std::fs::metadata(&module)?.len());
    Ok(())
}
