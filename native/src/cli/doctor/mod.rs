//! `chatsignal doctor`: is everything in order, and what to do if not.

#[cfg(feature = "service")]
mod deployment;
mod workspace;

#[cfg(feature = "service")]
use std::path::PathBuf;

use super::exit::Exit;
use super::output::{self, Format};
use super::workspace::Workspace;
use crate::registry::ModelRegistry;
use crate::store::{Store, StoreError};

/// Check the database, the settings, the log and the models; say what to do about what is wrong.
///
/// With `--config` a deployment of the service is checked too: its settings (every error at once),
/// keys, names, files, disk, clock and the limits of the system. The database and the tenant are
/// then those of the file. Ends with exit code 1 when something is broken; warnings alone end with
/// 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Settings of `chatsignal serve` (TOML).
    #[cfg(feature = "service")]
    #[arg(long, value_name = "FILE", env = "CHATSIGNAL_CONFIG")]
    config: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Warning,
    Broken,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

struct Finding {
    check: String,
    status: Status,
    found: String,
    way_out: &'static str,
}

/// Collects what the checks find.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    fn add(&mut self, check: &str, status: Status, found: String, way_out: &'static str) {
        let way_out = if status == Status::Ok { "" } else { way_out };
        self.0.push(Finding { check: check.to_owned(), status, found, way_out });
    }

    /// What could not be looked at.
    fn unreadable(&mut self, check: &str, error: &dyn std::error::Error) {
        let way_out = "restore a copy, or import into a new file";
        self.add(check, Status::Broken, error.to_string(), way_out);
    }

    /// A warning when `odd` holds, else all is well.
    fn warn_if(&mut self, odd: bool, check: &str, found: String, way_out: &'static str) {
        self.add(check, if odd { Status::Warning } else { Status::Ok }, found, way_out);
    }
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let mut report = Report::default();
    #[cfg(feature = "service")]
    match &args.config {
        Some(path) => deployment::check(path, &mut report)?,
        None => of_workspace(&args.workspace, &mut report)?,
    }
    #[cfg(not(feature = "service"))]
    of_workspace(&args.workspace, &mut report)?;

    let rows: Vec<_> = report
        .0
        .iter()
        .map(|f| {
            let found = f.found.as_str();
            vec![f.check.as_str().into(), f.status.as_str().into(), found.into(), f.way_out.into()]
        })
        .collect();
    output::print_list(args.format, &["check", "status", "found", "way_out"], &rows)?;
    let broken = report.0.iter().filter(|f| f.status == Status::Broken).count();
    if broken > 0 {
        return Err(Exit::Failure.error(format!("{broken} checks found something broken")));
    }
    Ok(())
}

fn of_workspace(wanted: &Workspace, report: &mut Report) -> anyhow::Result<()> {
    let store = match Store::inspect(&wanted.db) {
        Err(error @ StoreError::Damaged { .. }) => {
            report.unreadable("database", &error);
            return Ok(());
        }
        store => store?,
    };
    match store.tenant(&wanted.tenant) {
        Ok(tenant) => {
            workspace::check(&store, &tenant, &ModelRegistry::beside(store.path()), report);
        }
        Err(error @ StoreError::Damaged { .. }) => {
            report.unreadable("tenant", &error);
            workspace::database(&store, report);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
