//! The small manifest of a version.

use chatsignal_core::artifact::ModelArtifact;
use serde::{Deserialize, Serialize};

/// What a version holds. The fields and their order are the file format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Number of the version.
    pub version: u32,
    /// `lead`, `churn` or `engagement`.
    pub kind: String,
    /// `prior`, `provisional` or `ready`.
    pub state: String,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// Fingerprint of the feature schema, 16 hexadecimal digits.
    pub schema_fingerprint: String,
    /// End of the training data, milliseconds since 1970.
    pub trained_through_ms: i64,
    /// When it was published, milliseconds since 1970.
    pub published_at_ms: i64,
    /// Every file of the version, the model first.
    pub files: Vec<FileEntry>,
}

/// One file of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Name inside the version's folder.
    pub name: String,
    /// Length.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of a model about to be published.
    pub(super) fn of(
        version: u32,
        artifact: &ModelArtifact,
        published_at_ms: i64,
        files: Vec<FileEntry>,
    ) -> Self {
        Self {
            version,
            kind: artifact.kind.as_str().to_owned(),
            state: artifact.state.as_str().to_owned(),
            model_sha256: files.first().map(|file| file.sha256.clone()).unwrap_or_default(),
            schema_fingerprint: format!("{:016x}", artifact.schema.fingerprint()),
            trained_through_ms: artifact.trained_through.0,
            published_at_ms,
            files,
        }
    }
}
