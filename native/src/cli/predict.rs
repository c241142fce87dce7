//! `chatsignal predict`.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::explain::Explainer;
use serde::Serialize;

use super::exit::Exit;
use crate::table::{Matcher, TableError, TableReader};

/// Rows that are predicted at a time.
const BLOCK: usize = 256;

/// Predict every row of a table with a model file.
///
/// Columns are found by name; further columns are ignored, a missing one is an error. A category
/// that the model does not know counts as missing; a note on stderr counts them. One line of output
/// for each row, in the same order.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Model file, made by `chatsignal fit`.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Table to predict: CSV with a header; the delimiter (, ; or tab) is detected.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Whether to add base_value and the contribution of each feature, in feature order
    /// [default: full for json, none for csv].
    #[arg(long, value_enum)]
    explain: Option<Explain>,
    /// How to print: CSV (prediction, margin), or one JSON object a line.
    #[arg(long, value_enum, default_value_t)]
    format: RowFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Explain {
    /// Predictions only.
    None,
    /// Every contribution; base_value + their sum = margin.
    Full,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum RowFormat {
    /// CSV with a header.
    #[default]
    Csv,
    /// JSON lines.
    Json,
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    prediction: f64,
    margin: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributions: Option<&'a [f64]>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let model = args.model.display();
    let bytes = fs::read(&args.model)
        .map_err(|error| Exit::NotFound.error(format!("{model}: can't be read ({error})")))?;
    let artifact = ModelArtifact::decode(&bytes)
        .map_err(|error| Exit::BadData.error(format!("{model}: {error}")))?;
    let explain = args.explain.unwrap_or(match args.format {
        RowFormat::Json => Explain::Full,
        RowFormat::Csv => Explain::None,
    });
    let explainer = (explain == Explain::Full).then(|| Explainer::new(&artifact.model));
    let bad = |error: TableError| Exit::BadData.error(error.to_string());
    let mut reader = TableReader::open(&args.data).map_err(bad)?;
    let mut matcher = Matcher::new(&reader, &artifact.schema).map_err(bad)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.format == RowFormat::Csv {
        write_header(&mut out, &artifact, explainer.is_some())?;
    }
    let width = artifact.schema.len();
    let (mut values, mut contributions) = (Vec::new(), Vec::new());
    loop {
        // The rows before a bad one are predicted before its error is returned.
        let block = read_block(&mut reader, &mut matcher, width, &mut values);
        contributions.resize(values.len(), 0.0);
        if let Some(explainer) = &explainer {
            explainer.explain_rows(&values, &mut contributions);
        }
        for (row, contributions) in values.chunks_exact(width).zip(contributions.chunks(width)) {
            let prediction = artifact.predict(row);
            let line = Line {
                prediction: prediction.value,
                margin: prediction.margin,
                base_value: explainer.as_ref().map(Explainer::base_value),
                contributions: explainer.as_ref().map(|_| contributions),
            };
            match args.format {
                RowFormat::Json => {
                    serde_json::to_writer(&mut out, &line).map_err(io::Error::from)?;
                    out.write_all(b"\n")?;
                }
                RowFormat::Csv => write_csv(&mut out, &line)?,
            }
        }
        if block.map_err(bad)? < BLOCK {
            break;
        }
    }
    out.flush()?;
    for unseen in matcher.unseen() {
        eprintln!("note: {}", unseen.warning());
    }
    Ok(())
}

fn write_header(out: &mut impl Write, artifact: &ModelArtifact, full: bool) -> io::Result<()> {
    write!(out, "prediction,margin")?;
    if full {
        write!(out, ",base_value")?;
        for feature in &artifact.schema.features {
            let name = format!("contribution_{}", feature.name);
            if name.contains([',', '"', '\n', '\r']) {
                write!(out, ",\"{}\"", name.replace('"', "\"\""))?;
            } else {
                write!(out, ",{name}")?;
            }
        }
    }
    writeln!(out)
}

fn write_csv(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    write!(out, "{},{}", line.prediction, line.margin)?;
    let explanation = line.base_value.iter().chain(line.contributions.unwrap_or_default());
    explanation.into_iter().try_for_each(|number| write!(out, ",{number}"))?;
    writeln!(out)
}

/// Reads the next rows, at most [`BLOCK`], and says how many. On an error `values` holds the rows
/// before the bad one, and perhaps a part of that.
fn read_block(
    reader: &mut TableReader,
    matcher: &mut Matcher,
    width: usize,
    values: &mut Vec<f32>,
) -> Result<usize, TableError> {
    values.clear();
    while values.len() < BLOCK * width {
        let Some(row) = reader.next_row()? else { break };
        matcher.read(&row, values)?;
    }
    Ok(values.len() / width)
}
