//! What can go wrong with the store.

use std::path::PathBuf;

use chatsignal_core::wire::WireError;
use rusqlite::ErrorCode;

/// Why the store did not do what was asked. No message holds personal data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no database file.
    #[error("no database at {}: `chatsignal import` makes one, or name another with --db", path.display())]
    NoDatabase {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The database has no such tenant.
    #[error("no tenant {name:?} in this database (it has: {}): name another with --tenant", known.join(", "))]
    NoTenant {
        /// The name that was looked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A setting's name or value is wrong.
    #[error("setting {name}: {rule}")]
    Setting {
        /// Name of the setting.
        name: String,
        /// The rule that was broken, and the way out.
        rule: String,
    },
    /// The file is not a SQLite database.
    #[error("the file is not a database: name another with --db")]
    NotADatabase,
    /// The file is a SQLite database of another program.
    #[error("the file is a database of another program: name another with --db")]
    Foreign,
    /// A newer chatsignal wrote the file.
    #[error(
        "the database has schema version {found}, this program knows up to {known}: use the newer chatsignal that wrote it"
    )]
    NewerSchema {
        /// Version in the file.
        found: u32,
        /// Newest version that this build knows.
        known: u32,
    },
    /// Another process kept the database locked for longer than the timeout.
    #[error("the database is locked by another process: wait for it to end, then run this again")]
    Busy,
    /// The file or its folder may not be written.
    #[error("the database is read-only: check the permissions of the file and its folder")]
    ReadOnly,
    /// The disk is full, or a quota or file-size limit is reached.
    #[error(
        "the disk is full: nothing of the last batch was written; make room and run this again"
    )]
    DiskFull,
    /// The disk gave an error.
    #[error("the disk failed ({0}): check it, then run `chatsignal doctor`")]
    Disk(String),
    /// The file is damaged.
    #[error("the database is damaged ({0}): restore a copy, or import into a new file")]
    Damaged(String),
    /// A stored event cannot be read.
    #[error("event {event_id} in the database cannot be read: {reason}")]
    Event {
        /// Its id.
        event_id: String,
        /// Why.
        reason: WireError,
    },
    /// An event that no store may hold (an instant or offset out of range).
    #[error("event {event_id} is not valid: {rule}")]
    InvalidEvent {
        /// Its id.
        event_id: String,
        /// The rule that was broken.
        rule: &'static str,
    },
    /// No contact has this id.
    #[error("no contact {0} in the log: `chatsignal contacts list` shows them")]
    NoContact(String),
    /// Anything else that SQLite reports.
    #[error("the database refused a statement: {0}")]
    Sql(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Sql(error.to_string());
        };
        let detail = || message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                Self::ReadOnly
            }
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::SystemIoFailure => Self::Disk(detail()),
            ErrorCode::DatabaseCorrupt => Self::Damaged(detail()),
            ErrorCode::NotADatabase => Self::NotADatabase,
            _ => Self::Sql(detail()),
        }
    }
}
