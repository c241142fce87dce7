//! `chatsignal train`.

use anyhow::Context;
use chatsignal_core::artifact::ModelKind;
use chatsignal_train::evaluation::{Estimate, Evaluation, Metrics};
use chatsignal_train::gate::{GateReport, GateVerdict};
use chatsignal_train::pipeline::{self, PipelineConfig, PromotionMode, TrainOutcome};
use chatsignal_train::promote::Verdict;
use serde_json::{Map, Value, json};

use super::exit::Exit;
use super::output::{self, Format};
use super::progress::Bar;
use super::workspace::Workspace;
use crate::registry::ModelRegistry;
use crate::training::{self, Published};

/// Which models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// Lead score.
    Lead,
    /// Churn risk.
    Churn,
    /// Probability of a reply.
    Engagement,
    /// All three.
    All,
}

/// When a new model replaces the serving one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Promote {
    /// At once, if it is better by more than half the interval and no slice suffers.
    #[default]
    IfBetter,
    /// If it is better, after at least seven days of shadow scores (it becomes challenger).
    AfterShadow,
    /// Never; `chatsignal models activate` does it by hand.
    Never,
}

impl From<Promote> for PromotionMode {
    fn from(argument: Promote) -> Self {
        match argument {
            Promote::IfBetter => Self::IfBetter,
            Promote::AfterShadow => Self::AfterShadow,
            Promote::Never => Self::Never,
        }
    }
}

/// Train the models of lead, churn and engagement on the event log.
///
/// Every figure printed comes from rows that are later than, and of other contacts than, the rows
/// that were learnt from; baselines stand beside it. Exit code 4: too little data, the shipped
/// model keeps serving.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatsignal train all
  chatsignal train churn --dry-run
  chatsignal train lead --params '{\"max_depth\": 4, \"n_estimators\": 200}'
  chatsignal train all --params '{\"churn\": {\"learner\": \"gbm\"}}' --promote never")]
pub(crate) struct Args {
    /// What to train.
    #[arg(value_enum)]
    which: Which,
    /// Count the labels and judge the gate; train nothing.
    #[arg(long)]
    dry_run: bool,
    /// Learner parameters as JSON, by the names of `chatsignal fit --params`; `learner` chooses
    /// gbm, forest, logistic or gbdt. With `all`: one object a model.
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// When the new model replaces the serving one.
    #[arg(long, value_enum, default_value_t)]
    promote: Promote,
    /// Seed of every draw.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Days of silence that count as churn [default: 30, 60 or 90, by the rhythm of the log].
    #[arg(long, value_name = "DAYS")]
    horizon: Option<u32>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    workspace: Workspace,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let (store, tenant) = args.workspace.open()?;
    let settings = store.settings(tenant.id)?;
    let registry = ModelRegistry::open(ModelRegistry::beside(store.path()))?;
    let events = store.events(tenant.id);
    let kinds = match args.which {
        Which::Lead => vec![ModelKind::Lead],
        Which::Churn => vec![ModelKind::Churn],
        Which::Engagement => vec![ModelKind::Engagement],
        Which::All => ModelKind::TRAINED.to_vec(),
    };
    let mut refused = Vec::new();
    let mut documents = Vec::new();
    for kind in kinds {
        let mut config = PipelineConfig {
            seed: args.seed,
            promotion: args.promote.into(),
            params: params(&args, kind)?,
            tenant: training::tenant_facts(&settings),
            ..PipelineConfig::default()
        };
        config.churn.horizon_days = args.horizon;
        let (gate, document) = if args.dry_run {
            let gate = pipeline::dry_run(kind, &events, &config)?;
            let document = json!({ "kind": kind.as_str(), "dry_run": true, "gate": gate });
            if args.format == Format::Table {
                print_gate(kind, &gate);
            }
            (gate, document)
        } else {
            let bar = Bar::new();
            let published =
                training::train(kind, &events, &registry, &tenant.name, &config, None, &bar)?;
            drop(bar);
            let document = document(kind, &published);
            match published.outcome {
                TrainOutcome::Refused(gate) => {
                    if args.format == Format::Table {
                        print_gate(kind, &gate);
                    }
                    (*gate, document)
                }
                TrainOutcome::Trained(trained) => {
                    if args.format == Format::Table {
                        print_gate(kind, &trained.gate);
                        print_figures(&trained.evaluation)?;
                        print_decision(kind, &trained.decision, published.version);
                    }
                    (trained.gate, document)
                }
            }
        };
        if gate.verdict == GateVerdict::Refused {
            refused.push(format!("{}: {}", kind.as_str(), gate.reason));
        }
        documents.push(document);
    }
    match args.format {
        Format::Table => {}
        Format::Json => output::print_json(&documents)?,
        Format::Csv => print_csv(&documents)?,
    }
    if refused.is_empty() {
        return Ok(());
    }
    Err(Exit::Refused.error(format!("{}; the shipped model keeps serving", refused.join("; "))))
}

/// The parameters of one model: the whole object, or with `all` the member of its name.
fn params(args: &Args, kind: ModelKind) -> anyhow::Result<Map<String, Value>> {
    let Some(text) = &args.params else { return Ok(Map::new()) };
    let wrong = |reason: String| Exit::BadData.error(format!("--params: {reason}"));
    let parsed: Value = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
    let Value::Object(mut object) = parsed else {
        return Err(wrong("must be a JSON object".to_owned()));
    };
    if args.which != Which::All {
        return Ok(object);
    }
    let names: Vec<&str> = ModelKind::TRAINED.iter().map(|kind| kind.as_str()).collect();
    if let Some(name) = object.keys().find(|name| !names.contains(&name.as_str())) {
        return Err(wrong(format!("{name}: with `all`, give one object each for {names:?}")));
    }
    match object.remove(kind.as_str()) {
        None => Ok(Map::new()),
        Some(Value::Object(own)) => Ok(own),
        Some(_) => Err(wrong(format!("{}: must be a JSON object", kind.as_str()))),
    }
}

fn document(kind: ModelKind, published: &Published) -> Value {
    match &published.outcome {
        TrainOutcome::Refused(gate) => {
            json!({ "kind": kind.as_str(), "outcome": "refused", "gate": gate })
        }
        TrainOutcome::Trained(trained) => json!({
            "kind": kind.as_str(),
            "outcome": "trained",
            "version": published.version,
            "gate": trained.gate,
            "decision": trained.decision,
            "evaluation": trained.evaluation,
        }),
    }
}

fn print_gate(kind: ModelKind, gate: &GateReport) {
    let found = &gate.found;
    let outcomes: Vec<String> =
        found.outcomes.iter().map(|(name, rows)| format!("{name} {rows}")).collect();
    println!("{}: {}", kind.as_str(), gate.reason);
    println!("  label: {}", found.definition);
    println!(
        "  rows: {} of {} that can be labelled, of {} of {} contacts ({})",
        found.rows,
        found.candidates,
        found.contacts_labelled,
        found.contacts,
        outcomes.join(", ")
    );
}

pub(super) fn print_figures(evaluation: &Evaluation) -> anyhow::Result<()> {
    if evaluation.simulated {
        println!("  SIMULATED data: the figures say nothing about a real business");
    }
    println!(
        "  learner: {}; {} held-out rows, {:.1} % positive; {}",
        evaluation.learner,
        evaluation.rows_held_out,
        100.0 * evaluation.base_rate_held_out,
        evaluation.validation.statement
    );
    let mut columns = vec!["figure", "model", "95 % interval"];
    columns.extend(evaluation.baselines.iter().map(|b| b.name.as_str()));
    if evaluation.upper_bound.is_some() {
        columns.push("true probability");
    }
    let rows: Vec<Vec<Value>> = evaluation
        .metrics
        .named()
        .into_iter()
        .map(|(name, Estimate { value, low, high })| {
            let mut row: Vec<Value> = vec![
                name.into(),
                format!("{value:.3}").into(),
                format!("{low:.3} to {high:.3}").into(),
            ];
            let others = evaluation.baselines.iter().map(|b| &b.metrics);
            row.extend(others.chain(&evaluation.upper_bound).map(|m| figure(m, name)));
            row
        })
        .collect();
    output::print_list(Format::Table, &columns, &rows)
}

fn figure(metrics: &Metrics, name: &str) -> Value {
    let found = metrics.named().into_iter().find(|(key, _)| *key == name);
    found.map_or(Value::Null, |(_, estimate)| format!("{:.3}", estimate.value).into())
}

fn print_decision(
    kind: ModelKind,
    decision: &chatsignal_train::promote::Decision,
    version: Option<u32>,
) {
    let verdict = match decision.verdict {
        Verdict::Promote => "promoted",
        Verdict::Shadow => "challenger in the shadow of the serving model",
        Verdict::Keep => "not promoted",
    };
    let version = version.map_or_else(String::new, |version| version.to_string());
    println!("  version {version}: {verdict}: {}", decision.reason);
    println!("  card: chatsignal models show {} {version}\n", kind.as_str());
}

fn print_csv(documents: &[Value]) -> anyhow::Result<()> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for document in documents {
        let Some(metrics) = document["evaluation"]["metrics"].as_object() else { continue };
        for (name, estimate) in metrics {
            let at = |key: &str| estimate[key].clone();
            rows.push(vec![
                document["kind"].clone(),
                name.as_str().into(),
                at("value"),
                at("low"),
                at("high"),
            ]);
        }
    }
    output::print_list(Format::Csv, &["kind", "figure", "value", "low", "high"], &rows)
        .context("writing the figures")
}
