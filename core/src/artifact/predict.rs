//! From a feature row to the number that people see.

use super::{ModelArtifact, ModelKind};
use crate::model::{Postprocessor, Rounding};

/// The steps of one prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Output of the model before the link.
    pub margin: f64,
    /// After the link, before calibration.
    pub raw: f64,
    /// The calibrated answer: 0 to 100 for leads, a probability for churn and engagement, whatever
    /// the target is for custom models. Never NaN.
    pub value: f64,
}

impl ModelArtifact {
    /// Predicts one row: one value per feature of the schema, missing = NaN. Values beyond the end
    /// of a shorter row count as missing; whoever takes rows from outside checks their length. Whoever
    /// predicts many rows prepares a [`super::Predictor`], which is many times
    /// faster.
    ///
    /// Lead score = 100 x calibrated expectation: a graded target (0 to 100) is divided by 100
    /// before calibration, a probability is taken as it is.
    #[must_use]
    pub fn predict(&self, row: &[f32]) -> Prediction {
        self.link(self.model.margin(row))
    }

    /// How a number of a table or a request becomes the f32 of a row: the same for all outputs.
    #[must_use]
    pub fn rounding(&self) -> Rounding {
        self.model.rounding()
    }

    /// From the margin (of output 0) to the prediction.
    #[must_use]
    pub fn link(&self, margin: f64) -> Prediction {
        let input = self.model.link_input(margin);
        let raw = self.postprocessor.apply(input);
        let sigmoid = self.postprocessor == Postprocessor::Sigmoid;
        let value = match self.kind {
            ModelKind::Lead => {
                let unit = if self.postprocessor == Postprocessor::ClipHundred {
                    raw / 100.0
                } else {
                    raw
                };
                100.0 * self.calibration.apply(input, unit, sigmoid).clamp(0.0, 1.0)
            }
            ModelKind::Churn | ModelKind::Engagement => {
                self.calibration.apply(input, raw, sigmoid).clamp(0.0, 1.0)
            }
            ModelKind::Custom => self.calibration.apply(input, raw, sigmoid),
        };
        Prediction { margin, raw, value }
    }
}
