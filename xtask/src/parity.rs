//! `cargo xtask parity`: the same bits from every build.
//!
//! One seeded corpus of feature vectors is scored and explained, and simulated event logs are folded
//! into features, natively without optimisation,
//! natively with it, and in WebAssembly in Node and in Chromium. The XXH64 of all bits must agree.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use xxhash_rust::xxh64::Xxh64;

use crate::step::{self, Stages, cargo, command, root};
use crate::wasm;

/// How much to compare.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Feature vectors for each model
    #[arg(long, default_value_t = 100_000)]
    vectors: usize,
    /// Simulated contacts whose events are folded into features
    #[arg(long, default_value_t = 2_000)]
    contacts: u32,
}

/// Hash of each part of the corpus.
type Hashes = BTreeMap<String, u64>;

/// Compares the three builds.
pub fn run(args: &Args) -> Result<()> {
    let corpus = root().join("target/parity");
    let mut stages = Stages::default();
    stages.stage("simulated events", || simulate(&corpus, args.contacts))?;
    let release = stages.stage("native release", || native("release", &corpus, args.vectors))?;
    let debug =
        stages.stage("native unoptimized", || native("unoptimized", &corpus, args.vectors))?;
    stages.stage("build wasm", wasm::build)?;
    let node = stages.stage("wasm in Node", || wasm_in("node", &corpus, release.keys()))?;
    let chromium =
        stages.stage("wasm in Chromium", || wasm_in("chromium", &corpus, release.keys()))?;
    stages.summary();
    let heads = ["release", "unoptimized", "Node", "Chromium"];
    println!("{:<24} {}", "corpus", heads.map(|head| format!("{head:<16}")).join(" "));
    let others = [&debug, &node, &chromium];
    for (name, hash) in &release {
        let found = others.map(|hashes| hashes.get(name).copied().unwrap_or(0));
        println!("{name:<24} {hash:016x} {}", found.map(|h| format!("{h:016x}")).join(" "));
    }
    if release.is_empty() || others.iter().any(|hashes| **hashes != release) {
        bail!("the builds differ: equal bits on every target are an invariant");
    }
    let Args { vectors, contacts } = args;
    println!("equal bits: {vectors} vectors for each model, {contacts} contacts folded");
    Ok(())
}

/// Writes the simulated event logs that [`Args::contacts`] speaks of.
pub fn simulate(corpus: &Path, contacts: u32) -> Result<()> {
    std::fs::create_dir_all(corpus)?;
    let mut run = cargo(["run", "--quiet", "-p", "chatsignal-train", "--example"]);
    run.args(["simulated_events", "--"]);
    run.arg(corpus.join("simulated.events")).arg(contacts.to_string());
    step::run(run)
}

/// Runs the corpus natively; leaves models and rows in `corpus`.
fn native(profile: &str, corpus: &Path, vectors: usize) -> Result<Hashes> {
    let mut run = cargo(["run", "--quiet", "-p", "chatsignal-core", "--features", "testing"]);
    run.args(["--example", "parity", "--profile", profile, "--"]);
    run.arg(corpus).arg(vectors.to_string());
    let output = run.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("the native corpus failed ({})", output.status);
    }
    String::from_utf8(output.stdout)?.lines().map(parse).collect()
}

fn parse(line: &str) -> Result<(String, u64)> {
    let (name, hash) = line.split_once(' ').context("a line of the corpus has no hash")?;
    Ok((name.to_owned(), u64::from_str_radix(hash, 16)?))
}

/// Runs the corpus in WebAssembly and hashes what it writes.
fn wasm_in<'a>(
    host: &str,
    corpus: &Path,
    names: impl Iterator<Item = &'a String>,
) -> Result<Hashes> {
    let script: PathBuf = root().join("tests/js/corpus.mjs");
    let mut hashes = Hashes::new();
    for name in names {
        let mut run = command("node");
        run.arg(&script).arg(wasm::dist()).arg(corpus).arg(name).arg(host);
        let mut child = run.stdout(Stdio::piped()).spawn().context("node is needed")?;
        let mut output = child.stdout.take().context("no output to read")?;
        let mut hash = Xxh64::new(0);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match output.read(&mut buffer)? {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("{name} failed in {host} ({status})");
        }
        hashes.insert(name.clone(), hash.digest());
    }
    Ok(hashes)
}
