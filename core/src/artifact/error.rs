//! Why a model file was refused.

use core::fmt;

use super::header::FORMAT_VERSION;
use crate::limits;
use crate::model::{Fingerprint, ModelError};
use crate::say::Piece::{Hex, Number, Text};
use crate::say::say;
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
                let pieces = [
                    Text("the model does not belong in a file of format "),
                    Number(u64::from(*found)),
                ];
                say(f, &pieces)
            }
            Self::UnsupportedVersion { found } => {
                let pieces = [
                    Text("model file of format "),
                    Number(u64::from(*found)),
                    Text("; this version reads formats 1 to "),
                    Number(u64::from(FORMAT_VERSION)),
                    Text(": use the version that wrote it, or train again"),
                ];
                say(f, &pieces)
            }
            Self::TooLarge { bytes } => {
                let pieces = [
                    Text("model file of "),
                    Number(*bytes as u64),
                    Text(" bytes; at most "),
                    Number(limits::ARTIFACT_BYTES_MAX as u64),
                    Text(" are allowed"),
                ];
                say(f, &pieces)
            }
            Self::WrongLength { declared, found } => {
                let pieces = [
                    Text("model file of "),
                    Number(*found as u64),
                    Text(" bytes that should have "),
                    Number(u64::from(*declared)),
                    Text(": it was cut short or joined with something else; copy it again"),
                ];
                say(f, &pieces)
            }
            Self::Checksum { stored, computed } => {
                let pieces = [
                    Text("model file is damaged (checksum "),
                    Hex(*computed),
                    Text(", should be "),
                    Hex(*stored),
                    Text("); copy it again"),
                ];
                say(f, &pieces)
            }
            Self::Fingerprint { declared, computed } => {
                f.write_str("model file's features (")?;
                Fingerprint(*computed).fmt(f)?;
                f.write_str(") are not the ones that its header names (")?;
                Fingerprint(*declared).fmt(f)?;
                f.write_str(")")
            }
            Self::Wire(error) => malformed(f, error),
            Self::Rule(error) => malformed(f, error),
        }
    }
}

fn malformed(f: &mut fmt::Formatter<'_>, error: &dyn fmt::Display) -> fmt::Result {
    f.write_str("model file is malformed: ")?;
    error.fmt(f)
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
