//! Makes the JavaScript beside a WebAssembly module: `xtask-bindgen MODULE.wasm DIRECTORY`.
//!
//! The JavaScript is an ES module that is given its WebAssembly: pages, Node and Workers find it in
//! their own ways. A package of its own outside the workspace, so that `cargo xtask` itself stays
//! quick to build; `cargo xtask wasm` runs it.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = "usage: xtask-bindgen MODULE.wasm DIRECTORY";
    let module = arguments.next().context(usage)?;
    let directory = arguments.next().context(usage)?;
    Bindgen::new()
        .web(true)?
        .omit_default_module_path(true)
        .input_path(module)
        .typescript(true)
        .remove_name_section(true)
        // For a module that has come to an end: `WasmHost` starts another.
        .reset_state_function(true)
        .generate(directory)
}
