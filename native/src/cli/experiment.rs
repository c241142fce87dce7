//! `chatsignal experiment groups|report`.

use chatsignal_core::event::{Event, EventKind, LeadStep, PurchaseStatus};
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use chatsignal_train::evaluation::Estimate;
use chatsignal_train::experiment::{GroupCount, assign, compare};
use chatsignal_train::hash::mix;
use clap::Subcommand;
use serde_json::{Value, json};

use super::clock;
use super::exit::Exit;
use super::output::{self, Format};
use super::workspace::Workspace;
use crate::store::StoreError;

/// Split contacts into groups that never change, and compare what became of them.
///
/// A contact's group follows from its id and the experiment's name alone: nothing is stored, and
/// the same contact is always in the same group. The first group is the one compared with.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatsignal experiment groups --name spring --shares holdout=0.1,treated=0.9 --format csv
  chatsignal experiment report --name spring --shares holdout=0.1,treated=0.9 \\
      --since 2026-03-01 --until 2026-04-01 --outcome purchase")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    /// Name of the experiment; another name is another, independent split.
    #[arg(long, global = true, default_value = "holdout")]
    name: String,
    /// Groups and their shares.
    #[arg(long, global = true, value_delimiter = ',', value_parser = parse_share,
          default_value = "holdout=0.1,treated=0.9", value_name = "NAME=SHARE,...")]
    shares: Vec<(String, f64)>,
    /// How to print.
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The group of every contact.
    Groups,
    /// Rates of an outcome by group, with 95 % intervals and a check of the group sizes.
    Report {
        /// Start of the experiment; contacts first known later are left out.
        #[arg(long, value_name = "INSTANT", value_parser = clock::parse_instant)]
        since: TimestampMs,
        /// End of the experiment [default: the newest event's].
        #[arg(long, value_name = "INSTANT", value_parser = clock::parse_instant)]
        until: Option<TimestampMs>,
        /// What counts, at least once after the start and up to the end.
        #[arg(long, value_enum, default_value_t)]
        outcome: Outcome,
    },
}

/// What counts as success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Outcome {
    /// The contact wrote, pressed or reacted.
    #[default]
    Reply,
    /// A paid purchase.
    Purchase,
    /// The lead was won.
    Win,
}

impl Outcome {
    fn is_met_by(self, event: &Event) -> bool {
        match (self, &event.kind) {
            (Self::Reply, kind) => kind.is_inbound(),
            (Self::Purchase, EventKind::Purchase { status, .. }) => *status == PurchaseStatus::Paid,
            (Self::Win, EventKind::Lead(step)) => matches!(step, LeadStep::Won(_)),
            _ => false,
        }
    }
}

fn parse_share(text: &str) -> Result<(String, f64), String> {
    let (name, share) = text.split_once('=').ok_or("write NAME=SHARE, e.g. holdout=0.1")?;
    match share.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok((name.to_owned(), value)),
        _ => Err(format!("the share of `{name}` must be a number above 0, not `{share}`")),
    }
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    if args.shares.len() < 2 {
        return Err(Exit::BadData.error("--shares needs at least two groups"));
    }
    let (store, tenant) = args.workspace.open()?;
    let (names, shares): (Vec<String>, Vec<f64>) = args.shares.into_iter().unzip();
    let salt = args.name.bytes().fold(0, |salt, byte| mix(salt ^ u64::from(byte)));
    let group = |contact: ContactId| assign(contact, salt, &shares);
    let events = store.events(tenant.id);
    match args.action {
        Action::Groups => {
            let mut rows: Vec<Vec<Value>> = Vec::new();
            events.visit(|contact, _| {
                if contact != ContactId::BUSINESS {
                    rows.push(vec![json!(contact.to_string()), json!(names[group(contact)])]);
                }
                Ok::<_, StoreError>(())
            })?;
            output::print_list(args.format, &["contact", "group"], &rows)
        }
        Action::Report { since, until, outcome } => {
            let until = until.unwrap_or(TimestampMs::MAX);
            let mut counts: Vec<GroupCount> = (names.iter())
                .map(|name| GroupCount { name: name.clone(), contacts: 0, outcomes: 0 })
                .collect();
            events.visit(|contact, log| {
                let known = log.first().is_some_and(|first| first.occurred_at <= since);
                if known && contact != ContactId::BUSINESS {
                    let during =
                        |event: &&Event| event.occurred_at > since && event.occurred_at <= until;
                    let met = log.iter().filter(during).any(|event| outcome.is_met_by(event));
                    let count = &mut counts[group(contact)];
                    count.contacts += 1;
                    count.outcomes += u64::from(met);
                }
                Ok::<_, StoreError>(())
            })?;
            let report = compare(&counts, &shares);
            if args.format == Format::Json {
                return output::print_json(&report);
            }
            let percent = |e: Estimate| {
                let [value, low, high] = [e.value, e.low, e.high].map(|x| 100.0 * x);
                format!("{value:.2} % ({low:.2} to {high:.2})")
            };
            let rows: Vec<Vec<Value>> = (report.groups.iter())
                .map(|g| {
                    let difference = g.difference.map_or(Value::Null, |d| json!(percent(d)));
                    vec![json!(g.name), json!(g.contacts), json!(percent(g.rate)), difference]
                })
                .collect();
            output::print_list(args.format, &["group", "contacts", "rate", "difference"], &rows)?;
            if !report.sample_ratio_ok {
                eprintln!(
                    "the group sizes contradict the shares (p = {:.1e}): don't compare the rates",
                    report.sample_ratio_p
                );
            }
            Ok(())
        }
    }
}
