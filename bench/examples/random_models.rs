//! Models of random shape beside the library that made them: each is imported, and its margins (of
//! scikit-learn: predictions) on random rows compared. Writes `bench/results/random_models.{json,md}`.
//!
//! `cargo run --release -p chatsignal-bench --example random_models -- --setup`

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use chatsignal_bench::rival::Rivals;
use chatsignal_interop::{Options, import};
use chatsignal_tests::foreign::{self, Case};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Parser)]
struct Args {
    /// Make the rivals' environment first (needs a package registry).
    #[arg(long)]
    setup: bool,
    /// Models of each library.
    #[arg(long, default_value_t = 500)]
    models: u32,
    /// Seed of the first model; the next has the next.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The libraries, and the largest relative difference that is none.
const LIBRARIES: [(&str, f64); 3] = [("xgboost", 0.0), ("lightgbm", 1e-12), ("sklearn", 1e-12)];

/// A model that was made.
#[derive(Debug, Deserialize)]
struct Made {
    name: String,
    file: String,
    settings: Value,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let rivals = Rivals::here();
    if args.setup {
        rivals.set_up()?;
    }
    let results = LIBRARIES
        .iter()
        .map(|&(library, bound)| compare(library, bound, &args, &rivals))
        .collect::<Result<Vec<_>>>()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let pretty = serde_json::to_string_pretty(&results)?;
    fs::write(folder.join("random_models.json"), format!("{pretty}\n"))?;
    let table = table(&results)?;
    fs::write(folder.join("random_models.md"), &table)?;
    print!("{table}");
    Ok(())
}

fn compare(library: &str, bound: f64, args: &Args, rivals: &Rivals) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let mut make = Command::new(rivals.python());
    make.arg(rivals.script("random_models.py")).arg(library);
    make.arg(args.models.to_string()).arg(args.seed.to_string()).arg(folder.path());
    let output = make.output().context("making the models (run with --setup first)")?;
    if !output.status.success() {
        bail!("{library}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let (mut equal, mut refused, mut largest, mut rows) = (0, 0, 0.0f64, 0);
    let mut misses = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines().filter(|line| line.starts_with('{')) {
        let made: Made = serde_json::from_str(line)?;
        let case = Case::load(folder.path(), &made.name);
        let file = fs::read(folder.path().join(&made.file))?;
        match import(&file, &Options::default()) {
            Ok(imported) => {
                let [margin, prediction, _] =
                    foreign::differences(&case, &foreign::artifact(imported));
                let difference = margin.max(prediction);
                largest = largest.max(difference);
                rows += case.table("X").map_or(0, |rows| rows.len());
                equal += u32::from(difference <= bound);
                if difference > bound {
                    misses.push(json!({ "settings": made.settings, "difference": difference }));
                }
            }
            Err(error) => {
                refused += 1;
                misses.push(json!({ "settings": made.settings, "refused": error.to_string() }));
            }
        }
    }
    Ok(json!({
        "library": library,
        "models": args.models,
        "rows": rows,
        "bound": bound,
        "within": equal,
        "refused": refused,
        "largest_difference": largest,
        "misses": misses,
    }))
}

fn table(results: &[Value]) -> Result<String> {
    let mut text = String::from(
        "# Models of random shape, imported\n\n\
         `cargo run --release -p chatsignal-bench --example random_models -- --setup`\n\n\
         Objectives, boosters, depths, missing values, categories and base scores at random; 200 rows \
         a model. A difference is relative to the larger of 1 and the numbers of the row.\n\n\
         | library | models | rows | bound | within | refused by name | largest difference |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for result in results {
        let cell = |key: &str| result[key].to_string();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {:.1e} |",
            result["library"].as_str().unwrap_or_default(),
            cell("models"),
            cell("rows"),
            cell("bound"),
            cell("within"),
            cell("refused"),
            result["largest_difference"].as_f64().unwrap_or_default(),
        )?;
    }
    Ok(text)
}
