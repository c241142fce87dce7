//! The fixed start of a model file.

use super::{ArtifactError, ModelKind, ModelState};
use crate::limits;
use crate::wire::{Reader, WireReason, Writer};

/// First bytes of every model file. The high bit, the line ends and the end-of-file mark show when
/// a file was sent as text.
pub const MAGIC: [u8; 8] = *b"\x89CSM\r\n\x1a\n";

/// The newest format. A model that format 1 can hold is written in format 1, so that earlier
/// readers read it.
pub const FORMAT_VERSION: u16 = 2;

/// Bytes of the header, sections not included.
pub const HEADER_BYTES: usize = 24;

/// Bytes of the checksum at the end.
pub const CHECKSUM_BYTES: usize = 8;

/// What a file says before its sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Format of the file, 1 or 2.
    pub version: u16,
    /// What the model is for.
    pub kind: ModelKind,
    /// How much it may be trusted.
    pub state: ModelState,
    /// Bytes of the whole file, checksum included.
    pub total_bytes: u32,
    /// Fingerprint of the schema.
    pub schema_fingerprint: u64,
}

impl Header {
    pub(super) fn encode(&self, out: &mut Writer) {
        out.raw(&MAGIC);
        out.u16(self.version);
        out.u8(self.kind as u8);
        out.u8(self.state as u8);
        out.u32(self.total_bytes);
        out.u64(self.schema_fingerprint);
    }

    /// Reads the header and checks the length and the checksum of the whole file, so that a file
    /// cut short or damaged says so, whatever is wrong inside.
    pub(super) fn decode(bytes: &[u8], input: &mut Reader<'_>) -> Result<Self, ArtifactError> {
        if bytes.len() > limits::ARTIFACT_BYTES_MAX {
            return Err(ArtifactError::TooLarge { bytes: bytes.len() });
        }
        if !bytes.starts_with(&MAGIC) {
            return Err(ArtifactError::NotAModel);
        }
        input.raw(MAGIC.len(), "magic")?;
        let version = input.u16("format version")?;
        if !(1..=FORMAT_VERSION).contains(&version) {
            return Err(ArtifactError::UnsupportedVersion { found: version });
        }
        let here = input.clone();
        let kind = ModelKind::from_code(input.u8("kind")?);
        let kind = kind.ok_or_else(|| here.error("kind", WireReason::Invalid))?;
        let here = input.clone();
        let state = ModelState::from_code(input.u8("state")?);
        let state = state.ok_or_else(|| here.error("state", WireReason::Invalid))?;
        let total_bytes = input.u32("file length")?;
        if total_bytes as usize != bytes.len() {
            return Err(ArtifactError::WrongLength { declared: total_bytes, found: bytes.len() });
        }
        let schema_fingerprint = input.u64("schema fingerprint")?;
        let (body, stored) = bytes.split_last_chunk().ok_or(ArtifactError::NotAModel)?;
        let (stored, computed) = (u64::from_le_bytes(*stored), checksum(body));
        if stored != computed {
            return Err(ArtifactError::Checksum { stored, computed });
        }
        Ok(Self { version, kind, state, total_bytes, schema_fingerprint })
    }
}

/// XXH64 (seed 0).
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh64::xxh64(bytes, 0)
}
