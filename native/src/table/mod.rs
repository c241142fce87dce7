//! Tables of anyone's making: CSV files in, rows for a model out.
//!
//! The delimiter is detected (`,`, `;` or tab), fields may be quoted, columns that are not all
//! numbers are categories, and an empty cell, `nan`, `na`, `null` or (in a column of numbers) `?`
//! is missing. For a model that exists its own categories come first, and `True` and `False` are
//! numbers. Files are read in passes, row by row: only numbers are kept.

mod cell;
mod columns;
mod error;
mod matching;
mod reader;
mod target;
mod training;
mod value;

pub use columns::{ColumnKind, Roles, Survey, survey};
pub use error::TableError;
pub use matching::{Matcher, Unseen};
pub use reader::{Row, TableReader};
pub use target::{Labels, PositiveRule};
pub use training::{TrainingTable, read_labelled, read_training};
