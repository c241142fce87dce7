//! The shipped models, which serve a tenant that has none of its own yet.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};

use super::error::RegistryError;

/// The encoded shipped model of a kind.
fn bytes(kind: ModelKind) -> Option<&'static [u8]> {
    match kind {
        ModelKind::Lead => Some(include_bytes!("../../../models/lead/1/model.csm")),
        ModelKind::Churn => Some(include_bytes!("../../../models/churn/1/model.csm")),
        ModelKind::Engagement => Some(include_bytes!("../../../models/engagement/1/model.csm")),
        ModelKind::Custom => None,
    }
}

/// The shipped model of a kind.
pub(super) fn artifact(kind: ModelKind) -> Result<ModelArtifact, RegistryError> {
    let bytes = bytes(kind).ok_or(RegistryError::NoModel(kind.as_str()))?;
    Ok(ModelArtifact::decode(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::artifact::ModelState;

    #[test]
    fn shipped_models_are_sound_flagged_and_read_todays_features() {
        for kind in ModelKind::TRAINED {
            let model = artifact(kind).expect("a sound file");
            assert_eq!((model.kind, model.state), (kind, ModelState::Prior));
            assert_eq!(model.schema, chatsignal_core::feature::schema(kind));
            assert!(model.metadata_json.contains("\"simulated\":true"));
        }
        assert!(artifact(ModelKind::Custom).is_err());
    }
}
