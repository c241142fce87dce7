//! Model, instant and place of an answer.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use chatsignal_api::model::{ComputedOn, ModelRef};
use chatsignal_api::prediction::Origin;
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::model::Fingerprint;
use chatsignal_core::time::TimestampMs;

/// Which of the host's models an artifact is.
#[derive(Clone, Debug)]
pub struct Version {
    /// Version in the registry; `prior` for the shipped model.
    pub version: String,
    /// Alias by which it was found.
    pub alias: Option<String>,
    /// Identity of the artifact's feature schema, worked out once.
    pub schema: Fingerprint,
}

/// Model, instant and place of a prediction.
#[must_use]
pub fn origin(
    artifact: &ModelArtifact,
    version: Version,
    computed_on: ComputedOn,
    as_of: TimestampMs,
) -> Origin {
    let kind = artifact.kind.as_str();
    Origin {
        as_of: Instant(as_of),
        computed_on,
        model: ModelRef {
            name: kind.to_owned(),
            version: version.version,
            alias: version.alias,
            state: artifact.state.as_str().to_owned(),
            trained_through: Instant(artifact.trained_through),
            feature_set: format!("{kind}/1"),
            feature_set_hash: version.schema.to_string(),
        },
        request_id: None,
    }
}
