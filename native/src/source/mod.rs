//! Import of the tables of an existing system, by a mapping file (docs/IMPORT.md).
//!
//! A row becomes the JSON of a canonical event and goes through the same reader as every other
//! event; its id is made of the table's name and the row's own id. With a watermark column later
//! imports begin where the last one ended; without one they read everything again, and known
//! events stay as they are.

mod database;
mod fields;
mod map;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod sqlite;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chatsignal_ingest::{
    Availability, Context, DirectoryEntry, Hasher, Ingested, Reason, Reject, Sink, ndjson,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::import::{ImportError, Observer, Options, Summary, limits, write_chunk};
use crate::store::{ImportProgress, Store, Tenant};
use crate::timezone::TenantTime;
use database::Database;
use map::TableMap;
use row::{Cell, RowContext};

/// Imports every table that the mapping file names; the summary of each, by name.
///
/// # Errors
/// When the mapping file is wrong (every fault at once), the database cannot be read, or the store
/// fails. Batches before that stay.
pub fn import_tables(
    store: &mut Store,
    tenant: &Tenant,
    url: &str,
    map_path: &Path,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Vec<(String, Summary)>, ImportError> {
    let text = fs::read_to_string(map_path)
        .map_err(|cause| ImportError::Read { path: map_path.to_owned(), cause })?;
    let wrong = |faults| ImportError::Map { path: map_path.to_owned(), faults };
    let maps = map::parse(&text).map_err(wrong)?;
    let mut database = open(url)?;
    let columns = check_columns(database.as_mut(), &maps).map_err(wrong)?;
    let mut summaries = Vec::new();
    for (map, columns) in maps.iter().zip(columns) {
        let mut table = Table { map, columns, options, tenant, url };
        let summary = table.import(store, database.as_mut(), observer)?;
        summaries.push((map.name.clone(), summary));
    }
    Ok(summaries)
}

fn open(url: &str) -> Result<Box<dyn Database>, ImportError> {
    let failed = |reason| ImportError::Database { reason };
    if let Some(path) = url.strip_prefix("sqlite://") {
        return Ok(Box::new(sqlite::Sqlite::open(Path::new(path)).map_err(failed)?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        #[cfg(feature = "postgres")]
        return Ok(Box::new(postgres::Postgres::open(url).map_err(failed)?));
        #[cfg(not(feature = "postgres"))]
        return Err(failed("this program was built without PostgreSQL".to_owned()));
    }
    Err(failed("write the address like sqlite://file.db or postgres://user@host/db".to_owned()))
}

/// The columns of every query, or every column that a map names and its query does not give.
fn check_columns(
    database: &mut dyn Database,
    maps: &[TableMap],
) -> Result<Vec<Vec<String>>, Vec<String>> {
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for map in maps {
        match database.columns(&map.query) {
            Ok(columns) => {
                for (key, column) in map.columns() {
                    if !columns.iter().any(|c| c == column) {
                        faults.push(format!(
                            "{}: {key}: there is no column {column}; there are {}",
                            map.name,
                            columns.join(", ")
                        ));
                    }
                }
                all.push(columns);
            }
            Err(reason) => faults.push(format!("{}: query: {reason}", map.name)),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

/// The import of one table.
struct Table<'a> {
    map: &'a TableMap,
    columns: Vec<String>,
    options: &'a Options,
    tenant: &'a Tenant,
    url: &'a str,
}

impl Table<'_> {
    fn import(
        &mut self,
        store: &mut Store,
        database: &mut dyn Database,
        observer: &mut dyn Observer,
    ) -> Result<Summary, ImportError> {
        let source = self.source();
        let earlier = store.import_progress(self.tenant.id, &source)?;
        let from: Option<Value> = earlier
            .and_then(|progress| progress.watermark)
            .and_then(|text| serde_json::from_str(&text).ok());
        observer.started("sql", None, Arc::default());
        let mut summary = Summary::new("sql", false);
        summary.resumed = from.is_some();
        let watermark = from.as_ref().map(Value::to_string);
        let mut progress = ImportProgress { watermark, ..Default::default() };

        let hasher = Hasher::new(&self.tenant.key);
        let local = TenantTime::new(self.options.timezone.clone());
        let availability = Availability::Occurred { lag_ms: self.options.lag_ms };
        let context = Context { hasher: &hasher, local: &local, availability };
        let mut reader = ndjson::Reader::new(context, None);
        let mut chunk = Ingested::default();
        let mut number = 0;
        let mut failure = None;
        let walked = database.rows(self.map, from.as_ref(), &mut |cells| {
            number += 1;
            self.row(number, cells, &mut reader, &hasher, &mut chunk);
            if let Some(at) = self.watermark(cells) {
                progress.watermark = Some(at.to_string());
            }
            if chunk.events.len() + chunk.rejects.len() < limits::CHUNK_ITEMS {
                return true;
            }
            let chunk = std::mem::take(&mut chunk);
            let written = self.write(store, &source, chunk, &mut progress, observer, &mut summary);
            failure = written.err();
            failure.is_none()
        });
        if let Some(error) = failure {
            return Err(error);
        }
        walked.map_err(|reason| ImportError::Database {
            reason: format!("{}: {reason}", self.map.name),
        })?;
        self.write(store, &source, chunk, &mut progress, observer, &mut summary)?;
        Ok(summary)
    }

    fn write(
        &self,
        store: &mut Store,
        source: &[u8; 32],
        chunk: Ingested,
        progress: &mut ImportProgress,
        observer: &mut dyn Observer,
        summary: &mut Summary,
    ) -> Result<(), ImportError> {
        summary.rejects(&chunk.rejects, observer)?;
        write_chunk(store, self.tenant, Some(source), &chunk, progress)?;
        summary.inserted = progress.inserted;
        observer.committed(progress.inserted);
        Ok(())
    }

    /// One row: an event, or a reject under the table's name.
    fn row(
        &self,
        number: u64,
        cells: &[Cell],
        reader: &mut ndjson::Reader<'_>,
        hasher: &Hasher,
        chunk: &mut Ingested,
    ) {
        let cell = |column: &str| {
            let at = self.columns.iter().position(|c| c == column)?;
            cells.get(at)
        };
        let context =
            RowContext { timezone: &self.options.timezone, currency: self.options.currency };
        let known = chunk.rejects.len();
        let missing = self.map.watermark.as_deref().filter(|c| cell(c) == Some(&Cell::Null));
        match row::event(self.map, &context, cell) {
            _ if missing.is_some() => {
                chunk.reject(reject(number, "watermark", Reason::Missing));
            }
            Ok(event) => reader.line(number, event.to_string().as_bytes(), chunk),
            Err(fault) => chunk.reject(reject(number, &fault.key, Reason::Rule(fault.rule))),
        }
        for reject in &mut chunk.rejects[known..] {
            reject.field = format!("{}.{}", self.map.name, reject.field);
        }
        if let Some(column) = &self.map.contact_name
            && chunk.rejects.len() == known
            && let (Some(contact), Some(name)) =
                (cell(&self.map.contact).and_then(Cell::text), cell(column).and_then(Cell::text))
        {
            let id = contact.parse().unwrap_or_else(|_| hasher.contact(&contact));
            chunk.directory(DirectoryEntry::Contact {
                id,
                name: Some(name),
                phone: None,
                external_id: None,
                country: None,
            });
        }
    }

    fn watermark(&self, cells: &[Cell]) -> Option<Value> {
        let column = self.map.watermark.as_deref()?;
        let at = self.columns.iter().position(|c| c == column)?;
        match cells.get(at)? {
            Cell::Null => None,
            Cell::Integer(number) => Some((*number).into()),
            Cell::Real(number) => Some((*number).into()),
            Cell::Text(text) => Some(text.as_str().into()),
        }
    }

    /// Names the import: another address, map or option begins anew.
    fn source(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"sql");
        for part in [without_login(self.url), &format!("{:?}", self.map), &self.options.text("sql")]
        {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

fn reject(line: u64, field: &str, reason: Reason) -> Reject {
    Reject { line, field: field.to_owned(), reason }
}

/// The address without user and password: a changed password is the same database.
fn without_login(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, place)| place)
}
