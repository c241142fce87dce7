//! `chatsignal models list|show|activate|rollback|review|import|export|parity`.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;
use clap::Subcommand;
use serde::Serialize;
use serde_json::{Value, json};

use super::clock;
use super::interop::{export, import, parity};
use super::kind::Kind;
use super::output::{self, Format, printable};
use super::workspace::Workspace;
use crate::registry::{Alias, ModelRegistry, ServedVersion};
use crate::shadow::{self, Review, Subject};
use crate::store::{Store, Tenant};

/// Versions of the trained models, and which of them scores; models of other libraries.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every version.
    List {
        /// One kind alone.
        #[arg(value_enum)]
        kind: Option<Kind>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show a version with its card.
    Show {
        /// Which model.
        #[arg(value_enum)]
        kind: Kind,
        /// Number of the version [default: the one that scores].
        #[arg(value_name = "VERSION")]
        number: Option<u32>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Let a version score.
    Activate {
        /// Which model.
        #[arg(value_enum)]
        kind: Kind,
        /// Number of the version, or `prior`: the shipped model.
        #[arg(value_name = "VERSION")]
        number: ServedVersion,
    },
    /// Let score what scored before, in the end the shipped model; a second rollback undoes the first.
    Rollback {
        /// Which model.
        #[arg(value_enum)]
        kind: Kind,
    },
    /// Compare a challenger whose time in the shadow is over with the serving model, and promote or
    /// drop it. A running service does so by itself.
    Review {
        /// Which model.
        #[arg(value_enum)]
        kind: Kind,
    },
    // The words of these are at their arguments.
    Import(import::Args),
    Export(export::Args),
    Parity(parity::Args),
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    // Model files need no workspace.
    let action = match args.action {
        Action::Import(args) => return import::run(args),
        Action::Export(args) => return export::run(args),
        Action::Parity(args) => return parity::run(args),
        other => other,
    };
    let (store, owner) = args.workspace.open()?;
    let registry = ModelRegistry::open(ModelRegistry::beside(store.path()))?;
    let tenant = owner.name.as_str();
    match action {
        Action::List { kind, format } => list(&registry, tenant, kind, format),
        Action::Show { kind, number, format } => {
            show(&registry, tenant, kind.model(), number, format)
        }
        Action::Activate { kind, number } => {
            output::print_json(&registry.activate(tenant, kind.model(), number)?)
        }
        Action::Rollback { kind } => output::print_json(&registry.rollback(tenant, kind.model())?),
        Action::Review { kind } => review(&registry, &store, &owner, kind.model()),
        Action::Import(_) | Action::Export(_) | Action::Parity(_) => Ok(()),
    }
}

fn review(
    registry: &ModelRegistry,
    store: &Store,
    tenant: &Tenant,
    kind: ModelKind,
) -> anyhow::Result<()> {
    let settings = store.settings(tenant.id)?;
    let subject = Subject { tenant, settings: &settings, kind };
    let found = shadow::review(subject, registry, store, clock::now())?;
    output::print_json(&match found {
        None => json!({ "outcome": "nothing is due" }),
        Some(Review::Ended(version, verdict, reason)) => {
            json!({ "version": version, "outcome": verdict, "reason": reason })
        }
        Some(Review::GoesOn(version, reason)) => {
            json!({ "version": version, "outcome": "running", "reason": reason })
        }
    })
}

fn list(
    registry: &ModelRegistry,
    tenant: &str,
    kind: Option<Kind>,
    format: Format,
) -> anyhow::Result<()> {
    let kinds = kind.map_or_else(|| ModelKind::TRAINED.to_vec(), |kind| vec![kind.model()]);
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for kind in kinds {
        let versions = registry.list(tenant, kind)?;
        if versions.iter().all(|info| !info.aliases.contains(&Alias::Champion)) {
            let shipped = ModelRegistry::shipped(kind)?;
            let through = clock::utc(shipped.trained_through);
            let kind = kind.as_str();
            rows.push(vec![
                kind.into(),
                "prior".into(),
                "shipped".into(),
                shipped.state.as_str().into(),
                through.into(),
                Value::Null,
                Value::Null,
            ]);
        }
        for info in versions {
            let aliases: Vec<&str> = info.aliases.iter().map(|alias| alias.as_str()).collect();
            let mut row: Vec<Value> =
                vec![kind.as_str().into(), info.version.into(), aliases.join(" ").into()];
            match info.manifest {
                Ok(manifest) => row.extend([
                    manifest.state.into(),
                    clock::utc(TimestampMs(manifest.trained_through_ms)).into(),
                    clock::utc(TimestampMs(manifest.published_at_ms)).into(),
                    manifest.model_sha256.into(),
                ]),
                Err(reason) => {
                    row.extend([
                        format!("damaged: {reason}").into(),
                        Value::Null,
                        Value::Null,
                        Value::Null,
                    ]);
                }
            }
            rows.push(row);
        }
    }
    let columns =
        ["kind", "version", "aliases", "state", "trained_through", "published_at", "sha256"];
    output::print_list(format, &columns, &rows)
}

/// What `show --format json` prints.
#[derive(Serialize)]
struct Shown {
    kind: &'static str,
    version: String,
    alias: Option<Alias>,
    state: &'static str,
    trained_through: String,
    base_rate: f64,
    horizon_days: u32,
    cutoffs: Vec<f64>,
    features: usize,
    metadata: Value,
    card: Value,
}

fn show(
    registry: &ModelRegistry,
    tenant: &str,
    kind: ModelKind,
    version: Option<u32>,
    format: Format,
) -> anyhow::Result<()> {
    let served = match version {
        Some(version) => registry.get(tenant, kind, version)?,
        None => registry.champion(tenant, kind)?,
    };
    for warning in &served.warnings {
        eprintln!("warning: {warning}");
    }
    let file = |name: &str| match served.version {
        ServedVersion::Version(version) => registry.read_file(tenant, kind, version, name).ok(),
        ServedVersion::Prior => None,
    };
    let artifact = &served.artifact;
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or(Value::Null);
    let shown = Shown {
        kind: kind.as_str(),
        version: served.version.to_string(),
        alias: served.alias,
        state: artifact.state.as_str(),
        trained_through: clock::utc(artifact.trained_through),
        base_rate: artifact.base_rate,
        horizon_days: artifact.horizon_days,
        cutoffs: artifact.cutoffs.clone(),
        features: artifact.schema.len(),
        metadata: parse(artifact.metadata_json.as_bytes()),
        card: file("card.json").map_or(Value::Null, |bytes| parse(&bytes)),
    };
    match format {
        Format::Json => output::print_json(&shown),
        Format::Csv | Format::Table => {
            let rows: Vec<Vec<Value>> = facts(&shown);
            output::print_list(format, &["fact", "value"], &rows)?;
            if let (Format::Table, Some(card)) = (format, file("card.md")) {
                String::from_utf8_lossy(&card)
                    .lines()
                    .for_each(|line| println!("{}", printable(line)));
            }
            Ok(())
        }
    }
}

fn facts(shown: &Shown) -> Vec<Vec<Value>> {
    let facts = [
        ("kind", json!(shown.kind)),
        ("version", json!(shown.version)),
        ("alias", json!(shown.alias.map(Alias::as_str))),
        ("state", json!(shown.state)),
        ("trained_through", json!(shown.trained_through)),
        ("base_rate", json!(shown.base_rate)),
        ("horizon_days", json!(shown.horizon_days)),
        ("cutoffs", json!(shown.cutoffs)),
        ("features", json!(shown.features)),
    ];
    facts.into_iter().map(|(fact, value)| vec![fact.into(), value]).collect()
}
