//! `chatsignal models parity`: margins of a model beside those of the library it came from.

use std::path::{Path, PathBuf};

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::model::{Accumulation, Model};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::model_file;
use crate::cli::output::{self, Format};
use crate::table::{TableError, TableReader};

/// Compare a model's margins with expected ones, row by row.
///
/// Rows and expected margins are two tables of as many rows. Expected margins are in the column
/// `margin` (of several outputs: `margin_NAME` for each, as `chatsignal predict` prints them), or
/// the file has one column for each output, in order, with or without a header. Ends with code 1
/// when some margin differs by more than the tolerance.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Model file.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Rows: CSV as `chatsignal predict` takes it.
    #[arg(long, value_name = "CSV")]
    data: PathBuf,
    /// Margins of the other library for these rows.
    #[arg(long, value_name = "CSV")]
    expected: PathBuf,
    #[command(flatten)]
    tolerance: Tolerance,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The tolerance of a comparison.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Tolerance {
    /// Largest difference that passes, in multiples of the larger of 1 and the expected margin.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) tolerance: f64,
}

const EXAMPLES: &str = "Example:
  In Python:  numpy.savetxt('rows.csv', rows, delimiter=',', fmt='%.9g')
              margins = booster.predict(xgboost.DMatrix(rows), output_margin=True)
              numpy.savetxt('margins.csv', margins, delimiter=',', fmt='%.9g')
  chatsignal models parity --model m.csm --data rows.csv --expected margins.csv";

/// How far a model is from what was expected.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    rows: u64,
    /// Margins compared: rows times outputs.
    margins: u64,
    /// Rows whose margins are all equal as f32.
    rows_equal: u64,
    max_abs_difference: f64,
    /// Against the expected margin; where that is 0, none.
    max_rel_difference: f64,
    /// Line of the data with the largest difference; null when there is none.
    worst_line: Option<u64>,
    tolerance: f64,
    /// Margins that differ by more.
    beyond_tolerance: u64,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let artifact = model_file::read(&args.model)?;
    let report = compare(&artifact, &args.data, &args.expected, args.tolerance.tolerance)?;
    match args.format {
        Format::Json => output::print_json(&report)?,
        format => output::print_list(format, &["fact", "value"], &report.facts())?,
    }
    report.refusal().map_or(Ok(()), Err)
}

/// Compares the margins of every row.
pub(crate) fn compare(
    artifact: &ModelArtifact,
    data: &Path,
    expected: &Path,
    tolerance: f64,
) -> anyhow::Result<Report> {
    if !(tolerance >= 0.0 && tolerance.is_finite()) {
        return Err(Exit::BadData.error("--tolerance: must be 0 or more"));
    }
    walk(artifact, data, expected, tolerance)
        .map_err(|error| Exit::BadData.error(error.to_string()))
}

fn walk(
    artifact: &ModelArtifact,
    data: &Path,
    expected: &Path,
    tolerance: f64,
) -> Result<Report, TableError> {
    let (mut rows, mut matcher) = model_file::open_table(data, artifact)?;
    let mut margins = TableReader::open_in_order(expected)?;
    for note in [rows.note(), margins.note()].into_iter().flatten() {
        eprintln!("note: {note}");
    }
    let columns = columns(&margins, artifact)?;
    // What was added up in f32 is an f32, however many digits its text has.
    let narrow = artifact.output_models().any(|model| match model {
        Model::Trees(trees) => trees.dialect.accumulation == Accumulation::F32,
        Model::Logistic(linear) => linear.accumulation == Accumulation::F32,
    });
    let mut report = Report {
        rows: 0,
        margins: 0,
        rows_equal: 0,
        max_abs_difference: 0.0,
        max_rel_difference: 0.0,
        worst_line: None,
        tolerance,
        beyond_tolerance: 0,
    };
    let mut values = Vec::with_capacity(artifact.schema.len());
    loop {
        let (row, theirs) = match (rows.next_row()?, margins.next_row()?) {
            (Some(row), Some(theirs)) => (row, theirs),
            (None, None) => break,
            (None, Some(_)) => {
                let problem = unequal(report.rows, report.rows + 1 + rest(&mut margins)?);
                return Err(TableError::new(expected, problem));
            }
            (Some(_), None) => {
                let problem = unequal(report.rows + 1 + rest(&mut rows)?, report.rows);
                return Err(TableError::new(data, problem));
            }
        };
        values.clear();
        matcher.read(&row, &mut values)?;
        let ours = artifact.predict_outputs(&values).margins;
        let mut equal = true;
        for (ours, &column) in ours.iter().zip(&columns) {
            let theirs = theirs.margin(column)?;
            let theirs = if narrow { f64::from(theirs as f32) } else { theirs };
            equal &= (*ours as f32).to_bits() == (theirs as f32).to_bits();
            report.add(*ours, theirs, row.line());
        }
        report.rows += 1;
        report.rows_equal += u64::from(equal);
    }
    if report.rows == 0 {
        return Err(TableError::new(data, "has no rows to compare"));
    }
    Ok(report)
}

/// How many rows are left.
fn rest(table: &mut TableReader) -> Result<u64, TableError> {
    let mut rows = 0;
    while table.next_row()?.is_some() {
        rows += 1;
    }
    Ok(rows)
}

fn unequal(data: u64, expected: u64) -> String {
    format!("the data has {data} rows, the expected margins {expected}: one for each is needed")
}

/// Columns of the expected margins, in order of the outputs.
fn columns(margins: &TableReader, artifact: &ModelArtifact) -> Result<Vec<usize>, TableError> {
    let outputs = &artifact.outputs.names;
    let wanted: Vec<String> = if outputs.is_empty() {
        vec!["margin".into()]
    } else {
        outputs.iter().map(|name| format!("margin_{name}")).collect()
    };
    if let Some(named) = wanted.iter().map(|name| margins.position(name)).collect() {
        return Ok(named);
    }
    let found = margins.names().len();
    if found == wanted.len() {
        return Ok((0..found).collect());
    }
    let problem = format!(
        "has {found} columns: needed is `{}`, or as many columns as outputs ({})",
        wanted.join("`, `"),
        wanted.len(),
    );
    Err(TableError::new(margins.path(), problem))
}

impl Report {
    fn add(&mut self, ours: f64, theirs: f64, line: u64) {
        self.margins += 1;
        let difference = (ours - theirs).abs();
        if difference > self.max_abs_difference {
            self.max_abs_difference = difference;
            self.worst_line = Some(line);
        }
        if theirs != 0.0 {
            self.max_rel_difference = self.max_rel_difference.max(difference / theirs.abs());
        }
        let passes = difference <= self.tolerance * theirs.abs().max(1.0);
        self.beyond_tolerance += u64::from(!passes);
    }

    /// For tables.
    pub(crate) fn facts(&self) -> Vec<Vec<Value>> {
        [
            ("rows", json!(self.rows)),
            ("margins", json!(self.margins)),
            ("rows equal as f32", json!(self.rows_equal)),
            ("largest absolute difference", json!(self.max_abs_difference)),
            ("largest relative difference", json!(self.max_rel_difference)),
            ("line of the largest", json!(self.worst_line)),
            ("tolerance", json!(self.tolerance)),
            ("margins beyond tolerance", json!(self.beyond_tolerance)),
        ]
        .map(|(fact, value)| vec![fact.into(), value])
        .into()
    }

    /// The error, where some margin is beyond the tolerance.
    pub(crate) fn refusal(&self) -> Option<anyhow::Error> {
        let Self { beyond_tolerance, margins, tolerance, .. } = self;
        let message =
            format!("{beyond_tolerance} of {margins} margins differ by more than {tolerance}");
        (*beyond_tolerance > 0).then(|| Exit::Failure.error(message))
    }
}
