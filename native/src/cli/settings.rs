//! `chatsignal settings get|set`.

use clap::Subcommand;
use serde_json::Value;

use super::output::{self, Format};
use super::workspace::Workspace;
use crate::store::settings::SETTINGS;

/// Show or change a tenant's settings.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    workspace: Workspace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every setting, or one.
    Get {
        /// Name of a setting.
        name: Option<String>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Change one setting, e.g. `settings set timezone Europe/Berlin`.
    Set {
        /// Name of the setting.
        name: String,
        /// Its new value; an empty value goes back to the default.
        value: String,
    },
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Get { name, format } => {
            let (store, tenant) = args.workspace.open()?;
            let settings = store.settings(tenant.id)?;
            let rows: Vec<Vec<Value>> = SETTINGS
                .iter()
                .filter(|spec| name.as_deref().is_none_or(|wanted| wanted == spec.name))
                .map(|spec| {
                    vec![
                        spec.name.into(),
                        settings.text(spec.name).into(),
                        spec.default.into(),
                        spec.about.into(),
                    ]
                })
                .collect();
            if let (Some(name), true) = (&name, rows.is_empty()) {
                return Err(crate::store::settings::unknown(name).into());
            }
            output::print_list(format, &["name", "value", "default", "about"], &rows)
        }
        Action::Set { name, value } => {
            let (mut store, tenant) = args.workspace.open_or_create()?;
            store.set_setting(tenant.id, &name, &value)?;
            Ok(())
        }
    }
}
