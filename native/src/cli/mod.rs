//! The command line: one file a subcommand.

use std::process::ExitCode;

use clap::Parser;

/// Turn business chat into signals that people act on.
#[derive(Debug, Parser)]
#[command(name = "chatsignal", version, about, propagate_version = true)]
struct Cli {}

/// Runs the command line and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let Cli {} = Cli::parse();
    ExitCode::SUCCESS
}
