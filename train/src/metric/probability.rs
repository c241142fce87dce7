//! How true predicted probabilities are.
//!
//! A target between 0 and 1 counts as that share of a positive (graded leads).

use super::{mean, usable};
use chatsignal_core::num;

/// Mean negative log-likelihood in nats. Probabilities are clipped to `[1e-15, 1 - 1e-15]`.
#[must_use]
pub fn log_loss(y: &[f64], probability: &[f64]) -> Option<f64> {
    mean(y, probability, |y, p| {
        let p = p.clamp(1e-15, 1.0 - 1e-15);
        -(y * num::ln(p) + (1.0 - y) * num::ln(1.0 - p))
    })
}

/// Mean squared difference between probability and outcome (Brier 1950).
#[must_use]
pub fn brier(y: &[f64], probability: &[f64]) -> Option<f64> {
    mean(y, probability, |y, p| (p - y) * (p - y))
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share of positives.
    pub observed: f64,
    /// Rows.
    pub rows: usize,
}

/// Bins of equal mass in rising order of prediction, without the empty ones. Rows of equal
/// prediction stay together, in the bin of their middle.
#[must_use]
pub fn reliability(y: &[f64], probability: &[f64], bins: usize) -> Option<Vec<ReliabilityBin>> {
    if bins == 0 || !usable(y, probability) {
        return None;
    }
    let rows = y.len() as f64;
    let mut order: Vec<(f64, f64)> =
        probability.iter().zip(y).map(|(&p, &y)| (p + 0.0, y)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sums = vec![(0.0, 0.0, 0usize); bins];
    let mut start = 0;
    while start < order.len() {
        let value = order[start].0;
        let tied = order[start..].iter().take_while(|r| r.0 == value).count();
        let middle = start as f64 + tied as f64 / 2.0;
        let bin = ((middle / rows * bins as f64) as usize).min(bins - 1);
        let positives: f64 = order[start..start + tied].iter().map(|r| r.1).sum();
        sums[bin].0 += value * tied as f64;
        sums[bin].1 += positives;
        sums[bin].2 += tied;
        start += tied;
    }
    Some(
        sums.into_iter()
            .filter(|s| s.2 > 0)
            .map(|(predicted, observed, rows)| ReliabilityBin {
                predicted: predicted / rows as f64,
                observed: observed / rows as f64,
                rows,
            })
            .collect(),
    )
}

/// Expected calibration error over 10 bins of equal mass: mean of |observed - predicted|, weighted
/// by rows.
#[must_use]
pub fn ece(y: &[f64], probability: &[f64]) -> Option<f64> {
    let bins = reliability(y, probability, 10)?;
    let rows = y.len() as f64;
    Some(bins.iter().map(|b| (b.observed - b.predicted).abs() * b.rows as f64 / rows).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_scikit_learn() {
        // scikit-learn 1.9.1: log_loss([0, 1, 1], [0.2, 0.9, 0.4]), brier_score_loss(same).
        let (y, p) = ([0.0, 1.0, 1.0], [0.2, 0.9, 0.4]);
        assert!((log_loss(&y, &p).unwrap() - 0.414931599615397).abs() < 1e-12);
        assert!((brier(&y, &p).unwrap() - 0.13666666666666666).abs() < 1e-12);
    }

    #[test]
    fn certain_and_wrong_is_finite() {
        let loss = log_loss(&[1.0], &[0.0]).unwrap();
        assert!(loss > 34.0 && loss.is_finite());
    }

    #[test]
    fn bins_have_equal_mass() {
        let p: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let y: Vec<f64> = (0..100).map(|i| f64::from(i % 10 < i / 10)).collect();
        let bins = reliability(&y, &p, 10).unwrap();
        assert_eq!(bins.iter().map(|b| b.rows).collect::<Vec<_>>(), [10; 10]);
        // Bin i holds 10 i .. 10 i + 9 percent, of which i in ten are positive.
        assert!((ece(&y, &p).unwrap() - 0.045).abs() < 1e-12);
    }

    #[test]
    fn ties_stay_together_in_any_order() {
        let y = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let bins = reliability(&y, &[0.25; 6], 10).unwrap();
        assert_eq!(bins.len(), 1);
        assert!((ece(&y, &[0.25; 6]).unwrap() - (1.0 / 3.0 - 0.25)).abs() < 1e-12);
        assert_eq!(reliability(&y, &[0.25; 6], 0), None);
    }
}
