//! What is wrong with a table, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with a table. Cells are never quoted: they can hold personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, where the fault is in one.
    pub line: Option<u64>,
    /// The column, where the fault is in one.
    pub column: Option<String>,
    /// What is wrong and the way out.
    pub problem: String,
}

impl TableError {
    /// A fault of the whole file.
    pub fn new(file: &Path, problem: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None, problem: problem.into() }
    }

    /// The same, in one line.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same, in one column.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for TableError {}
