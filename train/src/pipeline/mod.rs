//! From the event log to a judged model: snapshots, folds, learner, calibration, evaluation, gate,
//! promotion and card.

mod config;

pub use config::{
    ChurnConfig, ConfigError, LeadConfig, PipelineConfig, PromotionMode, TenantFacts,
};

use chatsignal_core::artifact::ModelArtifact;

use crate::card::ModelCard;
use crate::evaluation::Evaluation;
use crate::gate::GateReport;
use crate::promote::Decision;

/// What a training run ends with.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainOutcome {
    /// Too little data: the shipped model keeps serving. Not an error.
    Refused(GateReport),
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
