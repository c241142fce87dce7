//! `cargo xtask test`: every test that a change must pass.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step::{self, Stages, cargo, command, root};
use crate::{chromium, npm, parity, setup, size, wasm, web};

/// Which tests.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Counts of one run.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Runs all tests and closes with one line of counts.
pub fn run(args: &Args) -> Result<()> {
    let mut stages = Stages::default();
    stages.stage("targets", setup::targets)?;
    let mut counts = Counts::default();
    let everything = args.filter.is_none();
    if everything {
        // First: the program that the tests start has the dashboard inside.
        stages.stage("npm package", wasm::build)?;
        stages.stage("sizes", size::check)?;
        stages.stage("dashboard", web::assemble)?;
    }
    let mut rust = cargo(["test", "--workspace", "--no-fail-fast"]);
    rust.args(&args.filter);
    let mut outcome = stages.stage("rust tests", || counted(rust, &mut counts));
    if everything {
        let unit = stages.stage("dashboard tests", || dashboard_tests(&mut counts));
        let node = stages.stage("node and browser tests", || node_tests(&mut counts));
        outcome = outcome.and(unit).and(node);
    }
    stages.summary();
    println!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
    outcome?;
    if args.filter.is_none() && counts.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// Types and unit tests of the dashboard.
fn dashboard_tests(counts: &mut Counts) -> Result<()> {
    npm::script(web::PACKAGE, "check")?;
    let mut unit = command("npm");
    unit.args(["run", "--silent", "--workspace", web::PACKAGE, "test"]).env("NO_COLOR", "1");
    counted(unit, counts)
}

/// Tests of the WebAssembly modules under Node, and of pages in Chromium.
fn node_tests(counts: &mut Counts) -> Result<()> {
    let browser = chromium::program()?;
    parity::simulate(&root().join("target/parity-small"), 100)?;
    let mut corpus = cargo(["run", "--quiet", "-p", "chatsignal-core", "--features", "testing"]);
    corpus.args(["--example", "parity", "--", "target/parity-small", "1000"]);
    step::run(corpus)?;
    let mut models = cargo(["run", "--quiet", "-p", "chatsignal-train"]);
    models.args(["--example", "custom_models", "--", "target/train-parity"]);
    step::run(models)?;
    let mut node = command("node");
    // The command line as the Rust tests have built it.
    node.env("CHATSIGNAL", root().join("target/debug/chatsignal-cli"));
    node.args(["--test", "--test-reporter=spec", "tests/js/"]).env("CHATSIGNAL_CHROMIUM", browser);
    counted(node, counts)
}

/// Runs a test command, passing its output through and adding up its closing lines.
fn counted(mut command: Command, counts: &mut Counts) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the tests")?;
    let output = child.stdout.take().context("no output to read")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        add_closing_line(&line, counts);
        println!("{line}");
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("tests failed ({status})");
    }
    Ok(())
}

/// Adds `test result: ok. 5 passed; 0 failed; 1 ignored; ...`, or lines of node's runner
/// (`# pass 5`, `ℹ pass 5`), or of vitest (`Tests  1 failed | 5 passed (6)`).
fn add_closing_line(line: &str, counts: &mut Counts) {
    if let Some(result) = line.strip_prefix("test result: ") {
        let numbers = result.split(['.', ';']).filter_map(|part| {
            let (number, word) = part.trim().split_once(' ')?;
            Some((number.parse::<u64>().ok()?, word))
        });
        for (number, word) in numbers {
            match word {
                "passed" => counts.passed += number,
                "failed" => counts.failed += number,
                "ignored" => counts.skipped += number,
                _ => {}
            }
        }
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    if let ["Tests", results @ ..] = &words[..] {
        for result in results.split(|word| *word == "|") {
            match result {
                [number, "passed", ..] => counts.passed += number.parse().unwrap_or(0),
                [number, "failed", ..] => counts.failed += number.parse().unwrap_or(0),
                [number, "skipped", ..] => counts.skipped += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    if let ["#" | "ℹ", word, number] = words[..] {
        let number = number.parse().unwrap_or(0);
        match word {
            "pass" => counts.passed += number,
            "fail" => counts.failed += number,
            "skipped" => counts.skipped += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up() {
        let mut counts = Counts::default();
        add_closing_line(
            "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out",
            &mut counts,
        );
        add_closing_line("ℹ pass 4", &mut counts);
        add_closing_line("# fail 1", &mut counts);
        add_closing_line("      Tests  1 failed | 2 passed | 3 skipped (6)", &mut counts);
        assert_eq!((counts.passed, counts.failed, counts.skipped), (11, 4, 4));
    }
}
