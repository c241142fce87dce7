//! The command line: one file a subcommand.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Turn business chat into signals that people act on.
#[derive(Debug, Parser)]
#[command(name = "chatsignal", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {}

/// Runs the command line and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::parse().command {}
}
