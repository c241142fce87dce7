//! Models as data: tree ensembles and logistic regression, their link and their calibration.
//!
//! A model is standalone: it is built by a learner (`chatsignal-train`), checked once when it is
//! loaded, and scored without a step that can fail.

pub mod calibration;
pub mod category;
pub mod dialect;
pub(crate) mod error;
mod gain;
pub mod linear;
pub mod postprocess;
pub mod prepared;
pub mod rounding;
pub mod schema;
pub mod scorer;
pub mod tree;
mod tree_check;
#[cfg(test)]
mod tree_tests;

pub use calibration::Calibration;
pub use category::category_code;
pub use dialect::{Accumulation, Dialect, Reading, ReadingRule};
pub use error::ModelError;
pub use linear::{LogisticModel, StandardScaler};
pub use postprocess::Postprocessor;
pub use prepared::PreparedModel;
pub use rounding::Rounding;
pub use schema::{FeatureKind, FeatureMeta, FeatureSchema, Fingerprint};
pub use scorer::{RowScorer, TreeScorer};
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

    /// What the link reads of a margin: the margin itself, or its part where the dialect divides.
    #[must_use]
    pub fn link_input(&self, margin: f64) -> f64 {
        match self {
            Self::Trees(TreeEnsemble {
                dialect: Dialect { link_divisor: Some(by), .. }, ..
            }) => margin / f64::from(by.get()),
            Self::Trees(_) | Self::Logistic(_) => margin,
        }
    }

    /// How the numbers of a row become f32.
    #[must_use]
    pub fn rounding(&self) -> Rounding {
        match self {
            Self::Trees(trees) => trees.dialect.rounding,
            Self::Logistic(_) => Rounding::Nearest,
        }
    }

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        match self {
            Self::Trees(trees) => trees.n_features,
            Self::Logistic(logistic) => logistic.coefficients.len(),
        }
    }

    /// Checks the model and that it fits the schema: as many features, and categories only where
    /// the schema has them.
    ///
    /// # Errors
    /// The first rule that is broken, with its place.
    pub fn check(&self, schema: &FeatureSchema) -> Result<(), ModelError> {
        schema.check()?;
        match self {
            Self::Trees(trees) => trees.check()?,
            Self::Logistic(logistic) => logistic.check()?,
        }
        if self.n_features() != schema.len() {
            return Err(ModelError::new("features", "model and schema must have as many"));
        }
        match self {
            Self::Trees(trees) => trees.check_kinds(schema),
            Self::Logistic(logistic) => logistic.check_kinds(schema),
        }
    }
}
