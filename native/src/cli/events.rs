//! `chatsignal events export`.

use std::io::{self, BufWriter, Write};

use chatsignal_ingest::ndjson;
use clap::Subcommand;

use super::workspace::Workspace;
use crate::store::StoreError;

/// Write the event log out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write events to standard output as canonical NDJSON, which `import` reads back.
    Export {
        /// Only this contact: id, phone number or other id.
        #[arg(long, value_name = "ID")]
        contact: Option<String>,
    },
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let Action::Export { contact } = args.action;
    let (store, tenant) = args.workspace.open()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut line = String::new();
    let mut write = |event: &_| {
        line.clear();
        ndjson::write(event, &mut line);
        writeln!(out, "{line}")
    };
    match contact {
        Some(text) => {
            let contact = super::workspace::contact_id(&tenant, &text);
            let events = store.events_of(tenant.id, contact)?;
            if events.is_empty() {
                return Err(StoreError::NoContact(contact.to_string()).into());
            }
            events.iter().try_for_each(&mut write)?;
        }
        None => store.events(tenant.id).visit(|_, events| {
            events.iter().try_for_each(&mut write).map_err(anyhow::Error::from)
        })?,
    }
    Ok(out.flush()?)
}
