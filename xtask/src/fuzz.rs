//! The fuzz campaign of `cargo xtask verify`: every target of `fuzz/`, coverage-guided (libFuzzer),
//! from its committed corpus. Needs a nightly toolchain; installs `cargo-fuzz` if it is missing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::step::{self, cargo, command, root};

/// Memory of one target, MiB; one input may take so many seconds.
const RSS_LIMIT_MIB: u32 = 1_024;
const INPUT_SECONDS: u32 = 5;

/// Fuzzes every target whose name contains `filter` for so many seconds; the runs of each.
///
/// # Errors
/// No toolchain, or a target that crashed, hung or took too much memory: its input is left in
/// `fuzz/artifacts`.
pub fn run(filter: &str, seconds: u32) -> Result<Value> {
    if !command("cargo").args(["fuzz", "--version"]).output()?.status.success() {
        step::run(cargo(["install", "--locked", "cargo-fuzz"]))?;
    }
    let mut results = serde_json::Map::new();
    for target in targets()?.into_iter().filter(|target| target.contains(filter)) {
        results.insert(target.clone(), fuzz(&target, seconds)?);
    }
    Ok(Value::Object(results))
}

/// Names of the targets, in order.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn fuzz(target: &str, seconds: u32) -> Result<Value> {
    eprintln!("== fuzz {target}: {seconds} s");
    // New inputs go to a folder that is not committed; the committed corpus is read only.
    let found = root().join("fuzz/target/found").join(target);
    fs::create_dir_all(&found)?;
    // `cargo` itself sets RUSTUP_TOOLCHAIN for what it starts: that would win over `+nightly`.
    let mut run = command("cargo");
    run.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    run.args(["+nightly", "fuzz", "run", target]).arg(found).arg(format!("fuzz/corpus/{target}"));
    run.arg("--").arg(format!("-max_total_time={seconds}"));
    run.arg(format!("-rss_limit_mb={RSS_LIMIT_MIB}")).arg(format!("-timeout={INPUT_SECONDS}"));
    run.arg("-print_final_stats=1");
    let mut child = run.stderr(Stdio::piped()).spawn().context("cannot start cargo fuzz")?;
    let output = child.stderr.take().context("no output to read")?;
    let (mut runs, mut peak, mut last) = (None, None, Vec::new());
    for line in BufReader::new(output).lines() {
        let line = line?;
        let number = |name| line.strip_prefix(name).and_then(|n| n.trim().parse::<u64>().ok());
        runs = number("stat::number_of_executed_units:").or(runs);
        peak = number("stat::peak_rss_mb:").or(peak);
        last.push(line);
        if last.len() > 40 {
            last.remove(0);
        }
    }
    if !child.wait()?.success() {
        bail!("{target} failed:\n{}", last.join("\n"));
    }
    Ok(json!({ "seconds": seconds, "runs": runs, "peak_rss_mib": peak }))
}
