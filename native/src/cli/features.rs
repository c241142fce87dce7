//! `chatsignal features`: what a model would see.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::feature::{BatchPlan, FeatureBatch, FeatureContext, SendCandidate, catalogue};
use chatsignal_core::time::TimestampMs;
use serde_json::{Number, Value};

use super::clock;
use super::exit::Exit;
use super::kind::Kind;
use super::output::{self, Format};
use super::workspace::{Workspace, contact_id};
use crate::registry::{ModelRegistry, RegistryError};
use crate::store::{Store, Tenant};
use crate::timezone;

/// Show the features of contacts: what a model sees of them.
///
/// A table explains one contact's features, or sums up those of all; JSON and CSV give one row a
/// contact. Rates of contacts of whom little is known lean on the tenant's own, which the model
/// holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatsignal features lead --contact +4915112345678
  chatsignal features churn --as-of 2026-01-01 --format csv > churn.csv")]
pub(crate) struct Args {
    /// Whose features.
    #[arg(value_enum)]
    kind: Kind,
    /// Only this contact: id, phone number or other id.
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// As known at this instant [default: the newest event's].
    #[arg(long, value_name = "INSTANT", value_parser = clock::parse_instant)]
    as_of: Option<TimestampMs>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    workspace: Workspace,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let (store, tenant) = args.workspace.open()?;
    let settings = store.settings(tenant.id)?;
    let context = context(&store, &tenant, args.kind)?;
    let newest = store.newest_available(tenant.id)?;
    let as_of = args.as_of.or(newest).unwrap_or_else(clock::now);
    let mut plan = BatchPlan::at(as_of);
    match args.kind {
        Kind::Lead => plan.lead = Some(&context),
        Kind::Churn => plan.churn = Some(&context),
        Kind::Engagement => {
            let tenants = timezone::offset(&settings.timezone, as_of);
            let category = Some(MessageCategory::Marketing);
            let send = SendCandidate { category, ..SendCandidate::at(as_of, tenants) };
            plan.engagement = Some((&context, send));
        }
    }
    let batch = match &args.contact {
        Some(text) => {
            let contact = store.canonical(tenant.id, contact_id(&tenant, text))?;
            let events = store.events_of(tenant.id, contact)?;
            let batch = FeatureBatch::of(&plan, [(contact, &events[..])]);
            if batch.is_empty() {
                return Err(Exit::NotFound.error(format!(
                    "nothing was known of contact {contact} at {}",
                    clock::utc(as_of)
                )));
            }
            batch
        }
        None => store.events(tenant.id).features(&plan)?,
    };
    let kind = args.kind.model();
    match (args.format, args.contact) {
        (Format::Table, Some(_)) => print_contact(kind, &batch),
        (Format::Table, None) => {
            eprintln!("{} contacts at {}", batch.len(), clock::utc(as_of));
            print_summary(kind, &batch)
        }
        _ => print_rows(args.format, kind, &batch),
    }
}

/// The priors of the model that scores, or those that are built in.
fn context(store: &Store, tenant: &Tenant, kind: Kind) -> anyhow::Result<FeatureContext> {
    let registry = ModelRegistry::open(ModelRegistry::beside(store.path()))?;
    match registry.champion(&tenant.name, kind.model()) {
        Ok(served) => Ok(served.artifact.context.unwrap_or_default()),
        Err(RegistryError::NoModel(_)) => {
            eprintln!("no model yet: rates lean on priors that are built in");
            Ok(FeatureContext::default())
        }
        Err(error) => Err(error.into()),
    }
}

fn print_contact(kind: ModelKind, batch: &FeatureBatch) -> anyhow::Result<()> {
    let rows: Vec<Vec<Value>> = catalogue(kind)
        .iter()
        .zip(batch.row(kind, 0))
        .map(|(spec, v)| {
            vec![spec.name.into(), value(v), spec.unit.into(), spec.definition.text().into()]
        })
        .collect();
    output::print_list(Format::Table, &["feature", "value", "unit", "definition"], &rows)
}

fn print_summary(kind: ModelKind, batch: &FeatureBatch) -> anyhow::Result<()> {
    let lines: Vec<Vec<Value>> = catalogue(kind)
        .iter()
        .zip(batch.columns(kind))
        .map(|(spec, column)| {
            let mut known: Vec<f32> = column.iter().copied().filter(|v| !v.is_nan()).collect();
            known.sort_by(f32::total_cmp);
            let at = |index: usize| known.get(index).map_or(Value::Null, |v| value(*v));
            vec![
                spec.name.into(),
                spec.unit.into(),
                (column.len() - known.len()).into(),
                at(0),
                at(known.len().saturating_sub(1) / 2),
                at(known.len().saturating_sub(1)),
            ]
        })
        .collect();
    let columns = ["feature", "unit", "missing", "smallest", "median", "largest"];
    output::print_list(Format::Table, &columns, &lines)
}

fn print_rows(format: Format, kind: ModelKind, batch: &FeatureBatch) -> anyhow::Result<()> {
    let mut columns = vec!["contact"];
    columns.extend(catalogue(kind).iter().map(|spec| spec.name));
    let rows: Vec<Vec<Value>> = batch
        .contacts
        .iter()
        .enumerate()
        .map(|(at, contact)| {
            let mut row = vec![contact.to_string().into()];
            row.extend(batch.row(kind, at).map(value));
            row
        })
        .collect();
    output::print_list(format, &columns, &rows)
}

/// The shortest decimal that reads back as this `f32`; null for a missing value.
fn value(value: f32) -> Value {
    let number = value.to_string().parse().ok().and_then(Number::from_f64);
    number.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_short_and_missing_ones_as_null() {
        assert_eq!(value(0.1).to_string(), "0.1");
        assert_eq!(value(f32::NAN), Value::Null);
    }
}
