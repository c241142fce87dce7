//! The fuzz campaign of `cargo xtask verify`: every target of `fuzz/`, coverage-guided (libFuzzer),
//! from its committed corpus. Needs a nightly toolchain; installs `cargo-fuzz` if it is missing.
//!
//! Time is the processor's, so that a busy machine does not shorten a campaign: a target is run in
//! rounds until it has had its seconds.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::step::{self, cargo, command, root};

/// Memory of one target, MiB; one input may take so many seconds.
const RSS_LIMIT_MIB: u32 = 1_024;
const INPUT_SECONDS: u32 = 5;
/// Seconds by the clock of one round.
const ROUND_SECONDS: u64 = 300;

/// Fuzzes every target whose name contains `filter` for so many seconds of the processor; `done`
/// gets the figures of each round, so that an interrupted campaign keeps what it has done.
///
/// # Errors
/// No toolchain, or a target that crashed, hung or took too much memory: its input is left in
/// `fuzz/artifacts`.
pub fn run(
    filter: &str,
    seconds: u32,
    mut done: impl FnMut(&str, Value) -> Result<()>,
) -> Result<()> {
    if !command("cargo").args(["fuzz", "--version"]).output()?.status.success() {
        step::run(cargo(["install", "--locked", "cargo-fuzz"]))?;
    }
    for target in targets()?.into_iter().filter(|target| target.contains(filter)) {
        eprintln!("== fuzz {target}: {seconds} s of the processor");
        step::run(cargo_fuzz("build", &target))?;
        let mut left = u64::from(seconds);
        while left > 0 {
            let round = round(&target, left.min(ROUND_SECONDS))?;
            left = left.saturating_sub(round.cpu_seconds.max(1));
            done(
                &target,
                json!({
                    "cpu_seconds": round.cpu_seconds,
                    "runs": round.runs,
                    "peak_rss_mib": round.peak_rss_mib,
                }),
            )?;
        }
    }
    Ok(())
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

/// `cargo +nightly fuzz` with a sub-command.
fn cargo_fuzz(sub: &str, target: &str) -> Command {
    // `cargo` itself sets RUSTUP_TOOLCHAIN for what it starts: that would win over `+nightly`.
    let mut run = command("cargo");
    run.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    run.args(["+nightly", "fuzz", sub, target]);
    run
}

/// What a round took, and what libFuzzer says at its end.
#[derive(Default)]
struct Round {
    cpu_seconds: u64,
    runs: u64,
    peak_rss_mib: u64,
}

/// One round of so many seconds by the clock.
fn round(target: &str, seconds: u64) -> Result<Round> {
    // New inputs go to a folder that is not committed; the committed corpus is read only.
    let found = root().join("fuzz/target/found").join(target);
    fs::create_dir_all(&found)?;
    let mut run = cargo_fuzz("run", target);
    run.arg(found).arg(format!("fuzz/corpus/{target}"));
    run.arg("--").arg(format!("-max_total_time={seconds}"));
    run.arg(format!("-rss_limit_mb={RSS_LIMIT_MIB}")).arg(format!("-timeout={INPUT_SECONDS}"));
    run.arg("-print_final_stats=1");
    let (clock, before) = (Instant::now(), children_seconds());
    let mut child = run.stderr(Stdio::piped()).spawn().context("cannot start cargo fuzz")?;
    let output = child.stderr.take().context("no output to read")?;
    let (mut round, mut last) = (Round::default(), Vec::new());
    for line in BufReader::new(output).lines() {
        let line = line?;
        let number = |name| line.strip_prefix(name).and_then(|n| n.trim().parse::<u64>().ok());
        round.runs = number("stat::number_of_executed_units:").unwrap_or(round.runs);
        round.peak_rss_mib = number("stat::peak_rss_mb:").unwrap_or(round.peak_rss_mib);
        last.push(line);
        if last.len() > 40 {
            last.remove(0);
        }
    }
    if !child.wait()?.success() {
        bail!("{target} failed:\n{}", last.join("\n"));
    }
    let used = match (before, children_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => clock.elapsed().as_secs_f64(),
    };
    round.cpu_seconds = used as u64;
    Ok(round)
}

/// Seconds of the processor of the children that have ended, and of theirs (`/proc/self/stat`,
/// fields 16 and 17, in the hundredths of a second of Linux); none elsewhere.
fn children_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(13)? + ticks(14)?) / 100.0)
}
