//! XGBoost: JSON and UBJSON.

use crate::{Format, ImportError, Imported, Options};

pub(crate) fn read(
    _bytes: &[u8],
    _format: Format,
    _options: &Options,
) -> Result<Imported, ImportError> {
    Err(ImportError::unsupported("format", "xgboost"))
}
