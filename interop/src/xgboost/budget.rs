//! Memory that a model may take: some documents say in few bytes what takes many.

use crate::ImportError;

/// What may be held for the trees of a file, in multiples of its length; beside it the parsed
/// document is held, and the bound of all is 8 times the file plus 1 MiB.
const SHARE: usize = 6;
const FREE: usize = 1 << 19;

/// Bytes of one node in our arrays.
pub(super) const NODE_BYTES: usize = 37;

/// What is left.
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    /// The budget of a file of so many bytes.
    pub(super) fn of_file(bytes: usize) -> Self {
        Self { left: SHARE * bytes + FREE }
    }

    /// Takes so many bytes for `what`.
    pub(super) fn take(&mut self, bytes: usize, what: &'static str) -> Result<(), ImportError> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let found = "much more memory than the file has bytes";
                Err(ImportError::unsupported(what, found))
            }
        }
    }
}
