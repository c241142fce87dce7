//! Why a model was not exported.

use alloc::borrow::Cow;
use core::fmt;

use chatsignal_core::model::ModelError;

/// Why a model was not exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportError {
    /// The other library has nothing like it.
    Unsupported {
        /// The part of the model.
        field: &'static str,
        /// What was found.
        found: Cow<'static, str>,
    },
    /// The model breaks a rule of models.
    Rule(ModelError),
}

impl ExportError {
    pub(super) fn unsupported(field: &'static str, found: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported { field, found: found.into() }
    }
}

impl From<ModelError> for ExportError {
    fn from(error: ModelError) -> Self {
        Self::Rule(error)
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { field, found } => {
                write!(f, "{field}: XGBoost has nothing like {found}; the model was not exported")
            }
            Self::Rule(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ExportError {}
