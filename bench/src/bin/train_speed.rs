//! Training time beside XGBoost and scikit-learn: 100,000 x 24 simulated rows, the sides taking
//! turns in one run, so that a busy machine is busy for both. CPU seconds are the figure to read.
//! Writes `bench/results/train_speed.json`.
//!
//! `cargo run --release -p chatsignal-bench --bin train_speed`

use anyhow::Result;
use chatsignal_bench::clock::{Seconds, timed};
use chatsignal_bench::compare::Ours;
use chatsignal_bench::rival::{Rival, Rivals};
use chatsignal_bench::table::wide;
use chatsignal_train::dataset::Task;
use chatsignal_train::learner::{ForestParams, GbmParams, LogisticParams, LogisticSolver};
use clap::Parser;
use serde_json::json;

#[derive(Debug, Parser)]
struct Args {
    /// Rows for boosting and logistic regression.
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
    /// Rows for the forests.
    #[arg(long, default_value_t = 10_000)]
    forest_rows: usize,
    /// Turns of each side.
    #[arg(long, default_value_t = 3)]
    turns: usize,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let rivals = Rivals::here();
    let xgboost = json!({"n_estimators": 100, "max_depth": 6, "learning_rate": 0.1});
    let pairs = [
        ("gbm", args.rows, Ours::Gbm(GbmParams::default()), "xgboost", xgboost),
        (
            "forest",
            args.forest_rows,
            Ours::Forest(ForestParams::default()),
            "sklearn_forest",
            json!({}),
        ),
        (
            "logistic, newton",
            args.rows,
            Ours::Logistic(LogisticParams::default()),
            "sklearn_logistic",
            json!({}),
        ),
        (
            "logistic, linfa",
            args.rows,
            Ours::Logistic(LogisticParams { solver: LogisticSolver::Linfa, ..Default::default() }),
            "sklearn_logistic",
            json!({}),
        ),
    ];
    let mut lines = Vec::new();
    for (learner, rows, ours, name, params) in pairs {
        let data = wide(rows);
        // One fold that is trained and predicted whole.
        let folder = rivals.write("speed", &data, &vec![0; rows])?;
        let rival = Rival { name, params };
        for &threads in &args.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let (mut best, mut rival_best): (Option<Seconds>, Option<Seconds>) = (None, None);
            for _ in 0..args.turns {
                let (model, seconds) = timed(|| pool.install(|| ours.fit(&data, Task::Binary)));
                model?;
                best = Some(less(best, seconds));
                let (_, seconds) = rivals.fit(&folder, Task::Binary, &rival, threads)?;
                rival_best = Some(less(rival_best, seconds));
            }
            let line = json!({
                "learner": learner, "rival": name, "rows": rows, "features": 24,
                "threads": threads, "ours": best, "theirs": rival_best, "turns": args.turns,
            });
            println!("{line}");
            lines.push(line);
        }
    }
    let results = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    Ok(std::fs::write(
        results.join("train_speed.json"),
        serde_json::to_string_pretty(&lines)? + "\n",
    )?)
}

/// The turn of less CPU time.
fn less(best: Option<Seconds>, next: Seconds) -> Seconds {
    match best {
        Some(best) if best.cpu_s <= next.cpu_s => best,
        _ => next,
    }
}
