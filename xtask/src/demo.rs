//! `cargo xtask demo`: the main job, from nothing.

use anyhow::Result;

use crate::step;

/// Arguments are those of `chatsignal demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Passed on to `chatsignal demo` (try `cargo xtask demo -- --help`)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds the release binary and runs its `demo`.
pub fn run(args: &Args) -> Result<()> {
    let mut demo = step::cargo(["run", "--release", "--package", "chatsignal-native", "--"]);
    demo.arg("demo").args(&args.arguments);
    step::run(demo)
}
