//! What the import needs of a database.

use serde_json::Value;

use super::map::{TableMap, quoted};
use super::row::Cell;

/// A connection that gives rows.
pub(super) trait Database {
    /// Names of the columns of a table's query.
    ///
    /// # Errors
    /// In words, without values of the data.
    fn columns(&mut self, query: &str) -> Result<Vec<String>, String>;

    /// Gives every row of a table to `visit`, in the order of its watermark, from `from` on. The
    /// visitor's own error ends the walk.
    ///
    /// # Errors
    /// In words, without values of the data.
    fn rows(
        &mut self,
        map: &TableMap,
        from: Option<&Value>,
        visit: &mut dyn FnMut(&[Cell]) -> bool,
    ) -> Result<(), String>;
}

/// The statement for the rows of a table. `from` is the placeholder or literal of the watermark to
/// begin at; rows at the watermark itself come again, since more may have been added to them.
pub(super) fn statement(map: &TableMap, from: Option<&str>) -> String {
    let Some(watermark) = map.watermark.as_deref().map(quoted) else { return map.query.clone() };
    let condition = from.map_or(String::new(), |from| format!(" WHERE {watermark} >= {from}"));
    format!("SELECT * FROM ({}) AS mapped{condition} ORDER BY {watermark}", map.query)
}
