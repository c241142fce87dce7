//! What the service costs on top of HTTP: its score route beside routes that answer their body unread
//! (`/echo`), read it as JSON and write it again (`/echo-json`), and score it without anything around
//! (`/bare`), behind the same accept loop in the same program, in turns. Key, validation, score, log
//! and metrics are included. Writes `bench/results/serve.json` and `serve.md`.
//!
//! `cargo run --release -p chatsignal-bench --bin serve_load` (with `--quick`: a check, nothing is
//! written)

mod library;
mod measure;
mod report;

use std::path::PathBuf;

use anyhow::{Context, Result};
use chatsignal_bench::http::service::{self, Routes};
use clap::Parser;

// As in the program that is measured.
#[global_allocator]
static ALLOCATOR: chatsignal_native::Allocator = chatsignal_native::Allocator;

/// Measure the score route beside an echo route.
#[derive(Debug, Parser)]
struct Args {
    /// Rounds; each measures every side once, in an order that turns around.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Seconds of each side in a round.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Keep-alive connections, each with one request at a time.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Threads of the service.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Three short rounds; nothing is written.
    #[arg(long)]
    quick: bool,
    /// Keep one side under load for so many seconds (for a profiler).
    #[arg(long, value_name = "SECONDS")]
    profile: Option<f64>,
    /// That side.
    #[arg(long, value_enum, default_value_t = measure::Side::Score)]
    side: measure::Side,
    /// Serve until told to stop.
    #[arg(long, hide = true)]
    child: Option<Routes>,
    /// Database of the child.
    #[arg(long, hide = true)]
    db: Option<PathBuf>,
}

fn main() -> Result<()> {
    let mut args = Args::parse();
    if let Some(routes) = args.child {
        let db = args.db.context("a child needs a database")?;
        return service::child(routes, &db, args.threads);
    }
    if args.quick {
        (args.rounds, args.seconds) = (3, 0.4);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let plan = measure::Plan::new(args.connections, args.threads)?;
    if let Some(seconds) = args.profile {
        return runtime.block_on(plan.repeat(args.side, seconds));
    }
    let measured = runtime.block_on(plan.run(args.rounds, args.seconds))?;
    let library = library::measure(&plan.scorer()?, args.rounds)?;
    report::write(&report::Report { args: &args, measured, library }, !args.quick)
}
