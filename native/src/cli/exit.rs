//! Exit codes, and how an error gets one.

use std::io;
use std::process::ExitCode;

use crate::import::ImportError;
use crate::registry::RegistryError;
use crate::store::StoreError;

/// The table of exit codes, shown under `chatsignal --help`.
pub const HELP: &str = "\
Exit codes: 0 done, 1 failure (disk, lock, damaged file), 2 wrong usage, 3 bad input data,
4 refused by the data gate, 5 not found.";

/// Why a command did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything else: disk, lock, damaged file.
    Failure = 1,
    /// Options that do not go together.
    Usage = 2,
    /// The input data are wrong.
    BadData = 3,
    /// There are too few data to do it honestly.
    Refused = 4,
    /// No such database, tenant, contact or model.
    NotFound = 5,
}

/// An error with an exit code of its own. `main` finds it anywhere in the chain of causes.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failed {
    exit: Exit,
    message: String,
}

impl Exit {
    /// An error that ends the program with this code.
    pub fn error(self, message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Failed { exit: self, message: message.into() })
    }
}

/// The code for an error: the first cause that names one, else [`Exit::Failure`].
fn code(error: &anyhow::Error) -> Exit {
    let named = error.chain().find_map(|cause| {
        if let Some(failed) = cause.downcast_ref::<Failed>() {
            Some(failed.exit)
        } else if let Some(error) = cause.downcast_ref::<StoreError>() {
            Some(of_store(error))
        } else if let Some(error) = cause.downcast_ref::<RegistryError>() {
            Some(of_registry(error))
        } else {
            cause.downcast_ref::<ImportError>().map(of_import)
        }
    });
    named.unwrap_or(Exit::Failure)
}

fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::NoDatabase { .. } | StoreError::NoTenant { .. } | StoreError::NoContact(_) => {
            Exit::NotFound
        }
        StoreError::Setting { .. } | StoreError::InvalidEvent { .. } => Exit::BadData,
        _ => Exit::Failure,
    }
}

fn of_import(error: &ImportError) -> Exit {
    match error {
        ImportError::Store(error) => of_store(error),
        ImportError::Read { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
            Exit::NotFound
        }
        ImportError::Read { .. } | ImportError::Rejects(_) | ImportError::Database { .. } => {
            Exit::Failure
        }
        _ => Exit::BadData,
    }
}

fn of_registry(error: &RegistryError) -> Exit {
    match error {
        RegistryError::NoVersion { .. }
        | RegistryError::NoModel(_)
        | RegistryError::NoPrevious(_)
        | RegistryError::NoFile { .. } => Exit::NotFound,
        RegistryError::Invalid(_)
        | RegistryError::WrongKind { .. }
        | RegistryError::FileName(_) => Exit::BadData,
        RegistryError::Io { .. } | RegistryError::Damaged { .. } => Exit::Failure,
    }
}

/// Prints the error, if any, and gives the exit code. A reader that went away (`| head`) is no
/// error.
pub fn report(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    let closed = error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    });
    if closed {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: {error:#}");
    ExitCode::from(code(&error) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_code_is_found_below_context() {
        let deep: anyhow::Result<()> =
            Err(Exit::Refused.error("12 of 40 positives")).context("training churn");
        let Err(error) = deep else { panic!("an error was built") };
        assert_eq!(code(&error), Exit::Refused);
        assert_eq!(code(&anyhow::anyhow!("plain")), Exit::Failure);
    }
}
