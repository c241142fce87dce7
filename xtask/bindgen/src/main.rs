//! Makes the JavaScript beside a WebAssembly module: `xtask-bindgen node|web MODULE.wasm
//! DIRECTORY`.
//!
//! A package of its own outside the workspace, so that `cargo xtask` itself stays quick to build;
//! `cargo xtask wasm` runs it.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = "usage: xtask-bindgen node|web MODULE.wasm DIRECTORY";
    let host = arguments.next().context(usage)?;
    let module = arguments.next().context(usage)?;
    let directory = arguments.next().context(usage)?;
    let mut bindgen = Bindgen::new();
    if host == "web" {
        bindgen.web(true)?.omit_default_module_path(true);
    } else {
        bindgen.nodejs(true)?;
    }
    bindgen
        .input_path(module)
        .typescript(true)
        .remove_name_section(true)
        .generate(directory)
}
