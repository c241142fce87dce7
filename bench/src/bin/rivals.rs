//! Scoring and explaining beside XGBoost, LightGBM, lleaves, tl2cgen, treelite, onnxruntime, shap and
//! fasttreeshap: the same models and rows, every answer compared, the sides taking turns. Writes
//! `bench/results/scoring.{json,md}`.
//!
//! `cargo run --release -p chatsignal-bench --bin rivals -- --setup`

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use chatsignal_bench::rival::{self, Rivals};
use chatsignal_bench::scoring::check::check;
use chatsignal_bench::scoring::model::Loaded;
use chatsignal_bench::scoring::plan::{Group, sides};
use chatsignal_bench::scoring::report::{Comparison, Report, machine, program_version};
use chatsignal_bench::scoring::side::take_turns;
use chatsignal_bench::scoring::worker::pin;
use chatsignal_bench::scoring::workers::{Programs, Workers};
use chatsignal_bench::scoring::{FEATURES, name};
use clap::{Parser, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    /// Batch scoring
    Score,
    /// SHAP contributions and interaction values
    Shap,
    /// One row a call
    Single,
}

#[derive(Debug, Parser)]
struct Args {
    /// Make the rivals' environments first (needs a package registry).
    #[arg(long)]
    setup: bool,
    /// Only one part; the rest of the report stays.
    #[arg(long)]
    only: Option<Only>,
    /// Only models whose name contains this (xgb_100x6, lgb_500x8, ...).
    #[arg(long, default_value = "")]
    model: String,
    /// Turns of each side.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Numbers of threads for batch scoring; the rest runs on one.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let rivals = Rivals::here();
    if args.setup {
        rivals.set_up()?;
        if let Err(error) = rivals.set_up_older() {
            eprintln!("rivals with older libraries are left out: {error:#}");
        }
    }
    let machine = machine();
    let folder = rivals.raw("scoring");
    println!("models (kept between runs) in {}", folder.display());
    rival::run(Command::new(rivals.python()).arg(rivals.script("scoring/models.py")).arg(&folder))
        .context("training the models (run with --setup first)")?;
    let programs = Programs {
        folder: folder.clone(),
        scripts: rivals.script("scoring"),
        python: rivals.python(),
        older: rivals.older_python(),
        module: wasm_module().map_err(|error| format!("{error:#}")),
    };
    let models = Loaded::all(&folder)?;
    let rows = read_rows(&folder)?;
    let mut comparisons = Vec::new();
    let mut versions = Vec::new();
    for &threads in &args.threads {
        pin(threads)?;
        let workers = Workers::start(&programs, threads);
        if versions.is_empty() {
            versions = all_versions(&workers)?;
        }
        for (only, group) in [
            (Only::Score, Group::Batch),
            (Only::Single, Group::Single),
            (Only::Shap, Group::Shap),
            (Only::Shap, Group::Interactions),
        ] {
            let wanted = args.only.is_none_or(|o| o == only);
            if !wanted || threads > 1 && group != Group::Batch {
                continue;
            }
            for model in models.iter().filter(|m| m.name.contains(&args.model)) {
                let measured = compare(group, model, &rows, threads, &workers, &args, &folder)?;
                comparisons.extend(measured);
            }
        }
    }
    let results = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results");
    let mut report = Report::read(&results)?;
    report.machine = machine;
    report.versions = versions;
    report.put(comparisons);
    report.write(&results)
}

/// Checks and times the sides of one group on one model; `None` when no side takes part.
fn compare(
    group: Group,
    model: &Loaded,
    rows: &[f32],
    threads: usize,
    workers: &Workers,
    args: &Args,
    folder: &Path,
) -> Result<Option<Comparison>> {
    println!("{} {} {threads}", group.name(), model.name);
    let (candidates, mut left_out) = sides(group, model, rows, threads, workers)?;
    let mut able = Vec::new();
    for mut side in candidates {
        let outcome = side.outputs(folder).and_then(|outputs| {
            check(group, model, &rows[..side.rows * FEATURES], &outputs, side.probability)
        });
        match outcome {
            Ok(()) => able.push(side),
            // Wrong answers of our own are no reason to leave us out.
            Err(error) if name::is_ours(&side.name) => return Err(error.context(side.name)),
            Err(error) => {
                println!("left out: {}: {error:#}", side.name);
                left_out.push((side.name, format!("{error:#}")));
            }
        }
    }
    if able.is_empty() {
        return Ok(None);
    }
    let turns = take_turns(&mut able, args.rounds, threads)?;
    let sides = able.into_iter().map(|side| side.name).zip(turns).collect();
    Ok(Some(Comparison {
        group,
        model: model.name.into(),
        about: model.about.into(),
        threads,
        sides,
        left_out,
    }))
}

/// Builds the npm package and says where its files are.
fn wasm_module() -> Result<PathBuf> {
    program_version("node").context("no node")?;
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    rival::run(Command::new("cargo").args(["xtask", "wasm"]).current_dir(&root))?;
    Ok(root.join("wasm/js/dist").canonicalize()?)
}

fn read_rows(folder: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(folder.join("rows.f32"))?;
    let (numbers, _) = bytes.as_chunks::<4>();
    Ok(numbers.iter().map(|b| f32::from_le_bytes(*b)).collect())
}

fn all_versions(workers: &Workers) -> Result<Vec<(String, String)>> {
    let mut versions = Vec::new();
    for (program, label) in [("rustc", "rustc"), ("node", "Node"), ("gcc", "gcc")] {
        versions.extend(program_version(program).map(|version| (label.to_owned(), version)));
    }
    let names = ["xgboost-cpu", "lightgbm", "treelite", "tl2cgen", "onnxruntime", "shap"];
    versions.extend(workers.versions(&names, false)?);
    // The same LightGBM is in both; fasttreeshap brings its own shap.
    versions.extend(workers.versions(&["lleaves", "fasttreeshap"], true).unwrap_or_default());
    Ok(versions)
}
