//! `cargo xtask check`: all that can be said without running a test.

use anyhow::Result;

use crate::step::{self, Stages, cargo};
use crate::{deps, setup};

/// Crates that must build where there is no std at all.
const NO_STD: [&str; 5] = [
    "chatsignal-core",
    "chatsignal-ingest",
    "chatsignal-interop",
    "chatsignal-api",
    "chatsignal-scoring",
];

/// Formatting, lints, targets, dependency rules.
pub fn run() -> Result<()> {
    let mut stages = Stages::default();
    stages.stage("targets", setup::targets)?;
    stages.stage("format", || run_cargo(&["fmt", "--all", "--check"]))?;
    stages.stage("clippy", || {
        run_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
    })?;
    for target in setup::TARGETS {
        for package in NO_STD {
            // One package a command: a workspace build would unify features and could bring std in.
            stages.stage("no_std", || run_cargo(&["check", "-p", package, "--target", target]))?;
        }
    }
    stages.stage("train for browsers", || {
        let target = "wasm32-unknown-unknown";
        run_cargo(&["check", "-p", "chatsignal-wasm-train", "--target", target])
    })?;
    stages.stage("dependencies", deps::run)?;
    stages.summary();
    Ok(())
}

fn run_cargo(arguments: &[&str]) -> Result<()> {
    step::run(cargo(arguments))
}
