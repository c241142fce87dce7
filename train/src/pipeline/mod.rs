//! From the event log to a judged model: snapshots, folds, learner, calibration, evaluation, gate,
//! promotion and card.

mod blend;
mod champion;
mod config;
mod cross_context;
mod evaluate;
mod folds;
mod held_out;
mod judge;
mod learn;
mod off_policy;
mod rematch;
#[cfg(test)]
mod tests;
mod train;
mod values;

pub use config::{
    ChurnConfig, ConfigError, LeadConfig, PipelineConfig, PromotionMode, TenantFacts,
};
pub use evaluate::{ModelReport, evaluate, evaluate_predictions};
pub use learn::check_params;
pub use rematch::{Rematch, rematch};
pub use train::{dry_run, train};

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::model::ModelError;

use crate::card::ModelCard;
use crate::error::FitError;
use crate::evaluation::Evaluation;
use crate::gate::GateReport;
use crate::promote::Decision;
use crate::source::SourceError;
use crate::truth::GroundTruth;

/// What a training run may have beside the log and the settings.
#[derive(Clone, Copy, Default)]
pub struct Company<'a> {
    /// The model that serves now.
    pub champion: Option<&'a ModelArtifact>,
    /// The shipped model of the kind: a provisional model is drawn towards it.
    pub prior: Option<&'a ModelArtifact>,
    /// True probabilities, when the data are simulated.
    pub truth: Option<&'a dyn GroundTruth>,
}

/// What a training run ends with.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainOutcome {
    /// Too little data: the shipped model keeps serving. Not an error.
    Refused(Box<GateReport>),
    /// A model, judged.
    Trained(Box<Trained>),
}

/// A trained model with its judgement.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The model.
    pub artifact: ModelArtifact,
    /// Its quality.
    pub evaluation: Evaluation,
    /// The data gate that it passed.
    pub gate: GateReport,
    /// Whether it should replace the champion, and why.
    pub decision: Decision,
    /// What to show people.
    pub card: ModelCard,
}

/// Why a training run could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A learner parameter is unknown or unreadable.
    #[error("--params: {0}")]
    Params(String),
    /// The model reads other features than this version extracts.
    #[error("the model reads other features than this version of chatsignal: train it again")]
    OtherFeatures,
    /// The log could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The learner or the calibration refused the data.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The model that came out breaks a rule of the model file.
    #[error("the trained model is not sound: {0}")]
    Model(#[from] ModelError),
}
