//! Quality of our learners beside XGBoost, LightGBM and scikit-learn on the same folds of the same
//! tables with the same parameters. Writes `bench/results/quality.{json,md}`.
//!
//! `cargo run --release -p chatsignal-bench --bin quality -- --setup`

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use chatsignal_bench::clock::Seconds;
use chatsignal_bench::compare::{Ours, Scores};
use chatsignal_bench::rival::{Rival, Rivals};
use chatsignal_bench::simulated;
use chatsignal_bench::table::{Table, friedman, one_hot, public};
use chatsignal_core::model::FeatureKind;
use chatsignal_train::dataset::Task;
use chatsignal_train::learner::{ForestParams, GbdtParams, GbmParams, LogisticParams};
use chatsignal_train::split::{Fold, KFold, StratifiedKFold};
use clap::Parser;
use serde::{Deserialize, Serialize};
use serde_json::json;

const FOLDS: usize = 5;

#[derive(Debug, Parser)]
struct Args {
    /// Make the rivals' environment first (needs a package registry).
    #[arg(long)]
    setup: bool,
    /// Folder of the tables.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/tabular"))]
    data: PathBuf,
    /// Only tables whose name contains this.
    #[arg(long, default_value = "")]
    table: String,
    /// Only our learners whose name contains this.
    #[arg(long, default_value = "")]
    learner: String,
    /// Seeds of the folds: each is a full cross-validation, and the figures are means.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Threads of both sides. More than there are free cores makes OpenMP libraries crawl.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Take what a rival predicted on the same bytes, folds, parameters and versions from an earlier
    /// fit, with the CPU time that it took then.
    #[arg(long)]
    quick: bool,
}

/// A line of the report.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    table: String,
    categories: String,
    settings: String,
    learner: String,
    rival: String,
    ours: Scores,
    theirs: Scores,
    /// Ours minus theirs: AUC or R2, then log loss or RMSE.
    difference: (f64, f64),
    limit: String,
    held: bool,
    /// Seeds of the folds that the figures are means over.
    seeds: u64,
    our_seconds: Seconds,
    their_seconds: Seconds,
}

/// A pair to compare.
struct Pair {
    settings: &'static str,
    ours: Ours,
    rival: Rival,
}

fn pairs(task: Task) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (settings, trees, depth) in [("100 x 6, rate 0.1", 100, 6), ("200 x 3, rate 0.1", 200, 3)] {
        let params = GbmParams { n_estimators: trees, max_depth: depth, ..GbmParams::default() };
        let same = json!({
            "n_estimators": trees, "max_depth": depth, "learning_rate": 0.1, "reg_lambda": 1.0,
            "min_child_weight": 1.0,
        });
        pairs.push(Pair {
            settings,
            ours: Ours::Gbm(params),
            rival: Rival { name: "xgboost", params: same },
        });
    }
    let leaves = GbmParams {
        max_leaves: Some(31),
        max_depth: 64,
        min_samples_leaf: 20,
        min_child_weight: 1e-3,
        lambda: 0.0,
        ..GbmParams::default()
    };
    pairs.push(Pair {
        settings: "100 x 31 leaves, rate 0.1",
        ours: Ours::Gbm(leaves),
        rival: Rival { name: "lightgbm", params: json!({}) },
    });
    for (settings, leaf) in [("200 trees, leaf 1", 1), ("200 trees, leaf 5", 5)] {
        pairs.push(Pair {
            settings,
            ours: Ours::Forest(ForestParams {
                n_estimators: 200,
                min_samples_leaf: leaf,
                ..ForestParams::default()
            }),
            rival: Rival {
                name: "sklearn_forest",
                params: json!({"n_estimators": 200, "min_samples_leaf": leaf}),
            },
        });
    }
    if task == Task::Binary {
        for (settings, c) in [("C = 1", 1.0), ("C = 0.01", 0.01)] {
            pairs.push(Pair {
                settings,
                ours: Ours::Logistic(LogisticParams { c, ..LogisticParams::default() }),
                rival: Rival { name: "sklearn_logistic", params: json!({"C": c}) },
            });
        }
    }
    pairs.push(Pair {
        settings: "100 x 4, rate 0.1",
        ours: Ours::Gbdt(GbdtParams { max_depth: 4, ..GbdtParams::default() }),
        rival: Rival {
            name: "xgboost",
            params: json!({"n_estimators": 100, "max_depth": 4, "learning_rate": 0.1}),
        },
    });
    pairs
}

fn main() -> Result<()> {
    let args = Args::parse();
    let rivals = Rivals::here();
    if args.setup {
        rivals.set_up()?;
    }
    rayon::ThreadPoolBuilder::new().num_threads(args.threads).build_global()?;
    let mut tables = public(&args.data)?;
    tables.push(friedman(10_000));
    if simulated::NAMES.iter().any(|name| name.contains(&args.table)) {
        tables.extend(simulated::workspace()?);
    }
    let mut lines = Vec::new();
    for table in tables.iter().filter(|t| t.name.contains(&args.table)) {
        let categorical = table.data.schema.features.iter().any(|f| f.kind != FeatureKind::Numeric);
        for pair in pairs(table.task) {
            if !pair.ours.name().contains(&args.learner) {
                continue;
            }
            // scikit-learn's forest takes no categories; the logistic pipelines make their own columns.
            let (forest, logistic) =
                (matches!(pair.ours, Ours::Forest(_)), matches!(pair.ours, Ours::Logistic(_)));
            let gbdt = matches!(pair.ours, Ours::Gbdt(_));
            if categorical {
                lines.push(compare(&args, &rivals, table, &pair, "native", forest)?);
            }
            if !categorical || !(logistic || gbdt) {
                lines.push(compare(
                    &args,
                    &rivals,
                    table,
                    &pair,
                    if categorical { "one-hot" } else { "none" },
                    categorical,
                )?);
            }
            println!("{}", row(&lines[lines.len() - 1]));
        }
    }
    report(lines)
}

/// `categories` as we take them; the rival gets one column each if `rival_one_hot`.
fn compare(
    args: &Args,
    rivals: &Rivals,
    table: &Table,
    pair: &Pair,
    categories: &'static str,
    rival_one_hot: bool,
) -> Result<Line> {
    let (ours_data, theirs_data) = (
        if categories == "one-hot" { one_hot(&table.data) } else { table.data.clone() },
        if rival_one_hot { one_hot(&table.data) } else { table.data.clone() },
    );
    let y = &table.data.y;
    let (mut ours, mut theirs) = ((0.0, 0.0), (0.0, 0.0));
    let (mut our_seconds, mut their_seconds) = (Seconds::default(), Seconds::default());
    for seed in 1..=args.seeds {
        let folds = match table.task {
            Task::Binary => StratifiedKFold::new(FOLDS, seed)?.split(y)?,
            Task::Regression => KFold::new(FOLDS, seed)?.split(y.len())?,
        };
        let (ours_p, ours_s) = pair.ours.cross_validate(&ours_data, table.task, &folds)?;
        let folder = rivals.write(table.name, &theirs_data, &fold_numbers(&folds, y.len()))?;
        let (theirs_p, theirs_s) =
            rivals.fit(&folder, table.task, &pair.rival, args.threads, args.quick)?;
        for (sum, p, seconds, s) in [
            (&mut ours, ours_p, &mut our_seconds, ours_s),
            (&mut theirs, theirs_p, &mut their_seconds, theirs_s),
        ] {
            let (rank, loss) = Scores::of(table.task, y, &p, &folds)?.pair();
            let share = 1.0 / args.seeds as f64;
            *sum = (sum.0 + rank * share, sum.1 + loss * share);
            seconds.wall_s += s.wall_s * share;
            seconds.cpu_s += s.cpu_s * share;
        }
    }
    let scores = |(rank, loss): (f64, f64)| match table.task {
        Task::Binary => Scores::Binary { auc: rank, log_loss: loss },
        Task::Regression => Scores::Regression { r2: rank, rmse: loss },
    };
    let difference = (ours.0 - theirs.0, ours.1 - theirs.1);
    let (limit, held) = match (&pair.ours, table.task) {
        (Ours::Logistic(_), _) => ("log loss within 1e-4", difference.1.abs() <= 1e-4),
        (Ours::Forest(_), Task::Binary) => ("AUC -0.005", difference.0 >= -0.005),
        (_, Task::Binary) => ("AUC -0.003", difference.0 >= -0.003),
        (_, Task::Regression) => ("R2 -0.01", difference.0 >= -0.01),
    };
    Ok(Line {
        table: table.name.into(),
        categories: categories.into(),
        settings: pair.settings.into(),
        learner: pair.ours.name().into(),
        rival: pair.rival.name.into(),
        ours: scores(ours),
        theirs: scores(theirs),
        difference,
        limit: limit.into(),
        held,
        seeds: args.seeds,
        our_seconds,
        their_seconds,
    })
}

fn fold_numbers(folds: &[Fold], rows: usize) -> Vec<u8> {
    let mut numbers = vec![0; rows];
    for (k, fold) in folds.iter().enumerate() {
        fold.test.iter().for_each(|&row| numbers[row] = k as u8);
    }
    numbers
}

const HEAD: &str = "| table | categories | learner | settings | rival | ours AUC/R2 | theirs | difference | ours log loss/RMSE | theirs | difference | limit | held | our fit CPU s | theirs |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

fn row(line: &Line) -> String {
    let ((a, b), (c, d)) = (line.ours.pair(), line.theirs.pair());
    format!(
        "| {} | {} | {} | {} | {} | {a:.4} | {c:.4} | {:+.4} | {b:.5} | {d:.5} | {:+.5} | {} | {} | {:.2} | {:.2} |",
        line.table,
        line.categories,
        line.learner,
        line.settings,
        line.rival,
        line.difference.0,
        line.difference.1,
        line.limit,
        if line.held { "yes" } else { "**no**" },
        line.our_seconds.cpu_s,
        line.their_seconds.cpu_s,
    )
}

/// Prints the lines and puts them into the results, in place of older ones of the same comparison.
fn report(lines: Vec<Line>) -> Result<()> {
    let results = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    let json = results.join("quality.json");
    let mut all: Vec<Line> = match std::fs::read(&json) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => Vec::new(),
    };
    all.retain(|old| !lines.iter().any(|new| key(new) == key(old)));
    all.extend(lines);
    all.sort_by(|a, b| key(a).cmp(&key(b)));
    let missed = all.iter().filter(|l| !l.held).count();
    let mut text = format!(
        "# Quality beside rivals\n\nWritten by `cargo run --release -p chatsignal-bench --bin quality`. Means over \
         {FOLDS} folds (stratified for binary targets); the rivals' versions are in \
         `bench/rivals/requirements.txt`. Both sides get the same bytes and folds. Limits: what ours may be worse by. \
         CPU seconds are those of all fits of a cross-validation, one thread unless said.\n\n\
         {} comparisons, {missed} over the limit.\n\n{HEAD}\n",
        all.len()
    );
    for line in &all {
        writeln!(text, "{}", row(line))?;
    }
    println!("\n{text}");
    std::fs::write(results.join("quality.md"), text)?;
    Ok(std::fs::write(json, serde_json::to_string_pretty(&all)? + "\n")?)
}

fn key(line: &Line) -> [&str; 5] {
    [&line.table, &line.learner, &line.settings, &line.rival, &line.categories]
}
