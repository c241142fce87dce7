//! SQLite as a source.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde_json::Value;

use super::database::{Database, statement};
use super::map::TableMap;
use super::row::Cell;

/// A SQLite file, opened for reading only.
pub(super) struct Sqlite(Connection);

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(path, flags).map(Self).map_err(words)
    }
}

impl Database for Sqlite {
    fn columns(&mut self, query: &str) -> Result<Vec<String>, String> {
        let statement = self.0.prepare(query).map_err(words)?;
        Ok(statement.column_names().map(str::to_owned).collect())
    }

    fn rows(
        &mut self,
        map: &TableMap,
        from: Option<&Value>,
        visit: &mut dyn FnMut(&[Cell]) -> bool,
    ) -> Result<(), String> {
        let sql = statement(map, from.map(|_| "?1"));
        let mut statement = self.0.prepare(&sql).map_err(words)?;
        let width = statement.column_count();
        let mut rows = statement.query(params_from_iter(from.map(bound))).map_err(words)?;
        let mut cells = Vec::with_capacity(width);
        while let Some(row) = rows.next().map_err(words)? {
            cells.clear();
            for column in 0..width {
                cells.push(match row.get_ref(column).map_err(words)? {
                    ValueRef::Null | ValueRef::Blob(_) => Cell::Null,
                    ValueRef::Integer(number) => Cell::Integer(number),
                    ValueRef::Real(number) => Cell::Real(number),
                    ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                });
            }
            if !visit(&cells) {
                break;
            }
        }
        Ok(())
    }
}

/// SQLite compares numbers with numbers and texts with texts: the watermark keeps its type.
fn bound(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64().unwrap_or(0.0).into(),
        },
        Value::String(text) => text.clone().into(),
        _ => rusqlite::types::Value::Null,
    }
}

/// SQLite's messages name tables and columns, never values.
fn words(error: rusqlite::Error) -> String {
    error.to_string()
}
