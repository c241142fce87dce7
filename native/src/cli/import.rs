//! `chatsignal import`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use chatsignal_core::event::Currency;
use chatsignal_ingest::Reject;
use chatsignal_ingest::dates::DateOrder;
use chatsignal_ingest::purchases::ColumnNames;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SpanRelativeTo;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::exit::Exit;
use super::output::{self, Format as Output};
use super::workspace::Workspace;
use crate::import::{self, Format, Observer, Options, Summary};
use crate::source::import_tables;
use crate::store::Inserted;
use crate::timezone;

/// Read files into the event log. Importing twice changes nothing; an import that was cut off goes
/// on where it stopped when the same command is run again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files (.txt, .zip, .csv, .ndjson, .json), or - for standard input.
    #[arg(required_unless_present = "from", conflicts_with = "from", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Import the tables of a database instead: sqlite://FILE or postgres://USER@HOST/DB. Later
    /// runs read only what is new.
    #[arg(long, value_name = "URL", requires = "map")]
    from: Option<String>,
    /// Which columns become which events (docs/IMPORT.md).
    #[arg(long, value_name = "TOML", requires = "from")]
    map: Option<PathBuf>,
    /// What the files hold; told from the content when left out.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Chat exports: a name under which the business writes, as it stands in the chat.
    #[arg(long, value_name = "NAME")]
    me: Vec<String>,
    /// Chat exports: phone number or id of the contact (else the name in the chat).
    #[arg(long, value_name = "ID")]
    contact: Option<String>,
    /// Time zone of local times in the files [default: the tenant's].
    #[arg(long, value_name = "TZ", value_parser = timezone::zone)]
    timezone: Option<TimeZone>,
    /// Currency of amounts without one [default: the tenant's].
    #[arg(long, value_name = "CODE", value_parser = |code: &str| Currency::new(code))]
    currency: Option<Currency>,
    /// How long after it happened each event became known, e.g. 2h or 1d.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration_ms)]
    lag: i64,
    /// Order of day and month in dates; told from the whole file when left out.
    #[arg(long, value_enum, value_name = "ORDER")]
    date_order: Option<Order>,
    /// Purchases: the column of a role, e.g. --column amount=total. Roles: customer, date, amount,
    /// currency, status, order. Usual names are found without it.
    #[arg(long = "column", value_name = "ROLE=NAME", value_parser = column)]
    columns: Vec<(Role, String)>,
    /// Write every piece of input that made no event to this file: file, line, field, reason.
    #[arg(long, value_name = "CSV")]
    rejects: Option<PathBuf>,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
    #[command(flatten)]
    workspace: Workspace,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let (mut store, tenant) = args.workspace.open_or_create()?;
    let settings = store.settings(tenant.id)?;
    let options = Options {
        format: args.format,
        me: args.me,
        contact: args.contact,
        timezone: args.timezone.unwrap_or(settings.timezone),
        currency: args.currency.unwrap_or(settings.currency),
        lag_ms: args.lag,
        date_order: args.date_order.map(Order::order),
        columns: columns(args.columns),
    };
    let rejects = args.rejects.as_deref().map(RejectFile::create).transpose()?;
    let mut done: Vec<(PathBuf, Summary)> = Vec::new();
    let mut bar = Bar { path: Path::new(""), bar: ProgressBar::hidden(), read: None, rejects };
    if let (Some(from), Some(map)) = (&args.from, &args.map) {
        bar.path = map;
        let tables = import_tables(&mut store, &tenant, from, map, &options, &mut bar);
        bar.bar.finish_and_clear();
        done.extend(tables?.into_iter().map(|(name, summary)| (name.into(), summary)));
    }
    for path in &args.files {
        bar.path = path;
        let summary = import::import(&mut store, &tenant, path, &options, &mut bar);
        bar.bar.finish_and_clear();
        done.push((path.clone(), summary?));
    }
    if let Some(rejects) = bar.rejects {
        rejects.finish()?;
    }
    let useless = done
        .iter()
        .find(|(_, s)| s.rejected > 0 && s.inserted == Inserted::default() && !s.resumed);
    done.iter().for_each(|(path, summary)| explain(path, summary));
    let rows: Vec<_> = done.iter().map(|(path, summary)| row(path, summary)).collect();
    print(args.output, &rows)?;
    match useless {
        Some((path, _)) => {
            Err(Exit::BadData.error(format!("nothing in {} could be read", path.display())))
        }
        None => Ok(()),
    }
}

const COLUMNS: [&str; 9] =
    ["file", "format", "detected", "resumed", "new", "duplicate", "erased", "rejected", "rejects"];

fn row(path: &Path, summary: &Summary) -> Vec<Value> {
    let rejects: Vec<Value> = summary
        .rejects
        .iter()
        .map(|r| json!({"line": r.line, "field": r.field, "reason": r.reason.to_string()}))
        .collect();
    vec![
        path.display().to_string().into(),
        summary.format.into(),
        summary.detected.into(),
        summary.resumed.into(),
        summary.inserted.new.into(),
        summary.inserted.duplicate.into(),
        summary.inserted.erased.into(),
        summary.rejected.into(),
        rejects.into(),
    ]
}

/// People see the rejects above the table; programs get them in it.
fn print(output: Output, rows: &[Vec<Value>]) -> anyhow::Result<()> {
    if output == Output::Json {
        return output::print_list(output, &COLUMNS, rows);
    }
    let width = COLUMNS.len() - 1;
    let rows: Vec<_> = rows.iter().map(|row| row[..width].to_vec()).collect();
    output::print_list(output, &COLUMNS[..width], &rows)
}

fn explain(path: &Path, summary: &Summary) {
    let file = output::printable(&path.display().to_string());
    if summary.detected {
        eprintln!("{file}: read as {} (told from the content)", summary.format);
    }
    for note in &summary.notes {
        eprintln!("{file}: {}", output::printable(note));
    }
    for reject in &summary.rejects {
        eprintln!("{file}: {}", output::printable(&reject.to_string()));
    }
    let more = summary.rejected - summary.rejects.len() as u64;
    if more > 0 {
        eprintln!("{file}: and {more} more (all of them with --rejects FILE)");
    }
}

/// The file of `--rejects`.
struct RejectFile(csv::Writer<BufWriter<File>>);

impl RejectFile {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("making {}", path.display()))?;
        let mut csv = csv::Writer::from_writer(BufWriter::new(file));
        csv.write_record(["file", "line", "field", "reason"])?;
        Ok(Self(csv))
    }

    fn write(&mut self, path: &Path, reject: &Reject) -> io::Result<()> {
        let file = path.display().to_string();
        let (line, reason) = (reject.line.to_string(), reject.reason.to_string());
        self.0.write_record([&file, &line, &reject.field, &reason]).map_err(io::Error::other)
    }

    fn finish(self) -> anyhow::Result<()> {
        self.0.into_inner().map_err(|e| e.into_error())?.flush()?;
        Ok(())
    }
}

struct Bar<'a> {
    path: &'a Path,
    bar: ProgressBar,
    read: Option<Arc<AtomicU64>>,
    rejects: Option<RejectFile>,
}

impl Observer for Bar<'_> {
    fn started(&mut self, format: &str, bytes: Option<u64>, bytes_read: Arc<AtomicU64>) {
        let (bar, template) = match bytes {
            Some(bytes) => {
                (ProgressBar::new(bytes), "{prefix} {bar:30} {percent}% {msg} (left: {eta})")
            }
            None => (ProgressBar::new_spinner(), "{prefix} {spinner} {bytes} {msg}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(format.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bar = bar;
        self.read = Some(bytes_read);
    }

    fn reject(&mut self, reject: &Reject) -> io::Result<()> {
        match &mut self.rejects {
            Some(file) => file.write(self.path, reject),
            None => Ok(()),
        }
    }

    fn committed(&mut self, inserted: Inserted) {
        if let Some(read) = &self.read {
            self.bar.set_position(read.load(Ordering::Relaxed));
        }
        self.bar.set_message(format!("{} new, {} known", inserted.new, inserted.duplicate));
    }
}

/// Order of day, month and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// 31/12/2024
    Dmy,
    /// 12/31/2024
    Mdy,
    /// 2024-12-31
    Ymd,
}

impl Order {
    fn order(self) -> DateOrder {
        match self {
            Self::Dmy => DateOrder::DayFirst,
            Self::Mdy => DateOrder::MonthFirst,
            Self::Ymd => DateOrder::YearFirst,
        }
    }
}

/// What a column of a purchases file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Role {
    Customer,
    Date,
    Amount,
    Currency,
    Status,
    Order,
}

/// `ROLE=NAME`.
fn column(text: &str) -> Result<(Role, String), String> {
    let (role, name) = text.split_once('=').ok_or("write it like amount=total")?;
    let role = <Role as clap::ValueEnum>::from_str(role.trim(), true)
        .map_err(|_| "roles are customer, date, amount, currency, status and order")?;
    Ok((role, name.trim().to_owned()))
}

fn columns(named: Vec<(Role, String)>) -> ColumnNames {
    let mut columns = ColumnNames::default();
    for (role, name) in named {
        let field = match role {
            Role::Customer => &mut columns.customer,
            Role::Date => &mut columns.date,
            Role::Amount => &mut columns.amount,
            Role::Currency => &mut columns.currency,
            Role::Status => &mut columns.status,
            Role::Order => &mut columns.order,
        };
        *field = Some(name);
    }
    columns
}

/// `90s`, `2h`, `1d`, `1d 12h`: days have 24 hours.
fn duration_ms(text: &str) -> Result<i64, String> {
    let rule = || format!("{text:?} is no duration of at most 10 years; write it like 2h or 1d");
    let span: jiff::Span = text.parse().map_err(|_| rule())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| rule())?;
    i64::try_from(duration.as_millis())
        .ok()
        .filter(|ms| (0..=10 * 365 * 86_400_000).contains(ms))
        .ok_or_else(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_are_read_and_bounded() {
        assert_eq!(duration_ms("0s"), Ok(0));
        assert_eq!(duration_ms("1d 12h"), Ok(129_600_000));
        assert_eq!(duration_ms("90m"), Ok(5_400_000));
        for wrong in ["", "5", "-1h", "100y", "soon"] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
    }
}
