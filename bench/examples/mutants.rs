//! Damaged model files: what our readers make of them, and what the libraries do that wrote the sound
//! ones, each file in a process of its own. Writes `bench/results/mutants.{json,md}`.
//!
//! `cargo run --release -p chatsignal-bench --example mutants -- --setup`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chatsignal_bench::rival::Rivals;
use chatsignal_core::testing::model::Rng;
use chatsignal_interop::{Format, Imported, Options, import};
use chatsignal_tests::{foreign, mutants};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Parser)]
struct Args {
    /// Make the rivals' environment first (needs a package registry).
    #[arg(long)]
    setup: bool,
    /// Damaged files of each format.
    #[arg(long, default_value_t = 10_000)]
    mutants: usize,
}

/// A format: its library, its ending, its reader, how a file is damaged.
struct Side {
    library: &'static str,
    ending: &'static str,
    format: Format,
    damage: fn(&mut Rng, &[u8]) -> Vec<u8>,
}

const SIDES: [Side; 2] = [
    Side {
        library: "xgboost",
        ending: "xgb.json",
        format: Format::XgboostJson,
        damage: |rng, file| match serde_json::from_slice::<Value>(file) {
            Ok(document) if rng.below(4) > 0 => {
                mutants::structured(rng, &document).to_string().into_bytes()
            }
            _ => mutants::bytes(rng, file),
        },
    },
    Side {
        library: "lightgbm",
        ending: "lgb.txt",
        format: Format::Lightgbm,
        damage: |rng, file| mutants::lightgbm_text(rng, &String::from_utf8_lossy(file)),
    },
];

/// Damaged files on the disk at a time.
const AT_ONCE: usize = 500;

fn main() -> Result<()> {
    let args = Args::parse();
    let rivals = Rivals::here();
    if args.setup {
        rivals.set_up()?;
    }
    let results =
        SIDES.iter().map(|side| run(side, args.mutants, &rivals)).collect::<Result<Vec<_>>>()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let pretty = serde_json::to_string_pretty(&results)?;
    fs::write(folder.join("mutants.json"), format!("{pretty}\n"))?;
    let table = table(&results)?;
    fs::write(folder.join("mutants.md"), &table)?;
    print!("{table}");
    Ok(())
}

/// A file with the number of features of its model.
type Source = (Vec<u8>, usize);

/// What a library made of files.
#[derive(Debug, Deserialize)]
struct Theirs {
    version: String,
    outcomes: Vec<String>,
}

/// The sound files of a format that both read: one that crashes a library undamaged says nothing
/// about damage.
fn sources(side: &Side, rivals: &Rivals) -> Result<Vec<Source>> {
    let options = Options { format: Some(side.format), ..Options::default() };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(foreign::folder())?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(side.ending));
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        let file = fs::read(path)?;
        if let Ok(imported) = import(&file, &options) {
            sources.push((file, imported.schema.len()));
        }
    }
    let theirs = theirs(side, &sources, rivals)?;
    let read = theirs.outcomes.iter().map(|outcome| outcome == "read");
    let both: Vec<Source> =
        sources.into_iter().zip(read).filter_map(|(source, read)| read.then_some(source)).collect();
    if both.is_empty() {
        bail!("no golden file that ends in {} is read by both", side.ending);
    }
    Ok(both)
}

/// Gives files to the library that writes such files.
fn theirs(side: &Side, files: &[Source], rivals: &Rivals) -> Result<Theirs> {
    let folder = tempfile::tempdir()?;
    let mut listing = String::new();
    for (number, (file, features)) in files.iter().enumerate() {
        let path = folder.path().join(format!("{number}.{}", side.ending));
        fs::write(&path, file)?;
        writeln!(listing, "{} {features}", path.display())?;
    }
    let list = folder.path().join("list");
    fs::write(&list, listing)?;
    let mut run = Command::new(rivals.python());
    run.arg(rivals.script("mutants.py")).arg(side.library).arg(&list);
    let output = run.output().context("running the library (run with --setup first)")?;
    if !output.status.success() {
        bail!("{}: {}", side.library, String::from_utf8_lossy(&output.stderr));
    }
    let theirs: Theirs = serde_json::from_slice(&output.stdout)?;
    if theirs.outcomes.len() != files.len() {
        bail!("{}: {} answers for {} files", side.library, theirs.outcomes.len(), files.len());
    }
    Ok(theirs)
}

fn run(side: &Side, count: usize, rivals: &Rivals) -> Result<Value> {
    let sources = sources(side, rivals)?;
    let options = Options { format: Some(side.format), ..Options::default() };
    let rng = &mut Rng(2026);
    let mut ours: BTreeMap<&str, usize> = BTreeMap::new();
    let mut theirs_count: BTreeMap<String, usize> = BTreeMap::new();
    let (mut slowest, mut version) = (Duration::ZERO, String::new());
    let numbers: Vec<usize> = (0..count).collect();
    for part in numbers.chunks(AT_ONCE) {
        let mut mutants = Vec::new();
        for number in part {
            let (file, features) = &sources[number % sources.len()];
            let mutant = (side.damage)(rng, file);
            let start = Instant::now();
            let imported = import(&mutant, &options);
            slowest = slowest.max(start.elapsed());
            let outcome = match imported.map(predicts_finite) {
                Ok(true) => "read",
                Ok(false) => "not_finite",
                Err(_) => "refused",
            };
            *ours.entry(outcome).or_default() += 1;
            mutants.push((mutant, *features));
        }
        let theirs = theirs(side, &mutants, rivals)?;
        for outcome in theirs.outcomes {
            *theirs_count.entry(outcome).or_default() += 1;
        }
        version = theirs.version;
    }
    Ok(json!({
        "library": side.library,
        "version": version,
        "mutants": count,
        "sources": sources.len(),
        "ours": ours,
        "ours_slowest_ms": slowest.as_secs_f64() * 1e3,
        "theirs": theirs_count,
    }))
}

/// Predicts the rows that the libraries get.
fn predicts_finite(imported: Imported) -> bool {
    let model = foreign::artifact(imported);
    [f32::NAN, 0.0, -1.5, 2.0].iter().all(|&value| {
        let row = vec![value; model.schema.len()];
        model.predict_outputs(&row).values.iter().all(|value| value.is_finite())
    })
}

fn table(results: &[Value]) -> Result<String> {
    let mut text = String::from(
        "# Damaged model files\n\n\
         `cargo run --release -p chatsignal-bench --example mutants -- --setup`\n\n\
         Sound files of the golden cases that both readers take, each damaged in one to three places. \
         Ours: one process for all, which a crash would end. Theirs: a process for each file. Four \
         rows are predicted where a file loads; more than 10 s is a hang, more than 4 GiB out of \
         memory.\n\n\
         | files of | damaged | reader | read | refused | no finite number | crash | hang | out of memory |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for result in results {
        let library = result["library"].as_str().unwrap_or_default();
        let version = result["version"].as_str().unwrap_or_default();
        let theirs = format!("{library} {version}");
        for (reader, counts) in [("chatsignal", &result["ours"]), (&theirs, &result["theirs"])] {
            let counts = ["read", "refused", "not_finite", "crash", "hang", "out_of_memory"]
                .map(|word| counts[word].as_u64().unwrap_or(0).to_string());
            writeln!(
                text,
                "| {library} | {} | {reader} | {} |",
                result["mutants"],
                counts.join(" | ")
            )?;
        }
    }
    for result in results {
        let milliseconds = result["ours_slowest_ms"].as_f64().unwrap_or_default();
        writeln!(
            text,
            "\nOur slowest file of {}: {milliseconds:.1} ms.",
            result["library"].as_str().unwrap_or_default()
        )?;
    }
    Ok(text)
}
