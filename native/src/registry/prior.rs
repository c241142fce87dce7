//! The shipped models, which serve a tenant that has none of its own yet.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};

use super::error::RegistryError;
use super::layout::MODEL_FILE;

/// The files of a shipped model, under the names that they have in versions.
macro_rules! files {
    ($kind:literal) => {
        &[
            ("model.csm", include_bytes!(concat!("../../../models/", $kind, "/1/model.csm"))),
            ("card.json", include_bytes!(concat!("../../../models/", $kind, "/1/metadata.json"))),
            ("card.md", include_bytes!(concat!("../../../models/", $kind, "/1/MODEL_CARD.md"))),
        ]
    };
}

/// A file of the shipped model of a kind.
pub(super) fn file(kind: ModelKind, name: &str) -> Option<&'static [u8]> {
    let files: &[(&str, &'static [u8])] = match kind {
        ModelKind::Lead => files!("lead"),
        ModelKind::Churn => files!("churn"),
        ModelKind::Engagement => files!("engagement"),
        ModelKind::Custom => &[],
    };
    files.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

/// The shipped model of a kind.
pub(super) fn artifact(kind: ModelKind) -> Result<ModelArtifact, RegistryError> {
    let bytes = file(kind, MODEL_FILE).ok_or(RegistryError::NoModel(kind.as_str()))?;
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
            let card = file(kind, "card.json").expect("a card");
            let card: serde_json::Value = serde_json::from_slice(card).expect("JSON");
            assert!(card["evaluation"]["metrics"]["auc"]["low"].is_number());
            assert!(file(kind, "card.md").is_some() && file(kind, "nope").is_none());
        }
        assert!(artifact(ModelKind::Custom).is_err());
    }
}
