//! What comes out of a model file.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState, Outputs};
use chatsignal_core::model::{Calibration, FeatureSchema, Model, Postprocessor};
use chatsignal_core::time::TimestampMs;
use serde_json::{Value, json};

use crate::Format;

/// Key of a model's metadata: `true` where its features have no names of their own, so that
/// whoever reads tables takes the columns in order.
pub const BY_POSITION: &str = "features_by_position";

/// Whether a model's features have no names of their own (see [`BY_POSITION`]).
#[must_use]
pub fn is_by_position(artifact: &ModelArtifact) -> bool {
    let metadata: Result<Value, _> = serde_json::from_str(&artifact.metadata_json);
    metadata.is_ok_and(|metadata| metadata[BY_POSITION] == true)
}

/// Which trees of a boosted model are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TreeChoice {
    /// All of them, as the library's own `predict` on a booster takes.
    #[default]
    All,
    /// Up to the best iteration that early stopping noted; all when none was noted.
    Best,
    /// The first so many iterations.
    First(usize),
}

/// How to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The format; detected when absent.
    pub format: Option<Format>,
    /// The trees to take.
    pub trees: TreeChoice,
}

/// A model of another library as ours. `model`, `outputs` and `postprocessor` go into a
/// [`chatsignal_core::artifact::ModelArtifact`] as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Where it came from.
    pub format: Format,
    /// Version of the library that wrote it, where the file says so.
    pub version: Option<String>,
    /// What it was trained for, in the library's words, where the file says so.
    pub objective: Option<String>,
    /// Its inputs: the names that the file gives, else `f0`, `f1`, ...
    pub schema: FeatureSchema,
    /// Whether the file gave names: inputs are then matched by name, else by position.
    pub named: bool,
    /// The function of output 0.
    pub model: Model,
    /// The other outputs.
    pub outputs: Outputs,
    /// The link.
    pub postprocessor: Postprocessor,
    /// A slope or curve after the link, where the file has one.
    pub calibration: Calibration,
    /// What the reader chose or could not take over, for people: trees left out, covers missing.
    pub notes: Vec<String>,
}

impl Imported {
    /// The model of every output, in order.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        core::iter::once(&self.model).chain(&self.outputs.further)
    }

    /// The model as a file of ours holds it: of the kind custom, provisional, since when and on
    /// what it was trained is not known. Its metadata name the source, and say by
    /// [`BY_POSITION`] whether inputs are taken in order.
    #[must_use]
    pub fn into_artifact(self) -> ModelArtifact {
        let metadata = json!({
            BY_POSITION: !self.named,
            "source": {
                "format": self.format.as_str(),
                "version": self.version,
                "objective": self.objective,
            },
            "notes": self.notes,
        });
        ModelArtifact {
            kind: ModelKind::Custom,
            state: ModelState::Provisional,
            trained_through: TimestampMs(0),
            schema: self.schema,
            model: self.model,
            outputs: self.outputs,
            postprocessor: self.postprocessor,
            calibration: self.calibration,
            context: None,
            interval: None,
            cutoffs: Vec::new(),
            horizon_days: 0,
            base_rate: 0.0,
            metadata_json: metadata.to_string(),
        }
    }
}
