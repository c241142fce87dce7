//! `chatsignal channels create|list|rotate|revoke`.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::clock;
use super::exit::Exit;
use super::output::{self, Format};
use super::workspace::Workspace;
use crate::store::{Channel, ChannelKind};

/// Longest file of a secret, bytes.
const SECRET_FILE_BYTES_MAX: u64 = 4_096;

/// Webhooks of other systems: each channel has its own path, secret and tenant.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a channel and print its path, its secret and its verify token.
    Create {
        /// Who delivers: whatsapp or chatwoot.
        #[arg(long, value_name = "KIND", value_parser = kind)]
        kind: ChannelKind,
        /// File with the secret that signs deliveries, - for standard input. WhatsApp: the app
        /// secret of Meta's app dashboard (needed). Chatwoot: the webhook's secret; without it one
        /// is made.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// What you call it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// List the tenant's channels (never their secrets).
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Give a channel another secret; the present one passes until the next rotation.
    Rotate {
        /// The channel, as `list` shows it.
        channel_id: String,
        /// File with the new secret, - for standard input.
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
    },
    /// Make a channel useless; a running service follows within a second.
    Revoke {
        /// The channel, as `list` shows it.
        channel_id: String,
    },
}

fn kind(name: &str) -> Result<ChannelKind, String> {
    ChannelKind::from_name(name).ok_or_else(|| "kinds: whatsapp, chatwoot".to_owned())
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let unknown = || Exit::NotFound.error("no channel in use of this tenant has this id");
    match args.action {
        Action::Create { kind, secret_file, label, format } => {
            let secret = secret_file.as_deref().map(read_secret).transpose()?;
            if secret.is_none() && kind == ChannelKind::Whatsapp {
                let text = "WhatsApp signs with the app secret of Meta's dashboard: --secret-file";
                return Err(Exit::BadData.error(text));
            }
            let (mut store, tenant) = args.workspace.open_or_create()?;
            let channel =
                store.create_channel(&tenant, kind, secret.as_deref(), &label, clock::now())?;
            let mut object = facts(&channel);
            object["verify_token"] = channel.verify_token.clone().into();
            if secret.is_none() {
                object["secret"] = channel.secret.clone().into();
            }
            if format == Format::Json {
                return output::print_json(&object);
            }
            for name in ["channel_id", "path", "verify_token", "secret"] {
                if let Some(value) = object[name].as_str() {
                    println!("{name}: {value}");
                }
            }
            Ok(())
        }
        Action::List { format } => {
            let (store, tenant) = args.workspace.open()?;
            let columns = ["channel_id", "kind", "path", "label", "created_at", "revoked_at"];
            let rows: Vec<Vec<Value>> = store
                .channels()?
                .iter()
                .filter(|channel| channel.tenant == tenant.id)
                .map(|channel| {
                    let facts = facts(channel);
                    columns.iter().map(|column| facts[*column].clone()).collect()
                })
                .collect();
            output::print_list(format, &columns, &rows)
        }
        Action::Rotate { channel_id, secret_file } => {
            let secret = read_secret(&secret_file)?;
            let (mut store, tenant) = args.workspace.open()?;
            if store.rotate_channel(tenant.id, &channel_id, &secret)? {
                return Ok(());
            }
            Err(unknown())
        }
        Action::Revoke { channel_id } => {
            let (mut store, tenant) = args.workspace.open()?;
            if store.revoke_channel(tenant.id, &channel_id, clock::now())? {
                return Ok(());
            }
            Err(unknown())
        }
    }
}

/// A secret never stands on a command line, where other processes could read it.
fn read_secret(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(SECRET_FILE_BYTES_MAX).read_to_string(&mut text)?;
    } else {
        let file = std::fs::File::open(path)
            .with_context(|| format!("{}: the secret can't be read", path.display()))?;
        file.take(SECRET_FILE_BYTES_MAX).read_to_string(&mut text)?;
    }
    Ok(text.trim().to_owned())
}

fn facts(channel: &Channel) -> Value {
    let kind = channel.kind.as_str();
    json!({
        "channel_id": channel.channel_id,
        "kind": kind,
        "path": format!("/api/v1/webhooks/{kind}/{}", channel.channel_id),
        "label": channel.label,
        "created_at": clock::utc(channel.created_at),
        "revoked_at": channel.revoked_at.map(clock::utc),
    })
}
