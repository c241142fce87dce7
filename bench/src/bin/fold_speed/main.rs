//! The way from the event log to feature rows, stage by stage, on one thread: events a second of
//! CPU time, the best of several turns taken one after another, beside the same three features
//! computed by SQL. Then the memory of the scan at two sizes of the log, and the import. Everything
//! is SIMULATED. Writes `bench/results/fold.json` and `fold.md`.
//!
//! `cargo run --release -p chatsignal-bench --bin fold_speed` (with `--setup`: DuckDB as well)

mod import;
mod log;
mod memory;
mod report;
mod rivals;
mod stages;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Measure the feature fold.
#[derive(Debug, Parser)]
struct Args {
    /// Events in the large log (a few more, since contacts come whole).
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Events in the small log.
    #[arg(long, default_value_t = 100_000)]
    small: usize,
    /// Turns of each stage; the best counts.
    #[arg(long, default_value_t = 7)]
    turns: usize,
    /// Make the environment of the rivals in Python if it is not there.
    #[arg(long)]
    setup: bool,
    /// Only repeat one stage, without writing results (for a profiler).
    #[arg(long, value_name = "STAGE")]
    only: Option<String>,
    /// Keep the stores in this folder and use those that are there.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Fold this store and print the growth of memory.
    #[arg(long, hide = true)]
    memory_of: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(path) = &args.memory_of {
        return memory::child(path);
    }
    let folder = tempfile::tempdir()?;
    let folder = args.keep.as_deref().unwrap_or(folder.path());
    let large = log::make(&folder.join("large.db"), args.events)?;
    if let Some(stage) = &args.only {
        return stages::repeat(&large, stage, args.turns);
    }
    let stages = stages::measure(&large, args.turns)?;
    let rivals = rivals::measure(&large, folder, args.turns, args.setup)?;
    let small = log::make(&folder.join("small.db"), args.small)?;
    let memory = [&small, &large].map(memory::growth);
    let [small_growth, large_growth] = memory;
    let imported = import::measure(&large, folder)?;
    report::write(&report::Report {
        events: large.events,
        contacts: large.contacts,
        turns: args.turns,
        stages,
        rivals,
        memory: vec![small_growth?, large_growth?],
        import: imported,
    })
}
