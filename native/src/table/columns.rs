//! First pass: what each column is.

use std::collections::HashSet;

use chatsignal_core::limits;

use super::cell::Cell;
use super::{Row, TableError, TableReader};

/// What the caller says about columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Roles<'a> {
    /// The column to predict.
    pub target: &'a str,
    /// Columns that are categories, whatever they look like.
    pub categorical: &'a [String],
    /// Columns to leave out.
    pub ignore: &'a [String],
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// The target.
    Target,
    /// Left out: ignored by the caller, or no use.
    Out,
    /// Numbers.
    Numeric,
    /// Categories.
    Categorical,
}

/// What a first look at a table says.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Kind of each column.
    pub kinds: Vec<ColumnKind>,
    /// Position of the target.
    pub target: usize,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What has been seen of one column.
#[derive(Default)]
struct Seen {
    /// Cells that are not missing.
    present: u64,
    /// A cell is text.
    text: bool,
    /// Different texts, up to the limit of categories (texts only come in once one cell is text).
    distinct: HashSet<String>,
    /// Every number so far is one more than the one before.
    counting: bool,
    last: f64,
}

/// Share of different texts among the cells from which a column looks like an id.
const ID_SHARE: f64 = 0.5;
/// Rows below which nothing is called an id.
const ID_ROWS_MIN: u64 = 20;

/// Looks through a table once.
///
/// # Errors
/// When the file is malformed or lacks a column that the roles name.
pub fn survey(reader: &mut TableReader, roles: &Roles<'_>) -> Result<Survey, TableError> {
    let find = |name: &str| {
        reader.position(name).ok_or_else(|| {
            let problem = format!("has no such column; it has: {}", reader.names().join(", "));
            TableError::new(reader.path(), problem).column(name)
        })
    };
    let target = find(roles.target)?;
    let mut kinds = vec![ColumnKind::Numeric; reader.names().len()];
    for name in roles.categorical {
        kinds[find(name)?] = ColumnKind::Categorical;
    }
    for name in roles.ignore {
        kinds[find(name)?] = ColumnKind::Out;
    }
    kinds[target] = ColumnKind::Target;
    let asked = kinds.clone();
    let mut seen: Vec<Seen> = kinds.iter().map(|_| Seen::default()).collect();
    let mut rows = 0u64;
    while let Some(row) = reader.next_row()? {
        rows += 1;
        for (column, seen) in seen.iter_mut().enumerate() {
            if matches!(asked[column], ColumnKind::Numeric | ColumnKind::Categorical) {
                look(&row, column, seen)?;
            }
        }
    }
    if rows == 0 {
        return Err(TableError::new(reader.path(), "has a header but no rows"));
    }
    let mut warnings = Vec::new();
    for (column, seen) in seen.iter().enumerate() {
        let name = &reader.names()[column];
        kinds[column] = match asked[column] {
            ColumnKind::Numeric if seen.present == 0 => {
                warnings.push(format!("`{name}` is empty; left out"));
                ColumnKind::Out
            }
            ColumnKind::Numeric if !seen.text => {
                if seen.counting && seen.present == rows && rows >= ID_ROWS_MIN {
                    warnings.push(format!(
                        "`{name}` counts the rows: leave it out with --ignore unless it means something"
                    ));
                }
                ColumnKind::Numeric
            }
            ColumnKind::Numeric if looks_like_id(seen) => {
                warnings.push(format!(
                    "`{name}` is different in almost every row, like an id; left out (--categorical keeps it)"
                ));
                ColumnKind::Out
            }
            ColumnKind::Numeric => ColumnKind::Categorical,
            other => other,
        };
    }
    Ok(Survey { kinds, target, warnings })
}

fn looks_like_id(seen: &Seen) -> bool {
    let distinct = seen.distinct.len();
    let share = distinct as f64 > ID_SHARE * seen.present as f64;
    distinct > limits::CATEGORIES_MAX || (seen.present >= ID_ROWS_MIN && share)
}

fn look(row: &Row<'_>, column: usize, seen: &mut Seen) -> Result<(), TableError> {
    match row.cell(column)? {
        Cell::Missing | Cell::QuestionMark => return Ok(()),
        Cell::Number(value) => {
            seen.counting = seen.present == 0 || (seen.counting && value == seen.last + 1.0);
            seen.last = value;
        }
        Cell::Text(text) => {
            seen.text = true;
            if seen.distinct.len() <= limits::CATEGORIES_MAX && !seen.distinct.contains(text) {
                seen.distinct.insert(text.into());
            }
        }
    }
    seen.present += 1;
    Ok(())
}
