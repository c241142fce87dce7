//! Why an import could not be done.

use std::io;
use std::path::PathBuf;

use crate::store::StoreError;

/// Why an import could not be done. Pieces of input that are wrong are rejects, not errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be opened or read.
    #[error("reading {}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file that must be seen whole is too large.
    #[error("{} has more than {limit} bytes after unpacking: split it", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// The zip file cannot be unpacked.
    #[error("{} cannot be unpacked: {reason}", path.display())]
    Zip {
        /// The file.
        path: PathBuf,
        /// Why, and the way out.
        reason: String,
    },
    /// The format cannot be told from the content.
    #[error(
        "{}: cannot tell the format: add --format whatsapp-export, whatsapp-webhook, events or purchases",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The content as a whole cannot be read in this format.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why, and the way out.
        reason: String,
    },
    /// The mapping file is wrong.
    #[error("{}:\n  {}", path.display(), faults.join("\n  "))]
    Map {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong with it.
        faults: Vec<String>,
    },
    /// The database to import from cannot be read.
    #[error("the database to import from: {reason}")]
    Database {
        /// Why, and the way out.
        reason: String,
    },
    /// The list of rejects cannot be written.
    #[error("writing the rejects: {0}")]
    Rejects(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
