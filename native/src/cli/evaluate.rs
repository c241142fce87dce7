//! `chatsignal evaluate`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chatsignal_core::artifact::ModelKind;
use chatsignal_train::evaluation::Metrics;
use chatsignal_train::pipeline::{self, PipelineConfig};
use serde_json::{Value, json};

use super::exit::Exit;
use super::kind::Kind;
use super::output::{self, Format};
use super::progress::Bar;
use super::workspace::Workspace;
use crate::registry::ModelRegistry;
use crate::training;

/// Judge a model on the event log, or any predictions in a CSV file.
///
/// On the log, rows later than the model's training data are taken where there are enough of them;
/// otherwise the output says that the model may have learnt from the rows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatsignal evaluate churn
  chatsignal evaluate lead --version 3 --format json
  chatsignal evaluate --predictions scored.csv")]
pub(crate) struct Args {
    /// Which model.
    #[arg(value_enum, required_unless_present = "predictions")]
    which: Option<Kind>,
    /// Number of the version [default: the one that scores].
    #[arg(long = "version-number", alias = "version", value_name = "N")]
    number: Option<u32>,
    /// CSV file with the columns target (0 or 1) and prediction (0 to 1), and, if rows belong
    /// together, contact. With `lead`, both are 0 to 100.
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Seed of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    workspace: Workspace,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let config = PipelineConfig { seed: args.seed, ..PipelineConfig::default() };
    if let Some(path) = &args.predictions {
        let graded = args.which == Some(Kind::Lead);
        let table = read(path, graded)?;
        let metrics = pipeline::evaluate_predictions(
            &table.target,
            &table.prediction,
            &table.contact,
            graded,
            &config,
        );
        let rows = table.target.len();
        return print(args.format, &metrics, json!({ "rows": rows, "metrics": metrics }));
    }
    let kind = args.which.map_or(ModelKind::Churn, Kind::model);
    let (store, tenant) = args.workspace.open()?;
    let registry = ModelRegistry::open(ModelRegistry::beside(store.path()))?;
    let served = match args.number {
        Some(version) => registry.get(&tenant.name, kind, version)?,
        None => registry.champion(&tenant.name, kind)?,
    };
    let config =
        PipelineConfig { tenant: training::tenant_facts(&store.settings(tenant.id)?), ..config };
    let bar = Bar::new();
    let report = pipeline::evaluate(&served.artifact, &store.events(tenant.id), &config, &bar)?;
    drop(bar);
    if args.format == Format::Table {
        println!("{}: {}", kind.as_str(), report.definition);
        println!("  {} rows, {} positive", report.rows, report.positives);
        if !report.later_than_training {
            println!("  the model may have learnt from these rows: the figures flatter it");
        }
    }
    let document = json!({ "kind": kind.as_str(), "report": report });
    print(args.format, &report.metrics, document)
}

fn print(format: Format, metrics: &Metrics, document: Value) -> anyhow::Result<()> {
    if format == Format::Json {
        return output::print_json(&document);
    }
    let rows: Vec<Vec<Value>> = metrics
        .named()
        .into_iter()
        .map(|(name, e)| {
            let number = |v: f64| Value::from(format!("{v:.4}"));
            vec![name.into(), number(e.value), number(e.low), number(e.high)]
        })
        .collect();
    output::print_list(format, &["figure", "value", "low", "high"], &rows)
}

/// Predictions from a file.
struct Table {
    target: Vec<f64>,
    prediction: Vec<f64>,
    contact: Vec<u64>,
}

fn read(path: &Path, graded: bool) -> anyhow::Result<Table> {
    let shown = path.display();
    let bad = |reason: String| Exit::BadData.error(format!("{shown}: {reason}"));
    let mut reader = csv::Reader::from_path(path).map_err(|e| match e.kind() {
        csv::ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::NotFound => {
            Exit::NotFound.error(format!("{shown}: no such file"))
        }
        _ => bad(e.to_string()),
    })?;
    let header = reader.headers().map_err(|e| bad(e.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|column| column.trim() == name);
    let needed = |name: &str| {
        column(name).ok_or_else(|| bad(format!("there is no column {name} in the header")))
    };
    let (at_target, at_prediction) = (needed("target")?, needed("prediction")?);
    let at_contact = column("contact");
    let most = if graded { 100.0 } else { 1.0 };
    let mut table = Table { target: Vec::new(), prediction: Vec::new(), contact: Vec::new() };
    let mut contacts: BTreeMap<String, u64> = BTreeMap::new();
    for (row, record) in reader.records().enumerate() {
        let line = row + 2;
        let record = record.map_err(|e| bad(e.to_string()))?;
        let number = |at: usize, name: &str| {
            let text = record.get(at).unwrap_or("").trim();
            text.parse::<f64>().ok().filter(|v| (0.0..=most).contains(v)).ok_or_else(|| {
                bad(format!(
                    "line {line}, column {name}: {text:?} is not a number from 0 to {most}"
                ))
            })
        };
        let target = number(at_target, "target")?;
        if !graded && target != 0.0 && target != 1.0 {
            return Err(bad(format!("line {line}, column target: {target} is neither 0 nor 1")));
        }
        table.target.push(target);
        table.prediction.push(number(at_prediction, "prediction")?);
        let own = row as u64;
        table.contact.push(match at_contact.and_then(|at| record.get(at)) {
            None => own,
            Some(contact) => *contacts.entry(contact.to_owned()).or_insert(own),
        });
    }
    if table.target.is_empty() {
        return Err(bad("no rows below the header".to_owned()));
    }
    Ok(table)
}
