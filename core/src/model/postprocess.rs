//! The link from margin to prediction.

use alloc::vec;
use alloc::vec::Vec;

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
    /// Of several outputs: `e^margin` over the sum of all.
    Softmax,
    /// Of several outputs: the number of the largest margin, the first of equals.
    ClassIndex,
    /// 1 above 0, else 0 (hinge).
    Step,
    /// `margin * |margin|` (a target that was trained as its square root).
    SignedSquare,
    /// `ln(1 + e^margin)`.
    Softplus,
}

impl Postprocessor {
    /// Every link, in order of its code in model files.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Sigmoid,
        Self::Exponential,
        Self::ClipUnit,
        Self::ClipHundred,
        Self::Softmax,
        Self::ClassIndex,
        Self::Step,
        Self::SignedSquare,
        Self::Softplus,
    ];

    /// How many of [`Postprocessor::ALL`] format 1 of model files knows.
    pub const FORMAT_1: usize = 5;

    /// Whether it reads several outputs together.
    #[must_use]
    pub fn is_joint(self) -> bool {
        matches!(self, Self::Softmax | Self::ClassIndex)
    }

    /// Applies the link to the margin of a single output.
    #[must_use]
    pub fn apply(self, margin: f64) -> f64 {
        match self {
            Self::Identity => margin,
            Self::Sigmoid => num::sigmoid(margin),
            Self::Exponential => num::exp(margin).min(f64::MAX),
            Self::ClipUnit => margin.clamp(0.0, 1.0),
            Self::ClipHundred => margin.clamp(0.0, 100.0),
            // The only class there is.
            Self::Softmax => 1.0,
            Self::ClassIndex => 0.0,
            Self::Step => f64::from(u8::from(margin > 0.0)),
            Self::SignedSquare => (margin * margin.abs()).clamp(f64::MIN, f64::MAX),
            // ln(1 + e^m) = max(m, 0) + ln(1 + e^-|m|) does not overflow.
            Self::Softplus => margin.max(0.0) + num::ln_1p(num::exp(-margin.abs())),
        }
    }

    /// Applies the link to the margins of all outputs: one value for each, or the number of the
    /// class alone for [`Postprocessor::ClassIndex`].
    #[must_use]
    pub fn apply_all(self, margins: &[f64]) -> Vec<f64> {
        match self {
            Self::Softmax => softmax(margins),
            Self::ClassIndex => vec![largest(margins) as f64],
            link => margins.iter().map(|&margin| link.apply(margin)).collect(),
        }
    }
}

/// Number of the largest; the first of equals.
fn largest(margins: &[f64]) -> usize {
    (1..margins.len()).fold(0, |best, k| if margins[k] > margins[best] { k } else { best })
}

/// Shares of the exponentials, summed in order.
fn softmax(margins: &[f64]) -> Vec<f64> {
    let top = margins.iter().fold(f64::NEG_INFINITY, |top, &m| top.max(m));
    let mut shares: Vec<f64> = margins.iter().map(|m| num::exp(m - top)).collect();
    let sum = shares.iter().fold(0.0, |sum, share| sum + share);
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn softmax_gives_shares(margins in prop::collection::vec(-1e100f64..1e100, 1..9)) {
            let shares = Postprocessor::Softmax.apply_all(&margins);
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let class = Postprocessor::ClassIndex.apply_all(&margins)[0] as usize;
            prop_assert!(shares.iter().all(|share| *share <= shares[class]));
        }

        #[test]
        fn a_link_is_never_nan(margin in -1e300f64..1e300) {
            for link in Postprocessor::ALL {
                prop_assert!(link.apply(margin).is_finite(), "{link:?}");
            }
        }
    }

    #[test]
    fn links_at_known_points() {
        let at = |link: Postprocessor, margin| link.apply(margin);
        assert_eq!(at(Postprocessor::Step, 0.0), 0.0);
        assert_eq!(at(Postprocessor::Step, 1e-9), 1.0);
        assert_eq!(at(Postprocessor::SignedSquare, -3.0), -9.0);
        assert!((at(Postprocessor::Softplus, 0.0) - core::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!(at(Postprocessor::Softplus, 800.0), 800.0);
        assert_eq!(Postprocessor::ClassIndex.apply_all(&[1.0, 2.0, 2.0]), [1.0]);
    }
}
