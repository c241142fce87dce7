//! From a raw prediction to a calibrated probability.

use alloc::vec::Vec;

use super::error::{MODERATE, ModelError, all_moderate, is_moderate, rule};
use crate::{limits, num};

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
    /// Checks that the map is monotone and its numbers usable.
    ///
    /// # Errors
    /// The first rule that is broken, with its place.
    pub fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::None => Ok(()),
            Self::Platt { a, b } => {
                rule(is_moderate(*a) && *a >= 0.0, "platt.a", "must be 0 or more and finite")?;
                rule(is_moderate(*b), "platt.b", MODERATE)
            }
            Self::Isotonic { x, y } => {
                let points = 1..=limits::ISOTONIC_POINTS_MAX;
                rule(points.contains(&x.len()), "isotonic.x", "must hold 1 to 65536 points")?;
                rule(x.len() == y.len(), "isotonic.y", "must have one entry per point")?;
                all_moderate(x, "isotonic.x")?;
                rule(rises(x, |a, b| a < b), "isotonic.x", "must rise strictly")?;
                rule(rises(y, |a, b| a <= b), "isotonic.y", "must never fall")?;
                rule(
                    y.iter().all(|v| (0.0..=1.0).contains(v)),
                    "isotonic.y",
                    "must lie between 0 and 1",
                )
            }
        }
    }
}

/// Whether every neighbouring pair is in order.
fn rises(values: &[f64], in_order: fn(&f64, &f64) -> bool) -> bool {
    values.windows(2).all(|pair| in_order(&pair[0], &pair[1]))
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
            // The sum can round past the next point; the map must never fall.
            (y[low] + share * (y[above] - y[low])).min(y[above])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn curve() -> impl Strategy<Value = Calibration> {
        prop::collection::vec((0.0f64..5.0, 0.0f64..1.0), 1..20).prop_map(|mut points| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points.dedup_by(|a, b| a.0 == b.0);
            let mut y: Vec<f64> = points.iter().map(|p| p.1).collect();
            y.sort_by(f64::total_cmp);
            Calibration::Isotonic { x: points.iter().map(|p| p.0).collect(), y }
        })
    }

    proptest! {
        #[test]
        fn isotonic_is_monotone_and_a_probability(c in curve(), a in -1.0f64..6.0, b in -1.0f64..6.0) {
            c.check().unwrap();
            let (low, high) = (c.apply(0.0, a.min(b), false), c.apply(0.0, a.max(b), false));
            prop_assert!(low <= high && (0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
        }

        #[test]
        fn platt_is_monotone_and_a_probability(
            a in 0.0f64..50.0, b in -50.0f64..50.0, x in -1e300f64..1e300, y in -1e300f64..1e300,
        ) {
            let c = Calibration::Platt { a, b };
            let (low, high) = (c.apply(x.min(y), 0.0, true), c.apply(x.max(y), 0.0, true));
            prop_assert!(low <= high && (0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
        }
    }

    #[test]
    fn isotonic_interpolates_between_points_and_is_flat_outside() {
        let c = Calibration::Isotonic { x: vec![0.2, 0.4], y: vec![0.1, 0.5] };
        let at = |raw| c.apply(0.0, raw, false);
        assert_eq!([at(0.0), at(0.2), at(0.4), at(9.0)], [0.1, 0.1, 0.5, 0.5]);
        assert!((at(0.3) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn malformed_curves_are_refused() {
        let isotonic = |x: &[f64], y: &[f64]| Calibration::Isotonic { x: x.into(), y: y.into() };
        for (bad, field) in [
            (Calibration::Platt { a: -1.0, b: 0.0 }, "platt.a"),
            (Calibration::Platt { a: f64::NAN, b: 0.0 }, "platt.a"),
            (Calibration::Platt { a: 1.0, b: f64::INFINITY }, "platt.b"),
            (isotonic(&[], &[]), "isotonic.x"),
            (isotonic(&[1.0, 1.0], &[0.0, 1.0]), "isotonic.x"),
            (isotonic(&[0.0, f64::NAN], &[0.0, 1.0]), "isotonic.x"),
            (isotonic(&[0.0, 1.0], &[0.0]), "isotonic.y"),
            (isotonic(&[0.0, 1.0], &[0.5, 0.4]), "isotonic.y"),
            (isotonic(&[0.0, 1.0], &[0.5, 1.1]), "isotonic.y"),
            (isotonic(&[0.0], &[f64::NAN]), "isotonic.y"),
        ] {
            assert_eq!(bad.check().map_err(|e| e.field), Err(field), "{bad:?}");
        }
    }
}
