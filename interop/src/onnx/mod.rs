//! ONNX-ML: tree ensembles and linear models.

use crate::{ImportError, Imported};

pub(crate) fn read(_bytes: &[u8]) -> Result<Imported, ImportError> {
    Err(ImportError::unsupported("format", "onnx"))
}
