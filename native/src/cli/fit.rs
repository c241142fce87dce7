//! `chatsignal fit`.

use std::path::PathBuf;

use anyhow::Context;
use chatsignal_train::dataset::Task;
use comfy_table::{CellAlignment, Table, presets};

use super::exit::Exit;
use super::output::{self, printable};
use super::progress::Bar;
use crate::fit::{self, Learner, Report, Request, RequestError};

/// Train a model on any table of your own.
///
/// Every column but the target becomes a feature: numbers, or categories where a column holds
/// text. Empty cells, nan, na and null are missing values, which every learner takes. The report
/// names what was decided (labels, kinds of columns, columns left out) and the figures on the
/// training rows, on the folds and on the test table.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Table to learn from: CSV with a header; the delimiter (, ; or tab) is detected.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Column to predict.
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// What the target is: a number, or two labels.
    #[arg(long, value_enum)]
    task: TaskName,
    /// Who learns.
    #[arg(long, value_enum)]
    learner: LearnerName,
    /// Hyperparameters, as a JSON object by their usual names (docs/CLI.md has all of them).
    #[arg(long, value_name = "JSON", default_value = "{}")]
    params: String,
    /// Table with the same columns to judge the model on.
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Cross-validate with so many folds (stratified for a binary target).
    #[arg(long, value_name = "K")]
    folds: Option<usize>,
    /// Seed of every draw: the same seed gives the same bytes.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Label of a binary target that counts as 1 (else: yes, true or 1; else the rarer one).
    #[arg(long, value_name = "LABEL")]
    positive: Option<String>,
    /// Columns to read as categories though they hold numbers.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    categorical: Vec<String>,
    /// Columns to leave out.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    ignore: Vec<String>,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// Where to write the model.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

const EXAMPLES: &str = "Examples:
  chatsignal fit --data churn.csv --target Churn --task binary --learner forest --out churn.csm
  chatsignal fit --data leads.csv --target score --task regression --learner gbm --folds 5 \\
      --params '{\"n_estimators\": 200, \"max_depth\": 4, \"monotone\": {\"budget\": 1}}' --out m.csm";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TaskName {
    /// A number.
    Regression,
    /// Two labels.
    Binary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LearnerName {
    /// Gradient boosting (our own, second order, native missing values and categories).
    Gbm,
    /// Gradient boosting by the crate `gbdt`.
    Gbdt,
    /// Random forest.
    Forest,
    /// Logistic regression (binary targets).
    Logistic,
}

/// How to print the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ReportFormat {
    /// For people.
    #[default]
    Table,
    /// For programs: fixed keys.
    Json,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let request = Request {
        data: args.data,
        target: args.target,
        task: match args.task {
            TaskName::Regression => Task::Regression,
            TaskName::Binary => Task::Binary,
        },
        positive: args.positive,
        learner: match args.learner {
            LearnerName::Gbm => Learner::Gbm,
            LearnerName::Gbdt => Learner::Gbdt,
            LearnerName::Forest => Learner::Forest,
            LearnerName::Logistic => Learner::Logistic,
        },
        params: args.params,
        test: args.test,
        folds: args.folds,
        seed: args.seed,
        categorical: args.categorical,
        ignore: args.ignore,
    };
    let bar = Bar::new();
    let (artifact, mut report) = fit::fit(&request, &bar).map_err(with_exit)?;
    drop(bar);
    let bytes = artifact.encode();
    output::write_whole(&args.out, &bytes)
        .with_context(|| format!("writing {}", args.out.display()))?;
    report.model.bytes = bytes.len();
    report.model.path = Some(args.out);
    match args.format {
        ReportFormat::Json => output::print_json(&report),
        ReportFormat::Table => {
            print(&report);
            Ok(())
        }
    }
}

fn with_exit(error: RequestError) -> anyhow::Error {
    match error {
        RequestError::Unsound(_) => anyhow::Error::new(error),
        _ => Exit::BadData.error(error.to_string()),
    }
}

fn print(report: &Report) {
    for warning in &report.warnings {
        println!("note: {}", printable(warning));
    }
    if let Some(labels) = &report.labels {
        println!(
            "target `{}`: 1 = `{}`, 0 = `{}` (chosen: {})",
            printable(&report.target),
            printable(&labels.positive),
            printable(&labels.negative),
            labels.chosen_by,
        );
    }
    let categorical = report.features.iter().filter(|f| f.kind == "categorical").count();
    let (rows, features) = (report.rows, report.features.len());
    println!("{rows} rows, {features} features ({categorical} categorical)");
    let mut columns = vec![("train", &report.train)];
    if let Some(folds) = &report.folds {
        columns.push(("folds (mean)", &folds.mean));
        columns.push(("out of fold", &folds.out_of_fold));
    }
    columns.extend(report.test.as_ref().map(|test| ("test", test)));
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(std::iter::once("figure").chain(columns.iter().map(|(name, _)| *name)));
    let figures: Vec<_> = columns.iter().map(|(_, metrics)| metrics.figures()).collect();
    for (at, (name, _)) in figures[0].iter().enumerate() {
        let values = figures.iter().map(|f| f[at].1.map_or(String::new(), |v| format!("{v:.4}")));
        table.add_row(std::iter::once((*name).to_owned()).chain(values));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    let mut by_importance: Vec<_> = report.features.iter().collect();
    by_importance.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    println!("importance (mean absolute contribution to the margin):");
    for feature in by_importance.iter().take(10).filter(|f| f.importance > 0.0) {
        println!("  {:9.4}  {}", feature.importance, printable(&feature.name));
    }
    if let Some(path) = &report.model.path {
        let (bytes, seconds) = (report.model.bytes, report.seconds.total);
        println!("{}: {bytes} bytes, {seconds:.1} s", path.display());
    }
}
