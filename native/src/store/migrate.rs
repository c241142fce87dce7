//! Schema versions.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::StoreError;

/// Marks a SQLite file as ours (`CSIG`).
const APPLICATION_ID: i32 = 0x4353_4947;

/// Every migration, in order. One that has been released never changes.
const MIGRATIONS: &[(u32, &str, &str)] = &[
    (1, "initial", include_str!("migrations/0001_initial.sql")),
    (2, "api_keys", include_str!("migrations/0002_api_keys.sql")),
    (3, "live", include_str!("migrations/0003_live.sql")),
    (4, "surface", include_str!("migrations/0004_surface.sql")),
    (5, "jobs", include_str!("migrations/0005_jobs.sql")),
    (6, "waiting", include_str!("migrations/0006_waiting.sql")),
    (7, "outdated", include_str!("migrations/0007_outdated.sql")),
];

/// The schema version that this build reads and writes.
pub(crate) const VERSION: u32 = MIGRATIONS.len() as u32;

/// The version of the schema in a file: 0 for an empty one.
///
/// # Errors
/// When the file is a database of another program, or cannot be read.
pub(crate) fn version(connection: &Connection) -> Result<u32, StoreError> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(0);
    }
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id != APPLICATION_ID {
        return Err(StoreError::Foreign);
    }
    let version = connection
        .query_row("SELECT max(version) FROM schema_migrations", [], |row| row.get(0))
        .optional()?;
    Ok(version.unwrap_or(0))
}

/// Brings the schema to [`VERSION`], all steps in one transaction.
///
/// # Errors
/// When the file is newer than this build or of another program, or cannot be written.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    // Another process may migrate at the same time: look again under the write lock.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > VERSION {
        return Err(StoreError::NewerSchema { found, known: VERSION });
    }
    if found == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.execute_batch(
            "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
        )?;
    }
    for (version, name, sql) in MIGRATIONS.iter().filter(|(version, ..)| *version > found) {
        transaction.execute_batch(sql)?;
        transaction.execute(
            "INSERT INTO schema_migrations (version, name) VALUES (?1, ?2)",
            (version, name),
        )?;
    }
    transaction.commit()?;
    Ok(())
}
