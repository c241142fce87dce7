//! The service under more load than it can take, under slow clients, and told to stop under load.
//! The figures go to standard output as JSON; ends with an error when one is out of its bounds.
//!
//! `cargo run --release -p chatsignal-bench --bin serve_overload` (with `--quick`: seconds in place
//! of minutes); recorded by `cargo xtask verify load`

mod drain;
mod overload;
mod slow;
mod verdict;

use std::path::PathBuf;

use anyhow::{Context, Result};
use chatsignal_bench::http::service::{self, Routes, Workspace};
use clap::Parser;

use verdict::Verdict;

// As in the program that is measured.
#[global_allocator]
static ALLOCATOR: chatsignal_native::Allocator = chatsignal_native::Allocator;

/// Put the service under load until it must refuse.
#[derive(Debug, Parser)]
struct Args {
    /// Seconds of each rate.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Starts and stops under load.
    #[arg(long, default_value_t = 50)]
    drains: u32,
    /// Threads of the service; 0 = one for each processor.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Short: 3 seconds a rate, 5 stops.
    #[arg(long)]
    quick: bool,
    /// Only the part whose name contains this: overload, slow, drain.
    #[arg(long, default_value = "")]
    only: String,
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
        (args.seconds, args.drains) = (3.0, 5);
    }
    let wanted = |name: &str| name.contains(&args.only);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let workspace = Workspace::simulated(300)?;
    let mut verdict = Verdict::default();
    if wanted("overload") {
        runtime.block_on(overload::run(&workspace, args.threads, args.seconds, &mut verdict))?;
    }
    if wanted("slow") {
        runtime.block_on(slow::run(&workspace, args.threads, &mut verdict))?;
    }
    if wanted("drain") {
        runtime.block_on(drain::run(&workspace, args.threads, args.drains, &mut verdict))?;
    }
    verdict.finish()
}
