//! `chatsignal score`.

mod print;
mod run;

use chatsignal_api::prediction::Explain;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;

use super::clock;
use super::kind::Kind;
use super::output::Format;
use super::workspace::Workspace;

pub(crate) use run::run;

/// How much to explain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ExplainArg {
    /// Nothing.
    None,
    /// The five factors that weigh most.
    #[default]
    Top,
    /// Every factor.
    Full,
}

impl From<ExplainArg> for Explain {
    fn from(argument: ExplainArg) -> Self {
        match argument {
            ExplainArg::None => Self::None,
            ExplainArg::Top => Self::Top,
            ExplainArg::Full => Self::Full,
        }
    }
}

/// Category of the message to plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Category {
    /// Needs consent; held to quiet hours and caps.
    #[default]
    Marketing,
    /// About an order or account.
    Utility,
}

/// Score contacts: who will buy, who will leave, when to write.
///
/// Without a model of your own the shipped one scores, flagged as `prior`. JSON is one object a
/// line, of the same form as the service's answers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatsignal score lead --limit 20
  chatsignal score churn --format json > churn.ndjson
  chatsignal score engagement --contact 6f1c... --explain full")]
pub(crate) struct Args {
    /// What to score.
    #[arg(value_enum)]
    kind: Kind,
    /// One contact alone, by id (see `chatsignal contacts list`), whether or not it is a lead or
    /// customer.
    #[arg(long, value_name = "ID")]
    contact: Option<ContactId>,
    /// Score as of this instant, from what was known then: 2026-11-23T08:00:00Z, 2026-11-23, `now`
    /// [default: the newest event of the log].
    #[arg(long, value_name = "T", value_parser = parse_as_of)]
    as_of: Option<TimestampMs>,
    /// How much to explain.
    #[arg(long, value_enum, default_value_t)]
    explain: ExplainArg,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// At most so many contacts; 0 = all [default: 25 in a table, else all].
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Category of the message to plan (engagement).
    #[arg(long, value_enum, default_value_t)]
    category: Category,
    /// The message to plan offers buttons (engagement).
    #[arg(long)]
    buttons: bool,
    /// Print time and peak memory on standard error.
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    workspace: Workspace,
}

fn parse_as_of(text: &str) -> Result<TimestampMs, String> {
    if text == "now" { Ok(clock::now()) } else { clock::parse_instant(text) }
}
