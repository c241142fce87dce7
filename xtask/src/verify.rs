//! `cargo xtask verify`: the long campaigns, run by hand before a figure is claimed. Results go to
//! docs/verification.json.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::step::{cargo, command, root};
use crate::{api, fuzz, load};

/// Which campaigns.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only campaigns whose name contains this
    filter: Option<String>,
    /// Cases of every property
    #[arg(long, default_value_t = 10_000)]
    cases: u32,
    /// Seconds of the processor for each fuzz target (campaign `fuzz`, which runs when it is named or when all do)
    #[arg(long, default_value_t = 900)]
    fuzz_seconds: u32,
    /// Only fuzz targets whose name contains this
    #[arg(long, default_value = "")]
    fuzz_target: String,
    /// Examples of each operation (campaign `api`)
    #[arg(long, default_value_t = 100)]
    api_examples: u32,
    /// Seconds in place of minutes (campaign `load`, which is then not recorded)
    #[arg(long)]
    quick: bool,
}

/// A campaign: name, what it shows, the program that runs it with its arguments.
struct Campaign {
    name: &'static str,
    shows: &'static str,
    program: Program,
}

enum Program {
    Cargo(&'static [&'static str]),
    Node(&'static [&'static str]),
    /// A chore of ours, of which there is one case.
    Chore(&'static str),
}

impl Program {
    fn command(&self) -> Command {
        match self {
            Self::Cargo(arguments) => cargo(*arguments),
            Self::Chore(name) => cargo(["xtask", name]),
            Self::Node(arguments) => {
                let mut node = command("node");
                node.args(*arguments);
                node
            }
        }
    }
}

const CAMPAIGNS: &[Campaign] = &[
    Campaign {
        name: "properties-core",
        shows: "every property of features, models, explanations, artifacts, scores",
        program: Program::Cargo(&["test", "--release", "-p", "chatsignal-core"]),
    },
    Campaign {
        name: "properties-ingest",
        shows: "every property of the readers, and their structured mutants",
        program: Program::Cargo(&["test", "--release", "-p", "chatsignal-ingest"]),
    },
    Campaign {
        name: "properties-interop",
        shows: "damaged model files of other libraries do no harm, and undamaged ones say what \
                their library says",
        program: Program::Cargo(&["test", "--release", "-p", "chatsignal-tests", "--", "interop"]),
    },
    Campaign {
        name: "properties-train",
        shows: "every property of learners, labels and metrics",
        program: Program::Cargo(&["test", "--release", "-p", "chatsignal-train"]),
    },
    Campaign {
        name: "properties-features",
        shows: "the fold equals the plain recompute and SQL; order, repetition and the future",
        program: Program::Cargo(&["test", "--release", "-p", "chatsignal-tests", "--", "feature"]),
    },
    Campaign {
        name: "bits",
        shows: "100,000 vectors for each model scored and explained, and 2,000 simulated contacts \
                folded, with equal bits natively (with and without optimisation) and in WebAssembly",
        program: Program::Cargo(&["xtask", "parity"]),
    },
    Campaign {
        name: "kills",
        shows: "imports, publications, the service under load and training services, killed at \
                random, lose and double nothing",
        program: Program::Cargo(&[
            "test",
            "--release",
            "-p",
            "chatsignal-tests",
            "--",
            "--ignored",
            "kill",
        ]),
    },
    Campaign {
        name: "traps",
        shows: "real traps of the scoring module (memory out of bounds, out of memory): after each \
                one it is started anew, and the next call has equal bits (after `cargo xtask wasm`)",
        program: Program::Node(&["--test", "--test-reporter=spec", "tests/js/trap.test.mjs"]),
    },
    Campaign {
        name: "wasm-pack",
        shows: "the scoring crate as a package of wasm-pack for web, bundler and nodejs, with and \
                without the feature `serde`, loads in Node and scores with equal bits (after \
                `cargo xtask wasm`)",
        program: Program::Chore("wasm-pack"),
    },
];

/// Runs the campaigns and records what happened.
pub fn run(args: &Args) -> Result<()> {
    let path = root().join("docs/verification.json");
    let mut record: Value = fs::read(&path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_else(|| json!({}));
    let mut failed = Vec::new();
    let wanted = |c: &&Campaign| args.filter.as_ref().is_none_or(|f| c.name.contains(f.as_str()));
    for campaign in CAMPAIGNS.iter().filter(wanted) {
        eprintln!("== {}: {}", campaign.name, campaign.shows);
        let start = Instant::now();
        let mut run = campaign.program.command();
        run.env("CHATSIGNAL_CASES", args.cases.to_string());
        let passed = run.status()?.success();
        let mut command = format!("cargo xtask verify {}", campaign.name);
        let cases = match campaign.program {
            Program::Chore(_) => 1,
            Program::Cargo(_) | Program::Node(_) => {
                command += &format!(" --cases {}", args.cases);
                args.cases
            }
        };
        record[campaign.name] = json!({
            "shows": campaign.shows,
            "command": command,
            "cases": cases,
            "passed": passed,
            "seconds": start.elapsed().as_secs(),
            "commit": commit(),
        });
        if !passed {
            failed.push(campaign.name);
        }
        write(&path, &record)?;
    }
    if args.filter.as_ref().is_none_or(|f| "fuzz".contains(f.as_str())) {
        fuzz::run(&args.fuzz_target, args.fuzz_seconds, |target, mut figures| {
            // Runs add up: a target is fuzzed a while on every occasion.
            let before = record["fuzz"]["targets"][target].take();
            let number = |figures: &Value, key: &str| figures[key].as_u64().unwrap_or(0);
            for key in ["cpu_seconds", "runs"] {
                figures[key] = (number(&figures, key) + number(&before, key)).into();
            }
            let peak = number(&figures, "peak_rss_mib").max(number(&before, "peak_rss_mib"));
            figures["peak_rss_mib"] = peak.into();
            figures["commit"] = commit().into();
            record["fuzz"]["targets"][target] = figures;
            record["fuzz"]["shows"] = "everything that reads bytes, coverage-guided: no crash, \
                                       hang or excess of memory; seconds and runs of all \
                                       campaigns together"
                .into();
            record["fuzz"]["command"] =
                "cargo xtask verify fuzz --fuzz-seconds N --fuzz-target NAME".into();
            write(&path, &record)
        })?;
    }
    let named = |name: &str| args.filter.as_ref().is_none_or(|f| name.contains(f.as_str()));
    if named("api") {
        let examples = args.api_examples;
        let figures = api::run(examples)?;
        record["api"] = json!({
            "shows": "a fuzzing client driven by our own OpenAPI document finds no 5xx and no mismatch",
            "command": format!("cargo xtask verify api --api-examples {examples}"),
            "commit": commit(),
            "figures": figures,
        });
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&record)?))?;
    }
    if named("load") {
        let (passed, figures) = load::run(args.quick)?;
        if !args.quick {
            record["load"] = json!({
                "shows": "overload is refused at once, slow clients are closed, a stop loses nothing",
                "command": "cargo xtask verify load",
                "commit": commit(),
                "passed": passed,
                "figures": figures,
            });
            fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&record)?))?;
        }
        if !passed {
            failed.push("load");
        }
    }
    if !failed.is_empty() {
        bail!("campaigns failed: {}", failed.join(", "));
    }
    Ok(())
}

fn write(path: &Path, record: &Value) -> Result<()> {
    Ok(fs::write(path, format!("{}\n", serde_json::to_string_pretty(record)?))?)
}

fn commit() -> String {
    let output = command("git").args(["rev-parse", "--short", "HEAD"]).output();
    output.map_or_else(|_| String::new(), |o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
}
