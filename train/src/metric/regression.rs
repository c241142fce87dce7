//! Errors of predicted numbers.

use super::{mean, usable};
use chatsignal_core::num;

/// Coefficient of determination: 1 - residual sum of squares / total sum of squares. Negative when
/// worse than the mean.
#[must_use]
pub fn r2(y: &[f64], prediction: &[f64]) -> Option<f64> {
    if !usable(y, prediction) {
        return None;
    }
    let middle = y.iter().sum::<f64>() / y.len() as f64;
    let total: f64 = y.iter().map(|y| (y - middle) * (y - middle)).sum();
    let residual: f64 = y.iter().zip(prediction).map(|(y, p)| (y - p) * (y - p)).sum();
    (total > 0.0).then(|| 1.0 - residual / total)
}

/// Square root of the mean squared error, in units of the target.
#[must_use]
pub fn rmse(y: &[f64], prediction: &[f64]) -> Option<f64> {
    mean(y, prediction, |y, p| (y - p) * (y - p)).map(num::sqrt)
}

/// Mean absolute error, in units of the target.
#[must_use]
pub fn mae(y: &[f64], prediction: &[f64]) -> Option<f64> {
    mean(y, prediction, |y, p| (y - p).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_hand_computation() {
        let (y, p) = ([1.0, 2.0, 3.0, 4.0], [1.0, 2.5, 2.5, 5.0]);
        assert!((r2(&y, &p).unwrap() - 0.7).abs() < 1e-15);
        assert!((rmse(&y, &p).unwrap() - 0.375f64.sqrt()).abs() < 1e-15);
        assert!((mae(&y, &p).unwrap() - 0.5).abs() < 1e-15);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(r2(&[2.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(rmse(&[], &[]), None);
        assert_eq!(mae(&[1.0], &[f64::INFINITY]), None);
    }
}
