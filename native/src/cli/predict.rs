//! `chatsignal predict`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::explain::Explainer;
use chatsignal_core::model::Postprocessor;
use chatsignal_simd::Predictor;
use serde::Serialize;

use super::exit::Exit;
use super::model_file;
use crate::table::{Matcher, TableError, TableReader};

/// Rows that are predicted at a time.
const BLOCK: usize = 256;

/// Predict every row of a table with a model file.
///
/// Columns are found by name; further columns are ignored, a missing one is an error. Only for an
/// imported model without names of its features columns are taken in order, with or without a
/// header (a first line 0,1,2,... is one). A category that the model does not know counts as missing; a note on stderr counts them.
/// One line of output for each row, in the same order. A model of several outputs (classes,
/// quantiles, targets) gives prediction_NAME and margin_NAME for each, or arrays in JSON.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Model file, made by `chatsignal fit` or `chatsignal models import`.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Table to predict: CSV with a header; the delimiter (, ; or tab) is detected.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Whether to add base_value and the contribution of each feature, in feature order, and with
    /// interactions (json only) also what pairs of features do together
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
    /// The same, and interaction values: a matrix whose rows add up to the contributions.
    Interactions,
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
    prediction: PerOutput<f64>,
    margin: PerOutput<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_value: Option<PerOutput<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributions: Option<PerOutput<&'a [f64]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interactions: Option<PerOutput<Vec<Vec<f64>>>>,
}

/// The value of a single output, or one of each.
#[derive(Serialize)]
#[serde(untagged)]
enum PerOutput<T> {
    One(T),
    Each(Vec<T>),
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let artifact = model_file::read(&args.model)?;
    let explain = args.explain.unwrap_or(match args.format {
        RowFormat::Json => Explain::Full,
        RowFormat::Csv => Explain::None,
    });
    let pairs = explain == Explain::Interactions;
    if pairs && args.format == RowFormat::Csv {
        let why = "--explain interactions needs --format json: a matrix has no place in a row";
        return Err(Exit::Usage.error(why));
    }
    let explainers = if explain == Explain::None { Vec::new() } else { artifact.explainers() };
    let bad = |error: TableError| Exit::BadData.error(error.to_string());
    let (mut reader, mut matcher) = model_file::open_table(&args.data, &artifact).map_err(bad)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    if args.format == RowFormat::Csv {
        write_header(&mut out, &artifact, !explainers.is_empty())?;
    }
    let width = artifact.schema.len();
    let predictor = Predictor::prepare(&artifact);
    let mut values = Vec::new();
    let mut contributions = vec![Vec::new(); explainers.len()];
    loop {
        // The rows before a bad one are predicted before its error is returned.
        let block = read_block(&mut reader, &mut matcher, width, &mut values);
        for (explainer, contributions) in explainers.iter().zip(&mut contributions) {
            contributions.resize(values.len(), 0.0);
            explainer.explain_rows(&values, contributions);
        }
        for (at, predictions) in predictor.predict_outputs_rows(&values).into_iter().enumerate() {
            let explained = || contributions.iter().map(|c| &c[at * width..][..width]);
            let row = &values[at * width..][..width];
            let matrix = |explainer: &Explainer| {
                let found = explainer.interactions(row);
                found.values.chunks(width.max(1)).map(<[f64]>::to_vec).collect()
            };
            let line = Line {
                prediction: PerOutput::new(predictions.values),
                margin: PerOutput::new(predictions.margins),
                base_value: PerOutput::some(explainers.iter().map(Explainer::base_value)),
                contributions: PerOutput::some(explained()),
                interactions: PerOutput::some(explainers.iter().filter(|_| pairs).map(matrix)),
            };
            match args.format {
                RowFormat::Json => {
                    serde_json::to_writer(&mut out, &line).map_err(io::Error::from)?;
                    out.write_all(b"\n")?;
                }
                RowFormat::Csv => line.write_csv(&mut out)?,
            }
        }
        if block.map_err(bad)? < BLOCK {
            break;
        }
    }
    out.flush()?;
    if let Some(note) = reader.note() {
        eprintln!("note: {note}");
    }
    for unseen in matcher.unseen() {
        eprintln!("note: {}", unseen.warning());
    }
    Ok(())
}

impl<T> PerOutput<T> {
    fn new(values: Vec<T>) -> Self {
        match <[T; 1]>::try_from(values) {
            Ok([value]) => Self::One(value),
            Err(values) => Self::Each(values),
        }
    }

    fn some(values: impl Iterator<Item = T>) -> Option<Self> {
        let values: Vec<T> = values.collect();
        (!values.is_empty()).then(|| Self::new(values))
    }

    fn values(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }
}

/// Names of the columns: those of a single output have its name alone.
fn write_header(out: &mut impl Write, artifact: &ModelArtifact, full: bool) -> io::Result<()> {
    let of_outputs = |what: &str| -> Vec<String> {
        let names = &artifact.outputs.names;
        if names.is_empty() {
            return vec![what.into()];
        }
        names.iter().map(|name| format!("{what}_{name}")).collect()
    };
    let mut columns = if artifact.postprocessor == Postprocessor::ClassIndex {
        vec!["prediction".into()]
    } else {
        of_outputs("prediction")
    };
    columns.extend(of_outputs("margin"));
    if full {
        columns.extend(of_outputs("base_value"));
        for output in of_outputs("contribution") {
            let features = artifact.schema.features.iter();
            columns.extend(features.map(|feature| format!("{output}_{}", feature.name)));
        }
    }
    for (at, name) in columns.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        if name.contains([',', '"', '\n', '\r']) {
            write!(out, "{comma}\"{}\"", name.replace('"', "\"\""))?;
        } else {
            write!(out, "{comma}{name}")?;
        }
    }
    writeln!(out)
}

impl Line<'_> {
    fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let predictions = self.prediction.values().iter().chain(self.margin.values());
        let bases = self.base_value.iter().flat_map(PerOutput::values);
        let contributions = self.contributions.iter().flat_map(PerOutput::values).copied();
        let numbers = predictions.chain(bases).chain(contributions.flatten());
        for (at, number) in numbers.enumerate() {
            write!(out, "{}{number}", if at > 0 { "," } else { "" })?;
        }
        writeln!(out)
    }
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
