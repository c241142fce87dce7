//! The cells of a row for a model that exists: what a number or a category is to it.

use std::collections::HashMap;

use chatsignal_core::limits;
use chatsignal_core::model::{Rounding, category_code};

use super::cell::Cell;
use super::{Row, TableError};

/// Most answers about cells that are kept for one feature.
const KEPT_MAX: usize = 4 * limits::CATEGORIES_MAX;

/// The number of a cell as the model reads it: missing is NaN, `true` is 1 and `false` is 0, and
/// infinity is a number too.
///
/// # Errors
/// When the cell is no number, or one that f32 cannot hold.
pub(super) fn number(row: &Row<'_>, column: usize, rounding: Rounding) -> Result<f32, TableError> {
    let value = match row.cell(column)? {
        Cell::Missing | Cell::QuestionMark => return Ok(f32::NAN),
        Cell::Number(value) => value,
        Cell::Text(text) if text.eq_ignore_ascii_case("true") => 1.0,
        Cell::Text(text) if text.eq_ignore_ascii_case("false") => 0.0,
        Cell::Text(text) if is_none(text) => return Ok(f32::NAN),
        Cell::Text(_) => return Err(row.error(column, "is not a number: the model takes one")),
    };
    let narrow = rounding.narrow(value);
    // Rounded to the nearest, a number beyond the range would become an infinity.
    if narrow.is_infinite() && value.is_finite() && rounding == Rounding::Nearest {
        let problem =
            "is above 3.4e38 in size, the largest number that the model's inputs (f32) hold";
        return Err(row.error(column, problem));
    }
    Ok(narrow)
}

/// How Python writes a value that is missing.
fn is_none(text: &str) -> bool {
    text.eq_ignore_ascii_case("none")
}

/// What a cell of a category says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    /// A category of the model, by its code.
    Code(f32),
    /// That it is missing.
    Missing,
    /// A category that the model does not know.
    Unknown,
}

/// The categories of one feature.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    categories: Vec<String>,
    /// Answers given so far, by the text of the cell.
    known: HashMap<String, Option<f32>>,
}

impl Codes {
    pub(super) fn new(categories: &[String]) -> Self {
        Self { categories: categories.to_vec(), known: HashMap::new() }
    }

    /// What a cell says. The model's own categories go before the words for missing: a category may
    /// be called `NA`.
    ///
    /// # Errors
    /// When the cell is not UTF-8.
    pub(super) fn find(&mut self, row: &Row<'_>, column: usize) -> Result<Found, TableError> {
        let cell = row.raw(column)?;
        let code = match self.known.get(cell) {
            Some(&code) => code,
            None => {
                let code = category_code(&self.categories, cell).map(|code| code as f32);
                if self.known.len() < KEPT_MAX {
                    self.known.insert(cell.into(), code);
                }
                code
            }
        };
        Ok(match (code, row.cell(column)?) {
            (Some(code), _) => Found::Code(code),
            (None, Cell::Missing) => Found::Missing,
            (None, Cell::Text(text)) if is_none(text) => Found::Missing,
            (None, _) => Found::Unknown,
        })
    }
}
