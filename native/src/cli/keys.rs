//! `chatsignal keys create|list|revoke`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::clock;
use super::exit::Exit;
use super::output::{self, Format};
use super::workspace::Workspace;
use crate::store::{ApiKey, Scope};

/// API keys of the service.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key of the tenant and print it; it can't be shown again.
    Create {
        /// What the key may be used for: score, ingest, train, admin, metrics; several separated by
        /// commas.
        #[arg(long, value_name = "SCOPES", required = true, value_delimiter = ',', value_parser = scope)]
        scope: Vec<Scope>,
        /// What you call it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// How to print; a table is the key alone.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// List the tenant's keys (never their secrets).
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Make a key useless; a running service follows within a second.
    Revoke {
        /// Its public part, as `list` shows it.
        key_id: String,
    },
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::from_name(name).ok_or_else(|| "scopes: score, ingest, train, admin, metrics".to_owned())
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Create { scope, label, format } => {
            let (mut store, tenant) = args.workspace.open_or_create()?;
            let (text, key) = store.create_key(&tenant, &scope, &label, clock::now())?;
            if format == Format::Json {
                let mut object = facts(&key);
                object["key"] = text.reveal().into();
                return output::print_json(&object);
            }
            println!("{}", text.reveal());
            eprintln!("Keep it: it can't be shown again. Send it as Authorization: Bearer KEY");
            Ok(())
        }
        Action::List { format } => {
            let (store, tenant) = args.workspace.open()?;
            let columns = ["key_id", "scopes", "label", "created_at", "revoked_at"];
            let rows: Vec<Vec<Value>> = store
                .keys()?
                .iter()
                .filter(|key| key.tenant == tenant.id)
                .map(|key| {
                    let facts = facts(key);
                    columns.iter().map(|column| facts[*column].clone()).collect()
                })
                .collect();
            output::print_list(format, &columns, &rows)
        }
        Action::Revoke { key_id } => {
            let (mut store, tenant) = args.workspace.open()?;
            if store.revoke_key(tenant.id, &key_id, clock::now())? {
                return Ok(());
            }
            Err(Exit::NotFound.error("no key in use of this tenant has this id"))
        }
    }
}

fn facts(key: &ApiKey) -> Value {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    json!({
        "key_id": key.key_id,
        "scopes": scopes.join(" "),
        "label": key.label,
        "created_at": clock::utc(key.created_at),
        "revoked_at": key.revoked_at.map(clock::utc),
    })
}
