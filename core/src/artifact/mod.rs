//! The model file: a model with everything that scoring needs, in one checked binary format
//! (docs/MODEL-FORMAT.md).

mod decode;
mod encode;
mod error;
mod header;
mod kind;
mod outputs;
mod predict;
mod predictor;

pub use error::ArtifactError;
pub use header::{FORMAT_VERSION, Header, MAGIC};
pub use kind::{ModelKind, ModelState};
pub use outputs::{Outputs, Predictions};
pub use predict::Prediction;
pub use predictor::Predictor;

use alloc::string::String;
use alloc::vec::Vec;

use crate::feature::FeatureContext;
use crate::limits;
use crate::model::error::{MODERATE, all_moderate, is_moderate, rule};
use crate::model::{Calibration, FeatureSchema, Model, ModelError, Postprocessor, Rounding};
use crate::time::TimestampMs;

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
    /// The function (of output 0).
    pub model: Model,
    /// The outputs behind the first; empty for a model of one output.
    pub outputs: Outputs,
    /// Link.
    pub postprocessor: Postprocessor,
    /// Calibration of the linked prediction. For leads with a graded target (a link that is not a
    /// probability) it maps `prediction / 100`.
    pub calibration: Calibration,
    /// Priors that turn raw features into the vector; absent for custom models.
    pub context: Option<FeatureContext>,
    /// Interval of the score, where one was fitted.
    pub interval: Option<ConformalInterval>,
    /// Cut-offs between tiers or levels, strictly falling: lead three (of 0-100), churn three (of
    /// 0-1), engagement two (multiples of the base rate), custom none.
    pub cutoffs: Vec<f64>,
    /// Label horizon in days (churn), 0 elsewhere.
    pub horizon_days: u32,
    /// Mean of the target over the training rows.
    pub base_rate: f64,
    /// Metrics, parameters, counts: one JSON document, not read by scoring.
    pub metadata_json: String,
}

impl ModelArtifact {
    /// Identity of the model file: XXH64 of [`ModelArtifact::encode`].
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        header::checksum(&self.encode())
    }

    /// Checks the model, its schema and everything between margin and score. `decode` calls it;
    /// whoever builds an artifact calls it before publishing.
    ///
    /// # Errors
    /// The first rule that is broken, with its place.
    pub fn check(&self) -> Result<(), ModelError> {
        self.model.check(&self.schema)?;
        self.calibration.check()?;
        let custom = self.kind == ModelKind::Custom;
        self.outputs.check(&self.schema, self.postprocessor, custom)?;
        let same = |model: &Model| model.rounding() == self.rounding();
        rule(self.outputs.further.iter().all(same), "rounding", "must be one for all outputs")?;
        // Features of the catalogue are f32 from the start; the service rounds what it is sent.
        let nearest = self.rounding() == Rounding::Nearest;
        rule(custom || nearest, "rounding", "rows are rounded down for custom models alone")?;
        let unit = matches!(self.postprocessor, Postprocessor::Sigmoid | Postprocessor::ClipUnit);
        let graded = self.kind == ModelKind::Lead;
        rule(
            custom || unit || graded && self.postprocessor == Postprocessor::ClipHundred,
            "postprocessor",
            "must give a probability (or 0 to 100, for leads)",
        )?;
        rule(self.context.is_some() != custom, "context", "belongs to every kind but custom")?;
        if let Some(interval) = &self.interval {
            let inside = interval.coverage > 0.0 && interval.coverage < 1.0;
            rule(inside, "interval.coverage", "must lie between 0 and 1")?;
            let sound = |v: f64| v >= 0.0 && is_moderate(v);
            rule(sound(interval.lower), "interval.lower", "must be 0 or more and finite")?;
            rule(sound(interval.upper), "interval.upper", "must be 0 or more and finite")?;
        }
        let cutoffs = match self.kind {
            ModelKind::Lead | ModelKind::Churn => 3,
            ModelKind::Engagement => 2,
            ModelKind::Custom => 0,
        };
        rule(self.cutoffs.len() == cutoffs, "cutoffs", "must be as many as the kind has levels")?;
        all_moderate(&self.cutoffs, "cutoffs")?;
        let falling = self.cutoffs.windows(2).all(|pair| pair[0] > pair[1]);
        rule(falling, "cutoffs", "must fall strictly")?;
        rule(is_moderate(self.base_rate), "base_rate", MODERATE)?;
        rule(self.trained_through.is_valid(), "trained_through", "must lie between 1970 and 2200")?;
        rule(self.horizon_days <= limits::HORIZON_DAYS_MAX, "horizon_days", "must be at most 3650")
    }
}

#[cfg(test)]
mod tests;
