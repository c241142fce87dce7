//! Models of several outputs: classes, quantiles, targets. Only imported and custom models have
//! them; the model proper is output 0.

use alloc::string::String;
use alloc::vec::Vec;

use super::ModelArtifact;
use crate::explain::Explainer;
use crate::limits;
use crate::model::error::rule;
use crate::model::schema::check_names;
use crate::model::{FeatureSchema, Model, ModelError, Postprocessor};

/// The outputs behind the first, and what all are called. Empty for a model of one output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    /// Name of every output, the first included: class labels, quantiles, targets.
    pub names: Vec<String>,
    /// Models of outputs 1, 2, ...; the artifact's `model` is output 0.
    pub further: Vec<Model>,
}

/// A prediction of every output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictions {
    /// Margin of each output.
    pub margins: Vec<f64>,
    /// After the link and calibration: one of each output, or the number of the class alone for
    /// [`Postprocessor::ClassIndex`].
    pub values: Vec<f64>,
}

impl Outputs {
    /// Whether there is one output only.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.further.is_empty()
    }

    pub(super) fn check(
        &self,
        schema: &FeatureSchema,
        postprocessor: Postprocessor,
        custom: bool,
    ) -> Result<(), ModelError> {
        let several = !self.is_single();
        rule(custom || !several, "outputs", "several outputs are for custom models")?;
        rule(self.further.len() < limits::OUTPUTS_MAX, "outputs", "at most 1024 are allowed")?;
        rule(
            several || !postprocessor.is_joint(),
            "postprocessor",
            "softmax and class index need several outputs",
        )?;
        let names = if several { self.further.len() + 1 } else { 0 };
        rule(
            self.names.len() == names,
            "outputs.names",
            "must be one for each of several outputs",
        )?;
        check_names(self.names.iter(), "outputs.names")?;
        self.further.iter().try_for_each(|model| model.check(schema))
    }
}

impl ModelArtifact {
    /// The model of every output, in order; a single one for most models.
    pub fn output_models(&self) -> impl Iterator<Item = &Model> {
        core::iter::once(&self.model).chain(&self.outputs.further)
    }

    /// An explainer of every output, in order.
    #[must_use]
    pub fn explainers(&self) -> Vec<Explainer> {
        self.output_models().map(Explainer::new).collect()
    }

    /// Predicts every output of one row (see [`ModelArtifact::predict`] for models of one output).
    #[must_use]
    pub fn predict_outputs(&self, row: &[f32]) -> Predictions {
        self.predictions(self.model.margin(row), || {
            self.outputs.further.iter().map(|model| model.margin(row)).collect()
        })
    }

    /// From the margin of output 0 and those of the further outputs to the predictions.
    pub(super) fn predictions(
        &self,
        first: f64,
        further: impl FnOnce() -> Vec<f64>,
    ) -> Predictions {
        if self.outputs.is_single() {
            let prediction = self.link(first);
            return Predictions {
                margins: [prediction.margin].into(),
                values: [prediction.value].into(),
            };
        }
        let mut margins = further();
        margins.insert(0, first);
        self.link_outputs(margins)
    }

    /// From the margins of several outputs to the predictions.
    #[must_use]
    pub fn link_outputs(&self, margins: Vec<f64>) -> Predictions {
        let inputs: Vec<f64> = (self.output_models().zip(&margins))
            .map(|(model, &margin)| model.link_input(margin))
            .collect();
        let mut values = self.postprocessor.apply_all(&inputs);
        let sigmoid = self.postprocessor == Postprocessor::Sigmoid;
        if values.len() == inputs.len() {
            for (value, input) in values.iter_mut().zip(&inputs) {
                *value = self.calibration.apply(*input, *value, sigmoid);
            }
        }
        Predictions { margins, values }
    }
}
