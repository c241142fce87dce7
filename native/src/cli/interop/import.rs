//! `chatsignal models import`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::limits;
use chatsignal_core::model::{Fingerprint, Model};
use chatsignal_interop::{Format, Imported, MODEL_BYTES_MAX, Options, TreeChoice, import};
use serde::Serialize;
use serde_json::{Value, json};

use super::parity::{self, Report, Tolerance};
use crate::cli::exit::Exit;
use crate::cli::output::{self, printable};

/// Read a model of another library into a model file of ours.
///
/// The format is detected. What is not supported is refused by name, never guessed. The model then
/// predicts as the library does: `chatsignal predict --model m.csm --data rows.csv`. Margins of
/// XGBoost's trees are equal to the bit; show it on your own rows with --check and --expected, or
/// later with `chatsignal models parity`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Model file of the other library.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the model.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The file's format, where it is not what its first bytes look like.
    #[arg(long, value_name = "FORMAT", value_parser = model_format)]
    from: Option<Format>,
    /// Trees to take: all (as the library's own predict does), best (up to the best iteration that
    /// early stopping noted), or the number of iterations to take from the first. XGBoost and LightGBM.
    #[arg(long, value_name = "all|best|N", default_value = "all", value_parser = tree_choice)]
    trees: TreeChoice,
    /// Table of rows to compare margins on; needs --expected. Nothing is written when they differ.
    #[arg(long, value_name = "CSV", requires = "expected")]
    check: Option<PathBuf>,
    /// Margins of these rows as the library gives them.
    #[arg(long, value_name = "CSV", requires = "check")]
    expected: Option<PathBuf>,
    #[command(flatten)]
    tolerance: Tolerance,
    /// How to print what was read.
    #[arg(long, value_enum, default_value_t)]
    format: output::Format,
}

const EXAMPLES: &str = "Examples:
  In Python:  booster.save_model('m.json')      (or m.ubj; a scikit-learn wrapper: the same)
  chatsignal models import m.json --out m.csm
  chatsignal models import m.ubj --out m.csm --trees best --format json
  chatsignal models import m.json --out m.csm --check rows.csv --expected margins.csv
docs/INTEROP.md tells what is read and what is refused.";

fn model_format(text: &str) -> Result<Format, String> {
    let names = || Format::ALL.map(Format::as_str).join(", ");
    let found = Format::ALL.into_iter().find(|format| format.as_str() == text);
    found.ok_or_else(|| format!("one of: {}", names()))
}

fn tree_choice(text: &str) -> Result<TreeChoice, String> {
    match text {
        "all" => Ok(TreeChoice::All),
        "best" => Ok(TreeChoice::Best),
        number => match number.parse() {
            Ok(iterations) if iterations > 0 => Ok(TreeChoice::First(iterations)),
            _ => Err("all, best, or a number of iterations above 0".into()),
        },
    }
}

/// What was read.
#[derive(Serialize)]
struct Summary {
    format: &'static str,
    version: Option<String>,
    objective: Option<String>,
    link: String,
    outputs: Vec<String>,
    trees: usize,
    nodes: usize,
    features: usize,
    features_found_by: &'static str,
    notes: Vec<String>,
    model: Written,
    parity: Option<Report>,
}

#[derive(Serialize)]
struct Written {
    path: PathBuf,
    bytes: usize,
    schema_fingerprint: String,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let imported = read(&args)?;
    let format = imported.format;
    let (mut trees, mut nodes) = (0, 0);
    for model in imported.models() {
        if let Model::Trees(ensemble) = model {
            trees += ensemble.trees.len();
            nodes += ensemble.trees.iter().map(|tree| tree.len()).sum::<usize>();
        }
    }
    let mut summary = Summary {
        format: imported.format.as_str(),
        version: imported.version.clone(),
        objective: imported.objective.clone(),
        link: format!("{:?}", imported.postprocessor),
        outputs: imported.outputs.names.clone(),
        trees,
        nodes,
        features: imported.schema.len(),
        features_found_by: if imported.named { "name" } else { "position" },
        notes: imported.notes.clone(),
        model: Written {
            path: args.out.clone(),
            bytes: 0,
            schema_fingerprint: Fingerprint(imported.schema.fingerprint()).to_string(),
        },
        parity: None,
    };
    let artifact = imported.into_artifact();
    if let (Some(rows), Some(expected)) = (&args.check, &args.expected) {
        let report = parity::compare(&artifact, rows, expected, args.tolerance.tolerance)?;
        let refusal = report.refusal();
        summary.parity = Some(report);
        if let Some(refusal) = refusal {
            print(&summary, args.format)?;
            return Err(refusal.context("nothing was written"));
        }
    }
    summary.model.bytes = write(&artifact, &args.out, format)?;
    print(&summary, args.format)
}

fn read(args: &Args) -> anyhow::Result<Imported> {
    let file = args.file.display();
    let unreadable =
        |error: std::io::Error| Exit::NotFound.error(format!("{file}: can't be read ({error})"));
    let length = fs::metadata(&args.file).map_err(unreadable)?.len();
    if length > MODEL_BYTES_MAX as u64 {
        let problem = format!("{file}: {length} bytes; at most {MODEL_BYTES_MAX} are read");
        return Err(Exit::BadData.error(problem));
    }
    let bytes = fs::read(&args.file).map_err(unreadable)?;
    let options = Options { format: args.from, trees: args.trees };
    import(&bytes, &options).map_err(|error| Exit::BadData.error(format!("{file}: {error}")))
}

fn write(artifact: &ModelArtifact, path: &Path, format: Format) -> anyhow::Result<usize> {
    let bytes = artifact.encode();
    if bytes.len() > limits::ARTIFACT_BYTES_MAX {
        let (is, max) = (bytes.len(), limits::ARTIFACT_BYTES_MAX);
        let problem = format!("the model takes {is} bytes, a model file at most {max}");
        let way_out = if format.has_iterations() {
            ": take fewer trees (--trees N)"
        } else {
            ": train fewer or smaller trees (n_estimators, max_leaf_nodes)"
        };
        return Err(Exit::BadData.error(problem + way_out));
    }
    output::write_whole(path, &bytes).with_context(|| format!("writing {}", path.display()))?;
    Ok(bytes.len())
}

fn print(summary: &Summary, format: output::Format) -> anyhow::Result<()> {
    if format == output::Format::Json {
        return output::print_json(summary);
    }
    let outputs = match summary.outputs.len() {
        0 => "1".into(),
        count => format!("{count}: {}", summary.outputs.join(", ")),
    };
    let mut rows: Vec<Vec<Value>> = [
        ("format", json!(summary.format)),
        ("version", json!(summary.version)),
        ("objective", json!(summary.objective)),
        ("link", json!(summary.link)),
        ("outputs", json!(outputs)),
        ("trees", json!(summary.trees)),
        ("nodes", json!(summary.nodes)),
        ("features", json!(summary.features)),
        ("features found by", json!(summary.features_found_by)),
    ]
    .map(|(fact, value)| vec![fact.into(), value])
    .into();
    if summary.model.bytes > 0 {
        rows.push(vec!["written".into(), json!(summary.model.path.display().to_string())]);
        rows.push(vec!["bytes".into(), json!(summary.model.bytes)]);
    }
    if let Some(report) = &summary.parity {
        rows.extend(report.facts());
    }
    output::print_list(format, &["fact", "value"], &rows)?;
    for note in &summary.notes {
        eprintln!("note: {}", printable(note));
    }
    Ok(())
}
