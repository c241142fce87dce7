//! The link from margin to prediction.

use crate::num;

/// Named link function (treelite's word).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postprocessor {
    /// Margin as it is (regression, forest fractions).
    Identity,
    /// `1 / (1 + e^-margin)`.
    Sigmoid,
    /// `e^margin`, at most the largest finite number.
    Exponential,
    /// Clipped to `[0, 1]` (averaged class fractions).
    ClipUnit,
    /// Clipped to `[0, 100]` (graded lead target).
    ClipHundred,
}

impl Postprocessor {
    /// Every link, in order of its code in model files.
    pub const ALL: [Self; 5] =
        [Self::Identity, Self::Sigmoid, Self::Exponential, Self::ClipUnit, Self::ClipHundred];

    /// Applies the link.
    #[must_use]
    pub fn apply(self, margin: f64) -> f64 {
        match self {
            Self::Identity => margin,
            Self::Sigmoid => num::sigmoid(margin),
            Self::Exponential => num::exp(margin).min(f64::MAX),
            Self::ClipUnit => margin.clamp(0.0, 1.0),
            Self::ClipHundred => margin.clamp(0.0, 100.0),
        }
    }
}
