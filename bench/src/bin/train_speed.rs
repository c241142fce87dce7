//! Training time and hold-out AUC beside XGBoost, LightGBM and scikit-learn on simulated rows.
//!
//! The sides take turns in one run, so that a busy machine is busy for both, and the turn of least
//! CPU time of each counts. Writes `bench/results/train_speed.json` and `train_speed.md`, in which a
//! part that is run alone (`--learner`, `--rows`) replaces its older lines.
//!
//! `cargo run --release -p chatsignal-bench --bin train_speed`

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use chatsignal_bench::clock::{Seconds, timed};
use chatsignal_bench::compare::Ours;
use chatsignal_bench::rival::{Rival, Rivals, TRAIN_ONLY};
use chatsignal_bench::table::wide;
use chatsignal_train::dataset::{Dataset, Task};
use chatsignal_train::learner::{ForestParams, GbmParams, LogisticParams, LogisticSolver};
use chatsignal_train::metric;
use clap::Parser;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Rows held out to judge both sides on.
const HELD_OUT: usize = 20_000;
/// Compare training times.
#[derive(Debug, Parser)]
struct Args {
    /// Only learners whose name contains this.
    #[arg(long, default_value = "")]
    learner: String,
    /// Numbers of rows to learn from.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    rows: Vec<usize>,
    /// Turns of each side.
    #[arg(long, default_value_t = 3)]
    turns: usize,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
}

/// A learner of ours and those it is measured against.
struct Case {
    learner: &'static str,
    settings: &'static str,
    ours: Ours,
    rivals: Vec<(Rival, &'static str)>,
    /// On one thread: our CPU time is to be at most so many times that of the faster rival, and our
    /// AUC at most so much below the better one's.
    limit: Option<Limit>,
}

/// What is asked of a comparison.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Limit {
    ratio: f64,
    auc: f64,
}

/// One rival's figures.
#[derive(Debug, Serialize, Deserialize)]
struct Theirs {
    rival: String,
    settings: String,
    seconds: Seconds,
    auc: f64,
}

/// One comparison.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    learner: String,
    settings: String,
    machine: String,
    rows: usize,
    features: usize,
    threads: usize,
    turns: usize,
    ours: Seconds,
    our_auc: f64,
    rivals: Vec<Theirs>,
    /// Our CPU time over that of the faster rival.
    cpu_ratio: f64,
    /// Our wall clock over that of the faster rival.
    wall_ratio: f64,
    /// Our AUC less that of the better rival.
    auc_difference: f64,
    limit: Option<Limit>,
    /// Whether the limit holds; none where there is none.
    held: Option<bool>,
}

fn cases() -> Vec<Case> {
    let logistic = || {
        let rival = Rival { name: "sklearn_logistic", params: json!({}) };
        vec![(rival, "C 1, lbfgs, after StandardScaler")]
    };
    vec![
        Case {
            learner: "gbm",
            settings: "100 trees, depth 6, rate 0.1, lambda 1, least hessian 1, 255 bins",
            ours: Ours::Gbm(GbmParams::default()),
            rivals: vec![
                (
                    Rival {
                        name: "xgboost",
                        params: json!({
                            "n_estimators": 100, "max_depth": 6, "learning_rate": 0.1,
                            "reg_lambda": 1.0, "min_child_weight": 1.0,
                        }),
                    },
                    "hist, depth 6, the same parameters, 256 bins",
                ),
                (
                    Rival {
                        name: "lightgbm",
                        params: json!({
                            "n_estimators": 100, "max_depth": 6, "num_leaves": 64,
                            "learning_rate": 0.1, "reg_lambda": 1.0, "min_child_weight": 1.0,
                            "min_child_samples": 1,
                        }),
                    },
                    "depth 6, 64 leaves, the same parameters, 1 row a leaf, 255 bins",
                ),
            ],
            limit: Some(Limit { ratio: 1.2, auc: 0.002 }),
        },
        Case {
            learner: "forest",
            settings: "100 full trees, sqrt features, 255 bins",
            ours: Ours::Forest(ForestParams::default()),
            rivals: vec![(
                Rival { name: "sklearn_forest", params: json!({}) },
                "100 full trees, sqrt features",
            )],
            // As in quality.md: from seed to seed the AUC of such a forest moves by 0.001 to 0.002.
            limit: Some(Limit { ratio: 1.0, auc: 0.005 }),
        },
        Case {
            learner: "logistic",
            settings: "own Newton, C 1",
            ours: Ours::Logistic(LogisticParams::default()),
            rivals: logistic(),
            limit: Some(Limit { ratio: 2.0, auc: 0.002 }),
        },
        Case {
            learner: "logistic, linfa",
            settings: "linfa-logistic, C 1",
            ours: Ours::Logistic(LogisticParams {
                solver: LogisticSolver::Linfa,
                ..Default::default()
            }),
            rivals: logistic(),
            limit: None,
        },
    ]
}

fn main() -> Result<()> {
    let args = Args::parse();
    let rivals = Rivals::here();
    let mut lines = Vec::new();
    for case in cases().iter().filter(|case| case.learner.contains(&args.learner)) {
        for &rows in &args.rows {
            let all = wide(rows + HELD_OUT);
            let train = all.select(&(0..rows).collect::<Vec<_>>());
            let test = all.select(&(rows..rows + HELD_OUT).collect::<Vec<_>>());
            let mut fold = vec![TRAIN_ONLY; rows];
            fold.resize(rows + HELD_OUT, 0);
            let folder = rivals.write("speed", &all, &fold)?;
            for &threads in &args.threads {
                let line = compare(case, &train, &test, threads, args.turns, |rival| {
                    let (predicted, seconds) =
                        rivals.fit(&folder, Task::Binary, rival, threads, false)?;
                    Ok((predicted[rows..].to_vec(), seconds))
                })?;
                line.rivals.iter().for_each(|theirs| println!("{}", row(&line, theirs)));
                lines.push(line);
            }
        }
    }
    report(lines)
}

/// Takes turns; `fit_rival` answers for the test rows.
fn compare(
    case: &Case,
    train: &Dataset,
    test: &Dataset,
    threads: usize,
    turns: usize,
    fit_rival: impl Fn(&Rival) -> Result<(Vec<f64>, Seconds)>,
) -> Result<Line> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let auc = |predicted: &[f64]| metric::auc(&test.y, predicted).context("no AUC");
    let (mut ours, mut our_auc) = (None, 0.0);
    let mut theirs = vec![(None, 0.0); case.rivals.len()];
    for _ in 0..turns.max(1) {
        let (model, seconds) = timed(|| pool.install(|| case.ours.fit(train, Task::Binary)));
        our_auc = auc(&model?.predict(test))?;
        ours = Some(less(ours, seconds));
        for ((best, their_auc), (rival, _)) in theirs.iter_mut().zip(&case.rivals) {
            let (predicted, seconds) = fit_rival(rival)?;
            *their_auc = auc(&predicted)?;
            *best = Some(less(*best, seconds));
        }
    }
    let ours = ours.unwrap_or_default();
    let rivals: Vec<Theirs> = theirs
        .into_iter()
        .zip(&case.rivals)
        .map(|((seconds, auc), (rival, settings))| Theirs {
            rival: rival.name.into(),
            settings: (*settings).into(),
            seconds: seconds.unwrap_or_default(),
            auc,
        })
        .collect();
    let least = |of: fn(&Theirs) -> f64| rivals.iter().map(of).fold(f64::INFINITY, f64::min);
    let cpu_ratio = ours.cpu_s / least(|t| t.seconds.cpu_s);
    let wall_ratio = ours.wall_s / least(|t| t.seconds.wall_s);
    let auc_difference = our_auc + least(|t| -t.auc);
    let limit = case.limit.filter(|_| threads == 1);
    let held = limit.map(|limit| cpu_ratio <= limit.ratio && auc_difference >= -limit.auc);
    Ok(Line {
        learner: case.learner.into(),
        settings: case.settings.into(),
        machine: machine(),
        rows: train.rows(),
        features: train.schema.len(),
        threads,
        turns,
        ours,
        our_auc,
        rivals,
        cpu_ratio,
        wall_ratio,
        auc_difference,
        limit,
        held,
    })
}

/// The turn of less CPU time.
fn less(best: Option<Seconds>, next: Seconds) -> Seconds {
    match best {
        Some(best) if best.cpu_s <= next.cpu_s => best,
        _ => next,
    }
}

const HEAD: &str = "| learner | rows x features | threads | ours, CPU s (wall) | rival | theirs, CPU s (wall) | ours / theirs | our AUC | theirs | turns | at most | held |\n|---|---|---|---|---|---|---|---|---|---|---|---|";

fn row(line: &Line, theirs: &Theirs) -> String {
    let (ours, seconds) = (line.ours, theirs.seconds);
    format!(
        "| {} | {} x {} | {} | {:.3} ({:.3}) | {} | {:.3} ({:.3}) | {:.2} | {:.4} | {:.4} | {} | {} | {} |",
        line.learner,
        line.rows,
        line.features,
        line.threads,
        ours.cpu_s,
        ours.wall_s,
        theirs.rival,
        seconds.cpu_s,
        seconds.wall_s,
        ours.cpu_s / seconds.cpu_s,
        line.our_auc,
        theirs.auc,
        line.turns,
        line.limit.map_or("-".into(), |limit| {
            format!("{:.1} x the faster, AUC -{}", limit.ratio, limit.auc)
        }),
        match line.held {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "-",
        },
    )
}

/// Puts the lines into the results, in place of older ones of the same comparison, and prints all.
fn report(lines: Vec<Line>) -> Result<()> {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    let json = results.join("train_speed.json");
    let mut all: Vec<Line> = match std::fs::read(&json) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => Vec::new(),
    };
    all.retain(|old| !lines.iter().any(|new| key(new) == key(old)));
    all.extend(lines);
    all.sort_by(|a, b| key(a).cmp(&key(b)));
    let machines: BTreeSet<&str> = all.iter().map(|line| line.machine.as_str()).collect();
    let mut text = format!(
        "# Training time beside rivals\n\nWritten by `cargo run --release -p chatsignal-bench --bin train_speed`. \
         {}. Rivals: {}. Simulated rows (`chatsignal_bench::table::wide`), binary target, {HELD_OUT} more rows held \
         out for the AUC. Times are those of the whole fit, binning included; of several turns, taken alternately, \
         the one of least CPU time. The limits are for one thread.\n\n{HEAD}\n",
        machines.into_iter().collect::<Vec<_>>().join("; "),
        versions().join(", "),
    );
    for line in &all {
        for theirs in &line.rivals {
            writeln!(text, "{}", row(line, theirs))?;
        }
    }
    text += "\nSettings:\n";
    let ours = all.iter().map(|line| format!("- {}, ours: {}.", line.learner, line.settings));
    let theirs = all.iter().flat_map(|line| &line.rivals);
    let settings: BTreeSet<String> =
        ours.chain(theirs.map(|t| format!("- {}: {}.", t.rival, t.settings))).collect();
    for setting in settings {
        writeln!(text, "{setting}")?;
    }
    println!("\n{text}");
    std::fs::write(results.join("train_speed.md"), text)?;
    Ok(std::fs::write(json, serde_json::to_string_pretty(&all)? + "\n")?)
}

fn key(line: &Line) -> (&str, usize, usize) {
    (&line.learner, line.rows, line.threads)
}

/// The processor and how many of it there are.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    format!("Machine: {}, {cores} cores", model.map_or("unknown", |(_, name)| name.trim()))
}

/// Pinned versions of the rivals.
fn versions() -> Vec<&'static str> {
    let pinned = include_str!("../../rivals/requirements.txt").lines();
    pinned
        .filter(|line| ["xgboost", "lightgbm", "scikit"].iter().any(|n| line.starts_with(n)))
        .collect()
}
