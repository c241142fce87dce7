//! `chatsignal models export`.

use std::path::PathBuf;

use anyhow::Context;
use chatsignal_interop::xgboost;

use crate::cli::exit::Exit;
use crate::cli::model_file;
use crate::cli::output::{self, printable};

/// Write a model as a file of another library, so that you are never locked in.
///
/// Notes on stderr name what the other library has no place for (calibration, tiers, intervals).
/// Models that it has nothing like are refused by name.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Model file: made by `fit`, `train` or `models import`.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Target,
}

const EXAMPLES: &str = "Example:
  chatsignal models export m.csm --out m.json
  In Python:  xgboost.Booster(model_file='m.json').predict(rows)";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// JSON that XGBoost 3.x reads.
    #[default]
    XgboostJson,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let artifact = model_file::read(&args.model)?;
    let exported = match args.format {
        Target::XgboostJson => xgboost::export(&artifact),
    };
    let model = args.model.display();
    let exported = exported.map_err(|error| Exit::BadData.error(format!("{model}: {error}")))?;
    let bytes = exported.json.as_bytes();
    output::write_whole(&args.out, bytes)
        .with_context(|| format!("writing {}", args.out.display()))?;
    for note in &exported.notes {
        eprintln!("note: {}", printable(note));
    }
    println!("{}: {} bytes", args.out.display(), bytes.len());
    Ok(())
}
