//! Models as data: tree ensembles and logistic regression, their link and their calibration.
//!
//! A model is standalone: it is built by a learner (`chatsignal-train`), checked once when it is
//! loaded, and scored without a step that can fail.

pub mod calibration;
pub mod linear;
pub mod postprocess;
pub mod schema;
pub mod tree;

pub use calibration::Calibration;
pub use linear::{LogisticModel, StandardScaler};
pub use postprocess::Postprocessor;
pub use schema::{FeatureKind, FeatureMeta, FeatureSchema};
pub use tree::{Aggregation, CategorySet, Tree, TreeEnsemble};

/// The fitted function from a feature row to a margin.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Trees.
    Trees(TreeEnsemble),
    /// Logistic regression.
    Logistic(LogisticModel),
}

impl Model {
    /// Raw output before link and calibration. `row` has one value per feature, missing = NaN.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        match self {
            Self::Trees(trees) => trees.margin(row),
            Self::Logistic(logistic) => logistic.margin(row),
        }
    }
}
