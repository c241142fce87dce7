//! `chatsignal serve`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgMatches, Command, FromArgMatches};

use super::exit::Exit;
use crate::service::config::{Layers, SETTINGS, Spec};
use crate::service::{self, Config};

/// The settings as flags, one for each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags(BTreeMap<String, String>);

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        // The parser keeps names for as long as the program runs.
        static NAMES: LazyLock<Vec<String>> =
            LazyLock::new(|| SETTINGS.iter().map(Spec::flag).collect());
        command.args(SETTINGS.iter().zip(NAMES.iter()).map(|(spec, flag)| {
            let default = match spec.default {
                "" => String::new(),
                default => format!(" [default: {default}]"),
            };
            let unit = if spec.name.ends_with("_ms") { "MS" } else { "VALUE" };
            Arg::new(spec.name).long(flag.as_str()).value_name(unit).help(format!(
                "{}{default} [env: {}]",
                spec.about,
                spec.variable()
            ))
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = SETTINGS.iter().filter_map(|spec| {
            let text: &String = matches.get_one(spec.name)?;
            Some((spec.name.to_owned(), text.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Answer over HTTP: scores, reasons, the best hour to write.
///
/// Nothing must be configured: the database is made when there is none, and the shipped models score
/// until there are your own. The dashboard is at `/`; `/docs` shows and tries out every route. Each option may stand in a
/// TOML file (with `_` for `-`) or in an environment variable instead; an option goes before its
/// variable, the variable before the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TOML file with settings.
    #[arg(long, value_name = "FILE", env = "CHATSIGNAL_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let file = args.config.map(|path| {
        let content = fs::read_to_string(&path).map_err(|error| {
            Exit::NotFound.error(format!("{}: can't be read ({error})", path.display()))
        })?;
        Ok::<_, anyhow::Error>((path, content))
    });
    let layers = Layers { flags: args.flags.0, file: file.transpose()? };
    let config = layers
        .config(|variable| std::env::var(variable).ok())
        .map_err(|errors| Exit::BadData.error(errors.to_string()))?;
    serve(config)
}

/// Serves until the process is told to stop.
pub(crate) fn serve(config: Config) -> anyhow::Result<()> {
    service::serve(config, |address| {
        eprintln!("chatsignal listens on http://{address} (dashboard at /, API at /docs)")
    })?;
    Ok(())
}
