//! `cargo xtask wasm`: the WebAssembly modules with their JavaScript for Node.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::setup;
use crate::step::{self, cargo, root};

/// A module: its package, and its folder under `target` after [`build`].
struct Module {
    package: &'static str,
    folder: &'static str,
}

/// What scores, and what trains: apart, so that a page loads only what it uses.
const MODULES: [Module; 2] = [
    Module { package: "chatsignal-wasm", folder: "wasm-node" },
    Module { package: "chatsignal-wasm-train", folder: "wasm-train-node" },
];

/// Where the scoring module for Node lies after [`build`].
pub fn directory() -> PathBuf {
    MODULES[0].directory()
}

impl Module {
    fn directory(&self) -> PathBuf {
        root().join("target").join(self.folder)
    }

    /// File name without extension.
    fn stem(&self) -> String {
        self.package.replace('-', "_")
    }

    fn build(&self) -> Result<()> {
        let mut build = cargo(["build", "--quiet", "-p", self.package, "--profile", "wasm"]);
        build.args(["--target", "wasm32-unknown-unknown"]);
        step::run(build)?;
        self.bind("node", &self.directory())
    }

    /// Writes the module with its JavaScript for `host` (`node` or `web`) to a folder.
    fn bind(&self, host: &str, folder: &Path) -> Result<()> {
        let module = format!("target/wasm32-unknown-unknown/wasm/{}.wasm", self.stem());
        let mut bindgen = cargo(["run", "--quiet", "--manifest-path", "xtask/bindgen/Cargo.toml"]);
        bindgen.arg("--target-dir").arg(root().join("target/bindgen"));
        bindgen.args(["--", host]).arg(root().join(module)).arg(folder);
        step::run(bindgen)
    }
}

/// Builds the modules (profile `wasm`) and their JavaScript, one package a command: together their
/// features would unify.
pub fn build() -> Result<()> {
    setup::targets()?;
    MODULES.iter().try_for_each(Module::build)
}

/// Writes the scoring module, once [`build`] has made it, with its JavaScript for pages.
pub fn bind_for_pages(folder: &Path) -> Result<()> {
    MODULES[0].bind("web", folder)
}

/// Builds and reports the sizes.
pub fn run() -> Result<()> {
    build()?;
    for module in &MODULES {
        let file = module.directory().join(format!("{}_bg.wasm", module.stem()));
        println!("{}: {} bytes", file.display(), std::fs::metadata(&file)?.len());
    }
    Ok(())
}
