//! `cargo xtask wasm-pack`: the scoring crate as a package of `wasm-pack`, for every kind of host and
//! with and without plain objects, loaded in Node. Nothing is downloaded: `wasm-pack` and
//! `wasm-bindgen` are the user's, `wasm-opt` is that of the npm workspace.

use std::env;

use anyhow::{Context, Result, bail};

use crate::step::{self, command, has, root};
use crate::{npm, setup};

/// Programs that it needs, and how they are had.
const TOOLS: [(&str, &str); 2] = [
    ("wasm-pack", "cargo install wasm-pack --version 0.15.1"),
    ("wasm-bindgen", "cargo install wasm-bindgen-cli --version 0.2.130"),
];

/// Builds each package into `target/wasm-pack` and scores with it.
pub fn run() -> Result<()> {
    setup::targets()?;
    npm::install()?;
    for (tool, install) in TOOLS {
        if !has(tool) {
            bail!("{tool} is not on the PATH: {install}");
        }
    }
    let own = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([npm::tool("")].into_iter().chain(env::split_paths(&own)))
        .context("a folder of the PATH has a separator in its name")?;
    for target in ["web", "bundler", "nodejs"] {
        for features in ["", "serde"] {
            let folder = root().join("target/wasm-pack").join(target).join(features);
            let package = folder.join("node_modules/chatsignal-wasm");
            let mut build = command("wasm-pack");
            build.args(["build", "wasm", "--mode", "no-install", "--target", target, "--out-dir"]);
            build.arg(&package).args(["--", "--features", features]).env("PATH", &path);
            step::run(build)?;
            let mut check = command("node");
            check.args(["--no-warnings", "--experimental-wasm-modules"]);
            check.arg("tests/js/wasm-pack/score.mjs").arg(&folder).args([target, features]);
            step::run(check)?;
        }
    }
    Ok(())
}
