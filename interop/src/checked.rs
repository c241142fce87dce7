//! The last step of every reader: the model as a whole obeys the rules of models.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState};
use chatsignal_core::time::TimestampMs;

use crate::{ImportError, Imported};

/// Checks a model as an artifact of a custom model is checked, and gives it back.
pub(crate) fn checked(imported: Imported) -> Result<Imported, ImportError> {
    let Imported { format, version, objective, schema, named, model, outputs, .. } = imported;
    let artifact = ModelArtifact {
        kind: ModelKind::Custom,
        state: ModelState::Ready,
        trained_through: TimestampMs(0),
        schema,
        model,
        outputs,
        postprocessor: imported.postprocessor,
        calibration: imported.calibration,
        context: None,
        interval: None,
        cutoffs: Vec::new(),
        horizon_days: 0,
        base_rate: 0.0,
        metadata_json: String::new(),
    };
    artifact.check()?;
    Ok(Imported {
        format,
        version,
        objective,
        schema: artifact.schema,
        named,
        model: artifact.model,
        outputs: artifact.outputs,
        postprocessor: artifact.postprocessor,
        calibration: artifact.calibration,
        notes: imported.notes,
    })
}
