//! What can go wrong in the registry.

use std::io;
use std::path::PathBuf;

use chatsignal_core::artifact::{ArtifactError, ModelKind};

/// Why the registry did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The file system refused.
    #[error("{path}: {source}{}", hint(source))]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A file is damaged.
    #[error("{path} is damaged: {reason}; restore it from a backup, or train again")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The bytes to publish are no valid model.
    #[error("not published: {0}")]
    Invalid(#[from] ArtifactError),
    /// The model to publish is of another kind.
    #[error("not published: the model is for {found:?}, not {expected:?}")]
    WrongKind {
        /// The kind asked for.
        expected: ModelKind,
        /// The kind of the model.
        found: ModelKind,
    },
    /// A file name is not one that a version may hold.
    #[error("{0:?} is no file name of a version (lower-case letters, digits, '-', '_' and '.')")]
    FileName(String),
    /// There is no such version.
    #[error("there is no version {version}; there are {}", list(known))]
    NoVersion {
        /// The version asked for.
        version: u32,
        /// The versions that exist.
        known: Vec<u32>,
    },
    /// There is no file of that name in the version.
    #[error("version {version} has no file {name}")]
    NoFile {
        /// The version.
        version: u32,
        /// The name.
        name: String,
    },
    /// There is no model at all.
    #[error("there is no {0} model; train one: chatsignal train {0}")]
    NoModel(&'static str),
    /// There is nothing to go back to.
    #[error("no {0} model was activated yet: the shipped one scores")]
    NoPrevious(&'static str),
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "; free some space and try again (nothing was changed)"
        }
        _ => "",
    }
}

fn list(versions: &[u32]) -> String {
    if versions.is_empty() {
        return "none".to_owned();
    }
    versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// Names the path of a file-system error.
pub(super) trait At<T> {
    fn at(self, path: &std::path::Path) -> Result<T, RegistryError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &std::path::Path) -> Result<T, RegistryError> {
        self.map_err(|source| RegistryError::Io { path: path.to_owned(), source })
    }
}
