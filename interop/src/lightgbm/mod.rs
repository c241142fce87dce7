//! LightGBM: its text format.

use crate::{ImportError, Imported, Options};

pub(crate) fn read(_bytes: &[u8], _options: &Options) -> Result<Imported, ImportError> {
    Err(ImportError::unsupported("format", "lightgbm"))
}
