//! Printing lists and objects as a table, JSON or CSV.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::{Map, Value};

/// How a command prints its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// Prints rows under `columns`: a table, a JSON array of objects, or CSV with a header. A null is
/// an empty cell.
pub fn print_list(format: Format, columns: &[&str], rows: &[Vec<Value>]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => {
            let mut table = Table::new();
            table.load_style(presets::UTF8_BORDERS_ONLY);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(columns);
            for row in rows {
                table.add_row(row.iter().map(|value| printable(&text(value))));
            }
            writeln!(out, "{table}")?;
        }
        Format::Json => {
            let objects: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let pairs = columns.iter().map(|c| (*c).to_owned()).zip(row.iter().cloned());
                    Value::Object(Map::from_iter(pairs))
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &objects).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            csv.write_record(columns).map_err(io_error)?;
            for row in rows {
                csv.write_record(row.iter().map(text)).map_err(io_error)?;
            }
            csv.flush()?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Prints one object as indented JSON.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// The text without control and direction characters: names come from outside and must not steer
/// the terminal.
pub fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

/// Writes aside and renames, so that a file is whole or not there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    fs::write(&aside, bytes)?;
    fs::rename(&aside, path)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Keeps a closed pipe recognisable under the csv crate's error.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("writing CSV: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_are_dropped() {
        assert_eq!(printable("A\u{1b}[31mB\u{202e}C\n"), "A[31mBC");
    }
}
