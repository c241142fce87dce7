//! Why a model file was refused.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use chatsignal_core::model::ModelError;

/// Why a model file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// It looks like no format that is known.
    Unknown,
    /// It is larger than any file that is read.
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The file is not what its format says.
    Malformed {
        /// Place: byte, line or path of keys.
        at: String,
        /// What is wrong there.
        reason: Cow<'static, str>,
    },
    /// The file is sound but uses something that is not supported.
    Unsupported {
        /// The field.
        field: Cow<'static, str>,
        /// What was found.
        found: String,
    },
    /// The model breaks a rule of models.
    Rule(ModelError),
}

impl ImportError {
    /// Something that is not supported, by name.
    #[must_use]
    pub fn unsupported(field: impl Into<Cow<'static, str>>, found: impl Into<String>) -> Self {
        Self::Unsupported { field: field.into(), found: found.into() }
    }

    /// A fault of the file, with its place.
    #[must_use]
    pub fn malformed(at: impl Into<String>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed { at: at.into(), reason: reason.into() }
    }
}

impl From<ModelError> for ImportError {
    fn from(error: ModelError) -> Self {
        Self::Rule(error)
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str(
                "not a model file of XGBoost (JSON, UBJ), LightGBM (text), ONNX-ML, or a dump of \
                 scikit-learn; say --from FORMAT if it is one",
            ),
            Self::TooLarge { bytes } => {
                let max = crate::MODEL_BYTES_MAX;
                write!(f, "a model file of {bytes} bytes; at most {max} are read")
            }
            Self::Malformed { at, reason } => write!(f, "{at}: {reason}"),
            Self::Unsupported { field, found } => {
                write!(f, "{field}: {found} is not supported, so the model was not read")
            }
            Self::Rule(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ImportError {}
