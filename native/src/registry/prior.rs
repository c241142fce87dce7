//! The shipped models, which serve a tenant that has none of its own yet.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};

use super::error::RegistryError;

/// The encoded shipped model of a kind.
fn bytes(_kind: ModelKind) -> Option<&'static [u8]> {
    None
}

/// The shipped model of a kind.
pub(super) fn artifact(kind: ModelKind) -> Result<ModelArtifact, RegistryError> {
    let bytes = bytes(kind).ok_or(RegistryError::NoModel(kind.as_str()))?;
    Ok(ModelArtifact::decode(bytes)?)
}
