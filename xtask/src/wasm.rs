//! `cargo xtask wasm`: the WebAssembly modules with their JavaScript for Node.

use std::path::PathBuf;

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
        let target = "wasm32-unknown-unknown";
        let mut build = cargo(["build", "--quiet", "-p", self.package, "--profile", "wasm"]);
        build.args(["--target", target]);
        step::run(build)?;
        let module = format!("target/{target}/wasm/{}.wasm", self.stem());
        let mut bindgen = cargo(["run", "--quiet", "--manifest-path", "xtask/bindgen/Cargo.toml"]);
        bindgen.arg("--target-dir").arg(root().join("target/bindgen"));
        bindgen.arg("--").arg(root().join(module)).arg(self.directory());
        step::run(bindgen)
    }
}

/// Builds the modules (profile `wasm`) and their JavaScript, one package a command: together their
/// features would unify.
pub fn build() -> Result<()> {
    setup::targets()?;
    MODULES.iter().try_for_each(Module::build)
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
