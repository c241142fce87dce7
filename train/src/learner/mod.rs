//! Learners: from a [`Dataset`] to a core [`Model`].
//!
//! ```text
//! GbmParams { max_depth: 4, ..Default::default() }.check()?.fit(&data, &Fit::new(Task::Binary, 42))?
//! ```

mod best_split;
mod bins;
mod forest;
mod forest_tree;
mod gbm;
mod grow;
mod histogram;
mod logistic;
mod objective;
mod params;
#[cfg(test)]
pub(crate) mod testing;
mod tree_builder;

use chatsignal_core::model::{Model, Postprocessor, PreparedModel};
use chatsignal_simd::TreeScorer;
use rayon::prelude::*;

use crate::dataset::{Dataset, Task};
use crate::progress::{Progress, Silent};

#[cfg(feature = "gbdt")]
pub(crate) use bins::{FeatureBins, find_bins};
#[cfg(feature = "gbdt")]
pub(crate) use gbm::check_trees_input;
#[cfg(feature = "gbdt")]
pub(crate) use objective::base_score;
#[cfg(feature = "gbdt")]
pub(crate) use tree_builder::sum_covers;

pub use params::{
    ClassWeight, ForestParams, GbdtParams, GbmParams, LogisticParams, LogisticSolver, MaxFeatures,
    Valid,
};

/// Rows that one thread predicts at a time.
const CHUNK: usize = 4_096;

/// What a fit needs beside data and parameters.
#[derive(Clone, Copy)]
pub struct Fit<'a> {
    /// What the target is.
    pub task: Task,
    /// Seed of every draw.
    pub seed: u64,
    /// Rows for early stopping, held out from the training rows.
    pub validation: Option<&'a Dataset>,
    /// Told after each step.
    pub progress: &'a dyn Progress,
}

impl<'a> Fit<'a> {
    /// A silent fit without validation rows.
    #[must_use]
    pub fn new(task: Task, seed: u64) -> Self {
        Self { task, seed, validation: None, progress: &Silent }
    }

    /// With validation rows.
    #[must_use]
    pub fn validation(self, rows: &'a Dataset) -> Self {
        Self { validation: Some(rows), ..self }
    }

    /// Telling progress.
    #[must_use]
    pub fn progress(self, progress: &'a dyn Progress) -> Self {
        Self { progress, ..self }
    }
}

/// A trained model with its link and what the training knew beside.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The function from row to margin.
    pub model: Model,
    /// Its link.
    pub postprocessor: Postprocessor,
    /// Sum of the gains of the splits on each feature (trees only).
    pub gain: Option<Vec<f64>>,
    /// Out-of-bag prediction of each training row (forests with bootstrap; NaN where a row was in
    /// every bag).
    pub out_of_bag: Option<Vec<f64>>,
    /// Validation loss after each round (boosting with validation rows): log loss for a binary
    /// target, mean squared error for regression.
    pub validation_loss: Option<Vec<f64>>,
}

impl Fitted {
    /// Prediction for a row: the postprocessed margin, not calibrated.
    #[must_use]
    pub fn predict_row(&self, row: &[f32]) -> f64 {
        self.postprocessor.apply(self.model.margin(row))
    }

    /// Predictions for all rows of a table with the same schema.
    #[must_use]
    pub fn predict(&self, data: &Dataset) -> Vec<f64> {
        let mut predictions = self.margins(data);
        predictions.par_iter_mut().for_each(|p| *p = self.postprocessor.apply(*p));
        predictions
    }

    /// Margins of all rows.
    #[must_use]
    pub fn margins(&self, data: &Dataset) -> Vec<f64> {
        let model = PreparedModel::<TreeScorer>::new(&self.model);
        let width = data.schema.len().max(1);
        let mut margins = vec![0.0; data.rows()];
        margins
            .par_chunks_mut(CHUNK)
            .zip(data.x.par_chunks(CHUNK * width))
            .for_each(|(margins, rows)| model.margins(rows, margins));
        margins
    }
}
