//! From a raw prediction to a calibrated probability.

use alloc::vec::Vec;

use crate::num;

/// A monotone map from raw prediction (after the postprocessor) to probability.
#[derive(Clone, Debug, PartialEq)]
pub enum Calibration {
    /// None: the raw prediction is the answer.
    None,
    /// Platt scaling: `sigmoid(a * z + b)`, with `z` the margin for models with a sigmoid link and
    /// the raw prediction otherwise; `a >= 0`.
    Platt {
        /// Slope.
        a: f64,
        /// Intercept.
        b: f64,
    },
    /// Isotonic regression: linear between points, constant outside them. `x` rises strictly, `y`
    /// never falls and stays in `[0, 1]`.
    Isotonic {
        /// Raw predictions.
        x: Vec<f64>,
        /// Probabilities.
        y: Vec<f64>,
    },
}

impl Calibration {
    /// The calibrated value. `margin` and `raw` are of the same row.
    #[must_use]
    pub fn apply(&self, margin: f64, raw: f64, sigmoid_link: bool) -> f64 {
        match self {
            Self::None => raw,
            Self::Platt { a, b } => num::sigmoid(a * if sigmoid_link { margin } else { raw } + b),
            Self::Isotonic { x, y } => interpolate(x, y, raw),
        }
    }
}

/// Linear interpolation between points, constant outside; 0 without points.
fn interpolate(x: &[f64], y: &[f64], at: f64) -> f64 {
    let above = x.partition_point(|&v| v <= at);
    match (above.checked_sub(1), x.get(above)) {
        (None, None) => 0.0,
        (None, Some(_)) => y[0],
        (Some(last), None) => y[last],
        (Some(low), Some(&next)) => {
            let share = (at - x[low]) / (next - x[low]);
            y[low] + share * (y[above] - y[low])
        }
    }
}
