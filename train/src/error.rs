//! Why a fit was refused.

use thiserror::Error;

/// Why a learner, a split or a calibration refused its input. Row and column numbers count from 0.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum FitError {
    /// A hyperparameter is out of its range.
    #[error("parameter `{name}` is {value}: it must be {expected}")]
    Parameter {
        /// Name, as in the parameters' JSON.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// A parameter names a feature that the data does not have, or cannot hold for it.
    #[error("parameter `{name}`: feature `{feature}` {reason}")]
    ParameterFeature {
        /// Name, as in the parameters' JSON.
        name: &'static str,
        /// The feature.
        feature: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Columns, targets and weights do not make one table.
    #[error("{what}: expected {expected} values, found {found}")]
    Shape {
        /// Which part of the data.
        what: &'static str,
        /// Length expected.
        expected: usize,
        /// Length found.
        found: usize,
    },
    /// Too few rows to learn from.
    #[error("{found} rows with a positive weight: at least {required} are needed")]
    TooFewRows {
        /// Rows found.
        found: usize,
        /// Rows needed.
        required: usize,
    },
    /// Over a limit of size.
    #[error("{what}: {found} is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Amount found.
        found: usize,
        /// Amount allowed.
        limit: usize,
    },
    /// A target that is not a finite number of sane size, or not 0 or 1 for a binary target.
    #[error("row {row}: the target is {value}: it must be {expected}")]
    Target {
        /// Row.
        row: usize,
        /// Value found.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// A weight that is negative, not finite or too large.
    #[error("row {row}: the weight is {value}: it must be from 0 to 1e12")]
    Weight {
        /// Row.
        row: usize,
        /// Value found.
        value: f64,
    },
    /// An infinite number, or a category code that the schema does not list.
    #[error("row {row}, feature `{feature}`: {value} {reason}; write a missing value as NaN")]
    Value {
        /// Row.
        row: usize,
        /// Feature.
        feature: String,
        /// Value found.
        value: f32,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A number that is not finite where a score is needed (calibration, metrics).
    #[error("row {row}: the score is {value}: it must be finite")]
    Score {
        /// Row.
        row: usize,
        /// Value found.
        value: f64,
    },
    /// All targets are equal: there is nothing to learn.
    #[error("every target is {value}: there is nothing to learn from one class or one value")]
    ConstantTarget {
        /// The value.
        value: f64,
    },
    /// The learner cannot do this.
    #[error("{learner} cannot do this: {reason}")]
    Unsupported {
        /// Learner or backend.
        learner: &'static str,
        /// What it lacks, and the way out.
        reason: &'static str,
    },
    /// The caller no longer wants the result ([`crate::progress::Progress::is_cancelled`]).
    #[error("training was cancelled")]
    Cancelled,
    /// A backend failed for a reason of its own.
    #[error("{learner} failed: {reason}")]
    Backend {
        /// Backend.
        learner: &'static str,
        /// Its message.
        reason: String,
    },
}

/// `Err` unless `holds`.
pub(crate) fn require(
    holds: bool,
    name: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> Result<(), FitError> {
    if holds {
        Ok(())
    } else {
        Err(FitError::Parameter { name, value: value.to_string(), expected })
    }
}
