//! The SQLite store: event log, contact directory, settings, import progress,
//! keys of the service, training jobs.
//!
//! Durability: write-ahead log with `synchronous = FULL`. A committed batch survives a killed
//! process and a power cut; a batch that was not committed leaves no trace. Every write is one
//! `BEGIN IMMEDIATE` transaction; a lock held by another process is waited for
//! [`limits::BUSY_TIMEOUT`], then reported as [`StoreError::Busy`]. Deleted content is overwritten
//! (`secure_delete`). What can be computed again need not wait for the disk
//! ([`Store::without_waiting`]).

mod alias;
mod batch;
mod channels;
mod check;
mod directory;
mod erase;
mod error;
mod feedback;
mod idempotency;
pub mod jobs;
mod keys;
mod limits;
mod migrate;
mod overview;
mod progress;
mod scan;
mod scores;
pub mod settings;
mod states;
mod tenant;
mod timeline;
mod waiting;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

pub use batch::{Batch, Inserted};
pub use channels::{Channel, ChannelKind};
pub use check::Counts;
pub use directory::{LabelKind, Person};
pub use erase::Erased;
pub use error::StoreError;
pub use feedback::{Feedback, FeedbackCount, FeedbackKind, KeptFeedback};
pub use idempotency::{KeptAnswer, RequestHash};
pub use keys::{ApiKey, KeyText, Scope};
pub use overview::{Band, ContactFilter, ContactLine, ContactOrder, Latest, Place};
pub use progress::ImportProgress;
pub use scan::{ContactSummary, TenantEvents};
pub use scores::ScoreRow;
pub use states::{Refreshed, StateOrigin, StateRead};
pub use tenant::{Tenant, TenantId};
pub use timeline::Position;
pub use waiting::{Round, Scored};

/// An open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens a database that exists, bringing its schema up to date.
    ///
    /// # Errors
    /// When there is none, or it is damaged, locked, newer than this build or not ours.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NoDatabase { path: path.to_owned() });
        }
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens a database that exists as it is: an older schema stays what it is.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn inspect(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::NoDatabase { path: path.to_owned() });
        }
        let store = Self::unprepared(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let (found, known) = store.schema_versions()?;
        if found > known {
            return Err(StoreError::NewerSchema { found, known });
        }
        Ok(store)
    }

    /// Opens a database, making it when there is none.
    ///
    /// # Errors
    /// As [`Store::open`], or when the file cannot be made.
    pub fn open_or_create(path: &Path) -> Result<Self, StoreError> {
        private_file(path);
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let mut store = Self::unprepared(path, flags)?;
        migrate::migrate(&mut store.connection)?;
        Ok(store)
    }

    /// With whatever schema the file has.
    fn unprepared(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let connection =
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(limits::BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_CACHED);
        // Refuse a foreign file before the first change to it.
        migrate::version(&connection)?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
        connection.pragma_update(None, "cache_size", -limits::SCAN_CACHE_KIB)?;
        connection.pragma_update_and_check(
            None,
            "wal_autocheckpoint",
            limits::WAL_PAGES,
            |_| Ok(()),
        )?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Does work that can be done again from the log: its transactions do not wait for the disk. They are
    /// on it with the next one that does; a killed process loses none of them, a power cut the last.
    ///
    /// # Errors
    /// Those of the work, or when the file cannot be written.
    pub fn without_waiting<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection.pragma_update(None, "synchronous", "normal")?;
        let outcome = work(self);
        self.connection.pragma_update(None, "synchronous", "full")?;
        outcome
    }

    /// Sets the size of the page cache; a smaller one is cut down at once.
    fn set_cache(&self, kib: i64) -> Result<(), StoreError> {
        Ok(self.connection.pragma_update(None, "cache_size", -kib)?)
    }
}

/// Makes an empty file that its owner alone may read, before SQLite makes one that others may;
/// its companions (`-wal`, `-shm`) take the same mode. A file that is there keeps its own.
fn private_file(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What stands in the way of it stands in the way of SQLite too, which says what it is.
    let _ = options.open(path);
}

#[cfg(test)]
mod tests;
