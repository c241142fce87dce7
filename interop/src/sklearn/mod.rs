//! scikit-learn: the JSON of our dump script.

use crate::{ImportError, Imported};

pub(crate) fn read(_bytes: &[u8]) -> Result<Imported, ImportError> {
    Err(ImportError::unsupported("format", "sklearn"))
}
