//! `chatsignal contacts list|erase`.

use clap::Subcommand;
use serde_json::Value;

use super::clock;
use super::output::{self, Format};
use super::workspace::{Workspace, contact_id};
use crate::store::StoreError;

/// List contacts, or erase one with all that is known of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every contact with events.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Erase a person: events, name, number, every id. Their past never comes back, not even by
    /// importing it again.
    Erase {
        /// Id (see `contacts list`), phone number, or the id that a source gave the person.
        contact: String,
    },
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let (mut store, tenant) = args.workspace.open()?;
    match args.action {
        Action::List { format } => {
            let rows: Vec<Vec<Value>> = store
                .contacts(tenant.id)?
                .iter()
                .map(|c| {
                    vec![
                        c.contact.to_string().into(),
                        c.events.into(),
                        clock::utc(c.first).into(),
                        clock::utc(c.last).into(),
                    ]
                })
                .collect();
            output::print_list(format, &["contact", "events", "first", "last"], &rows)
        }
        Action::Erase { contact } => {
            let contact = contact_id(&tenant, &contact);
            let erased = store.erase_contact(&tenant, contact, clock::now())?;
            if erased.events == 0 && erased.directory == 0 {
                return Err(StoreError::NoContact(contact.to_string()).into());
            }
            output::print_json(&erased)
        }
    }
}
