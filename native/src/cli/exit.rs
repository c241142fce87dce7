//! Exit codes, and how an error gets one.

use std::process::ExitCode;

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
    error
        .chain()
        .find_map(|cause| {
            if let Some(failed) = cause.downcast_ref::<Failed>() {
                return Some(failed.exit);
            }
            if let Some(error) = cause.downcast_ref::<RegistryError>() {
                return registry_code(error);
            }
            match cause.downcast_ref::<StoreError>()? {
                StoreError::NoDatabase { .. }
                | StoreError::NoTenant { .. }
                | StoreError::NoContact(_) => Some(Exit::NotFound),
                StoreError::Setting { .. } | StoreError::InvalidEvent { .. } => Some(Exit::BadData),
                _ => None,
            }
        })
        .unwrap_or(Exit::Failure)
}

fn registry_code(error: &RegistryError) -> Option<Exit> {
    match error {
        RegistryError::NoVersion { .. }
        | RegistryError::NoModel(_)
        | RegistryError::NoPrevious(_)
        | RegistryError::NoFile { .. } => Some(Exit::NotFound),
        RegistryError::Invalid(_)
        | RegistryError::WrongKind { .. }
        | RegistryError::FileName(_) => Some(Exit::BadData),
        RegistryError::Io { .. } | RegistryError::Damaged { .. } => None,
    }
}

/// Prints the error, if any, and gives the exit code. A reader that went away (`| head`) is no
/// error.
pub fn report(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    let closed = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
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
