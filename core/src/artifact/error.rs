//! Why a model file was refused.

use core::fmt;

use super::header::FORMAT_VERSION;
use crate::limits;
use crate::model::{Fingerprint, ModelError};
use crate::wire::WireError;

/// Why a model file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactError {
    /// It does not begin like a model file.
    NotAModel,
    /// It is of a format that this version cannot read.
    UnsupportedVersion {
        /// The format version found.
        found: u16,
    },
    /// It says a format that is not the oldest one that can hold the model.
    WrongVersion {
        /// The format version found.
        found: u16,
    },
    /// It is longer than any model may be.
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It is longer or shorter than it says.
    WrongLength {
        /// The length it declares.
        declared: u32,
        /// Its length.
        found: usize,
    },
    /// It was damaged.
    Checksum {
        /// The checksum in the file.
        stored: u64,
        /// The checksum of the bytes before it.
        computed: u64,
    },
    /// The bytes do not follow the format.
    Wire(WireError),
    /// The schema is not the one that the header names.
    Fingerprint {
        /// Fingerprint in the header.
        declared: u64,
        /// Fingerprint of the schema in the file.
        computed: u64,
    },
    /// The values break a rule of models.
    Rule(ModelError),
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModel => f.write_str("not a chatsignal model file"),
            Self::WrongVersion { found } => {
                write!(f, "the model does not belong in a file of format {found}")
            }
            Self::UnsupportedVersion { found } => write!(
                f,
                "model file of format {found}; this version reads formats 1 to {FORMAT_VERSION}: \
                 use the version that wrote it, or train again"
            ),
            Self::TooLarge { bytes } => {
                let max = limits::ARTIFACT_BYTES_MAX;
                write!(f, "model file of {bytes} bytes; at most {max} are allowed")
            }
            Self::WrongLength { declared, found } => write!(
                f,
                "model file of {found} bytes that should have {declared}: it was cut short or \
                 joined with something else; copy it again"
            ),
            Self::Checksum { stored, computed } => write!(
                f,
                "model file is damaged (checksum {computed:016x}, should be {stored:016x}); \
                 copy it again"
            ),
            Self::Wire(error) => write!(f, "model file is malformed: {error}"),
            Self::Fingerprint { declared, computed } => write!(
                f,
                "model file's features ({}) are not the ones that its header names ({})",
                Fingerprint(*computed),
                Fingerprint(*declared)
            ),
            Self::Rule(error) => write!(f, "model file is malformed: {error}"),
        }
    }
}

impl core::error::Error for ArtifactError {}

impl From<WireError> for ArtifactError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<ModelError> for ArtifactError {
    fn from(error: ModelError) -> Self {
        Self::Rule(error)
    }
}
