//! A CSV file, row by row.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::TableError;
use super::cell::{self, Cell};

/// How much of a file is looked at to find its delimiter.
const SAMPLE_BYTES: u64 = 64 << 10;

/// A CSV file whose header has been read.
#[derive(Debug)]
pub struct TableReader {
    path: PathBuf,
    names: Vec<String>,
    decimal_comma: bool,
    csv: csv::Reader<BufReader<File>>,
    record: ByteRecord,
    /// Whether `record` is a row that was read to find out that there is no header.
    ahead: bool,
    /// Whether the header was told from a row by counting the columns alone.
    counted: bool,
}

/// One row.
#[derive(Debug)]
pub struct Row<'a> {
    reader: &'a TableReader,
}

impl TableReader {
    /// Opens a file and reads its header. A column without a name is called `column N`.
    ///
    /// # Errors
    /// When the file can't be read, is empty, or names a column twice.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let mut reader = Self::start(path, true)?;
        let header = reader.csv.byte_headers().map_err(|error| from_csv(path, &error))?;
        for (at, name) in header.iter().enumerate() {
            let fail = |problem: &str| TableError::new(path, problem);
            let name = std::str::from_utf8(name.trim_ascii())
                .map_err(|_| fail("the header is not UTF-8: save the file as UTF-8"))?;
            let name = if name.is_empty() { format!("column {}", at + 1) } else { name.into() };
            if reader.names.contains(&name) {
                return Err(fail("the header names it twice: rename one").column(&name));
            }
            reader.names.push(name);
        }
        reader.not_empty()
    }

    /// Opens a file whose columns are taken in order. A first line of numbers (or missing values)
    /// alone is a row, but for `0`, `1`, ... up to the last column: pandas heads columns without
    /// names so. Any other is a header, whose names may be anything.
    ///
    /// # Errors
    /// When the file can't be read or is empty.
    pub fn open_in_order(path: &Path) -> Result<Self, TableError> {
        let mut reader = Self::start(path, false)?;
        let found = reader.csv.read_byte_record(&mut reader.record);
        found.map_err(|error| from_csv(path, &error))?;
        let decimal_comma = reader.decimal_comma;
        let is_number = |field: &[u8]| {
            let text = std::str::from_utf8(field.trim_ascii());
            text.is_ok_and(|text| !matches!(cell::read(text, decimal_comma), Cell::Text(_)))
        };
        let mut numbered = reader.record.iter().enumerate();
        reader.counted = numbered.all(|(at, field)| field == at.to_string().as_bytes());
        reader.ahead = !reader.counted && reader.record.iter().all(is_number);
        reader.names = reader
            .record
            .iter()
            .enumerate()
            .map(|(at, field)| match std::str::from_utf8(field.trim_ascii()) {
                Ok(name) if !reader.ahead && !name.is_empty() => name.into(),
                _ => format!("column {}", at + 1),
            })
            .collect();
        reader.not_empty()
    }

    fn start(path: &Path, has_headers: bool) -> Result<Self, TableError> {
        let io = |error: std::io::Error| TableError::new(path, format!("can't be read ({error})"));
        let mut file = File::open(path).map_err(io)?;
        let mut sample = Vec::new();
        (&mut file).take(SAMPLE_BYTES).read_to_end(&mut sample).map_err(io)?;
        let bom = sample.starts_with(b"\xef\xbb\xbf");
        file.seek(std::io::SeekFrom::Start(if bom { 3 } else { 0 })).map_err(io)?;
        let delimiter = detect_delimiter(&sample);
        let csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(has_headers)
            .from_reader(BufReader::with_capacity(1 << 18, file));
        Ok(Self {
            path: path.into(),
            names: Vec::new(),
            decimal_comma: delimiter == b';',
            csv,
            record: ByteRecord::new(),
            ahead: false,
            counted: false,
        })
    }

    fn not_empty(self) -> Result<Self, TableError> {
        if self.names.is_empty() {
            return Err(TableError::new(&self.path, "is empty: a header line and rows are needed"));
        }
        Ok(self)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Position of a column.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// What the user should know: how the first line was read where it could be a row as well.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.counted.then(|| {
            let file = self.path.display();
            format!("{file}: its first line counts the columns from 0: read as a header, not a row")
        })
    }

    /// The next row, if there is one.
    ///
    /// # Errors
    /// When the file can't be read or a line has more or fewer fields than the header.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, TableError> {
        if std::mem::take(&mut self.ahead) {
            return Ok(Some(Row { reader: self }));
        }
        match self.csv.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(Row { reader: self })),
            Ok(false) => Ok(None),
            Err(error) => Err(from_csv(&self.path, &error)),
        }
    }
}

impl Row<'_> {
    /// Line of the file, counted from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.reader.record.position().map_or(0, csv::Position::line)
    }

    /// An error in one column of this row.
    #[must_use]
    pub fn error(&self, column: usize, problem: impl Into<String>) -> TableError {
        let name = self.reader.names.get(column).map_or("", String::as_str);
        TableError::new(&self.reader.path, problem).line(self.line()).column(name)
    }

    /// An error about the whole of this row.
    #[must_use]
    pub fn fault(&self, problem: impl Into<String>) -> TableError {
        TableError::new(&self.reader.path, problem).line(self.line())
    }

    /// A number that another program computed: none may be missing.
    ///
    /// # Errors
    /// When the cell is empty or no number.
    pub fn margin(&self, column: usize) -> Result<f64, TableError> {
        match self.cell(column)? {
            Cell::Number(value) => Ok(value),
            _ => Err(self.error(column, "is not a number")),
        }
    }

    /// What one cell says.
    pub(super) fn cell(&self, column: usize) -> Result<Cell<'_>, TableError> {
        Ok(cell::read(self.text(column)?, self.reader.decimal_comma))
    }

    /// The text of one cell, without space around it.
    pub(super) fn text(&self, column: usize) -> Result<&str, TableError> {
        self.raw(column).map(str::trim_ascii)
    }

    /// The text of one cell.
    pub(super) fn raw(&self, column: usize) -> Result<&str, TableError> {
        std::str::from_utf8(self.reader.record.get(column).unwrap_or_default())
            .map_err(|_| self.error(column, "is not UTF-8: save the file as UTF-8"))
    }

    /// A number to learn from: missing is NaN.
    pub(super) fn number(&self, column: usize) -> Result<f32, TableError> {
        match self.cell(column)? {
            Cell::Missing | Cell::QuestionMark => Ok(f32::NAN),
            Cell::Number(value) => {
                let narrow = value as f32;
                if narrow.is_finite() {
                    return Ok(narrow);
                }
                Err(self.error(column, "is too large for a number: leave it empty if unknown"))
            }
            Cell::Text(_) => {
                Err(self.error(column, "is not a number, as the rest of the column is"))
            }
        }
    }

    /// A category to learn from, or a label: missing is `None`.
    pub(super) fn category(&self, column: usize) -> Result<Option<&str>, TableError> {
        Ok(match self.cell(column)? {
            Cell::Missing => None,
            _ => Some(self.text(column)?),
        })
    }
}

fn from_csv(path: &Path, error: &csv::Error) -> TableError {
    let at = |line: Option<&csv::Position>, problem: String| match line {
        Some(position) => TableError::new(path, problem).line(position.line()),
        None => TableError::new(path, problem),
    };
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let problem = format!("has {len} fields, the header has {expected_len}");
            at(pos.as_ref(), problem)
        }
        csv::ErrorKind::Io(error) => at(None, format!("can't be read ({error})")),
        _ => at(error.position(), "is not CSV".into()),
    }
}

/// The delimiter that splits the first lines into the most fields, the same number in each.
fn detect_delimiter(sample: &[u8]) -> u8 {
    let fields = |delimiter: u8| -> usize {
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(sample);
        let mut widths = csv.byte_records().take(20).map_while(Result::ok).map(|r| r.len());
        let first = widths.next().unwrap_or(0);
        // The sample can end inside a line: the last of it does not count.
        let rest: Vec<usize> = widths.collect();
        let whole = rest.len().saturating_sub(1);
        if rest[..whole].iter().all(|&width| width == first) { first } else { 1 }
    };
    let best = [b',', b';', b'\t'].into_iter().map(|d| (fields(d), d));
    best.reduce(|a, b| if b.0 > a.0 { b } else { a }).map_or(b',', |(_, delimiter)| delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_detected() {
        assert_eq!(detect_delimiter(b"a,b,c\n1,2,3\n"), b',');
        assert_eq!(detect_delimiter(b"a;b;c\n1,5;2,5;3,5\n1,5;2;3\n"), b';');
        assert_eq!(detect_delimiter(b"a\tb\n\"x,y\"\t2\n"), b'\t');
        assert_eq!(detect_delimiter(b"\"a;b;c\",d\n1,2\n"), b',');
        assert_eq!(detect_delimiter(b"a\n1\n"), b',');
        assert_eq!(detect_delimiter(b""), b',');
    }
}
