//! Feature values in order, clipped to their ranges.

use super::spec::FeatureSpec;
use crate::num;

/// Values of one catalogue, in its order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureVector<const N: usize> {
    /// The values; missing is NaN.
    pub values: [f32; N],
    /// Bit i is set when feature i was outside its range and was clipped.
    pub clipped: u64,
    /// Whether purchases in other currencies than the tenant's were left out.
    pub foreign_currency: bool,
}

impl<const N: usize> FeatureVector<N> {
    /// Clips each value to the range of its feature and rounds it to `f32`. NaN stays NaN.
    #[must_use]
    pub(crate) fn clip(values: [f64; N], specs: &[FeatureSpec; N]) -> Self {
        let mut out = Self { values: [0.0; N], clipped: 0, foreign_currency: false };
        for (i, ((value, spec), slot)) in
            values.iter().zip(specs).zip(out.values.iter_mut()).enumerate()
        {
            let (low, high) = (f64::from(spec.range.0), f64::from(spec.range.1));
            if *value < low || *value > high {
                out.clipped |= 1 << i;
            }
            // The addition turns -0.0 into 0.0, so that equal values have equal bits.
            *slot = (num::clamp(*value, low, high) + 0.0) as f32;
        }
        out
    }
}
