//! The model file.

use alloc::string::String;
use alloc::vec::Vec;

use crate::feature::FeatureContext;
use crate::model::{Calibration, FeatureSchema, Model, Postprocessor};
use crate::time::TimestampMs;

/// What a model is for. The names are those of JSON, paths and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ModelKind {
    /// Lead score.
    Lead = 0,
    /// Churn risk.
    Churn = 1,
    /// Probability of a reply to a send.
    Engagement = 2,
    /// A model over the user's own table.
    Custom = 3,
}

impl ModelKind {
    /// Every kind that is trained from the event log, in order of code.
    pub const TRAINED: [Self; 3] = [Self::Lead, Self::Churn, Self::Engagement];

    /// The name in JSON, paths and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Churn => "churn",
            Self::Engagement => "engagement",
            Self::Custom => "custom",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Lead, Self::Churn, Self::Engagement, Self::Custom]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// How much a model may be trusted, by the data that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ModelState {
    /// Shipped; trained on simulated data, not on this tenant's.
    Prior = 0,
    /// Trained on little data, or without time validation.
    Provisional = 1,
    /// Trained and validated.
    Ready = 2,
}

impl ModelState {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Provisional => "provisional",
            Self::Ready => "ready",
        }
    }
}

/// Split-conformal interval: prediction plus or minus a quantile of held-out residuals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConformalInterval {
    /// Nominal coverage, e.g. 0.9.
    pub coverage: f64,
    /// How far below the prediction the interval reaches.
    pub lower: f64,
    /// How far above.
    pub upper: f64,
}

/// A trained model with all that scoring needs. Immutable once published.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelArtifact {
    /// What it is for.
    pub kind: ModelKind,
    /// How much it may be trusted.
    pub state: ModelState,
    /// End of the data that it was trained on (not the wall clock: training is a pure function).
    pub trained_through: TimestampMs,
    /// Its inputs.
    pub schema: FeatureSchema,
    /// The function.
    pub model: Model,
    /// Link.
    pub postprocessor: Postprocessor,
    /// Calibration of the linked prediction. For leads it maps `prediction / 100`.
    pub calibration: Calibration,
    /// Priors that turn raw features into the vector; absent for custom models.
    pub context: Option<FeatureContext>,
    /// Interval of the score, where one was fitted.
    pub interval: Option<ConformalInterval>,
    /// Cut-offs between tiers or levels, falling: lead and churn three, engagement two (multiples
    /// of the base rate), custom none.
    pub cutoffs: Vec<f64>,
    /// Label horizon in days (churn), 0 elsewhere.
    pub horizon_days: u32,
    /// Mean of the target over the training rows.
    pub base_rate: f64,
    /// Metrics, parameters, counts: one JSON document, not read by scoring.
    pub metadata_json: String,
}
