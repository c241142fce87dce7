//! Decisions at a threshold.

use super::{ties_falling, usable};

/// Counts of decisions `prediction >= threshold`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Positives called positive.
    pub true_positive: usize,
    /// Negatives called positive.
    pub false_positive: usize,
    /// Positives called negative.
    pub false_negative: usize,
    /// Negatives called negative.
    pub true_negative: usize,
}

impl Confusion {
    /// Share of the called that are positive; 0 if nothing was called.
    #[must_use]
    pub fn precision(&self) -> f64 {
        ratio(self.true_positive, self.true_positive + self.false_positive)
    }

    /// Share of the positives that were called; 0 without positives.
    #[must_use]
    pub fn recall(&self) -> f64 {
        ratio(self.true_positive, self.true_positive + self.false_negative)
    }

    /// Share of right decisions.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right = self.true_positive + self.true_negative;
        ratio(right, right + self.false_positive + self.false_negative)
    }

    /// Harmonic mean of precision and recall; 0 without true positives.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let hits = 2 * self.true_positive;
        ratio(hits, hits + self.false_positive + self.false_negative)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Decisions `prediction >= threshold` against targets.
#[must_use]
pub fn confusion(y: &[f64], prediction: &[f64], threshold: f64) -> Option<Confusion> {
    if !usable(y, prediction) || threshold.is_nan() {
        return None;
    }
    let mut counts = Confusion::default();
    for (&y, &p) in y.iter().zip(prediction) {
        let count = match (y > 0.5, p >= threshold) {
            (true, true) => &mut counts.true_positive,
            (false, true) => &mut counts.false_positive,
            (true, false) => &mut counts.false_negative,
            (false, false) => &mut counts.true_negative,
        };
        *count += 1;
    }
    Some(counts)
}

/// F1 of the decisions `prediction >= threshold`.
#[must_use]
pub fn f1(y: &[f64], prediction: &[f64], threshold: f64) -> Option<f64> {
    confusion(y, prediction, threshold).map(|c| c.f1())
}

/// The threshold of highest F1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestThreshold {
    /// Decide positive from here up.
    pub threshold: f64,
    /// F1 on the rows that it was chosen on.
    pub f1: f64,
}

/// The prediction that, taken as threshold, has the highest F1 (the highest such threshold).
#[must_use]
pub fn best_f1_threshold(y: &[f64], prediction: &[f64]) -> Option<BestThreshold> {
    let ties = ties_falling(y, prediction)?;
    let positives: f64 = ties.iter().map(|t| t.positives).sum();
    let (mut called, mut hits) = (0.0, 0.0);
    let mut best = BestThreshold { threshold: f64::INFINITY, f1: 0.0 };
    for tie in &ties {
        called += tie.rows;
        hits += tie.positives;
        let f1 = 2.0 * hits / (called + positives);
        if f1 > best.f1 {
            best = BestThreshold { threshold: tie.prediction, f1 };
        }
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    #[test]
    fn counts_and_rates() {
        let y = [1.0, 1.0, 0.0, 0.0, 1.0];
        let c = confusion(&y, &[0.9, 0.4, 0.6, 0.1, 0.5], 0.5).unwrap();
        assert_eq!((c.true_positive, c.false_positive), (2, 1));
        assert_eq!((c.false_negative, c.true_negative), (1, 1));
        assert!((c.precision() - 2.0 / 3.0).abs() < 1e-15);
        assert!((c.recall() - 2.0 / 3.0).abs() < 1e-15);
        assert!((c.f1() - 2.0 / 3.0).abs() < 1e-15);
        assert!((c.accuracy() - 0.6).abs() < 1e-15);
        assert_eq!(confusion(&y, &[0.0; 5], 0.5).unwrap().precision(), 0.0);
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn best_threshold_is_best(rows in proptest::collection::vec((0u8..2, 0u8..8), 2..40)) {
            let y: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            if let Some(best) = best_f1_threshold(&y, &p) {
                prop_assert!((f1(&y, &p, best.threshold).unwrap() - best.f1).abs() < 1e-12);
                for &threshold in &p {
                    prop_assert!(f1(&y, &p, threshold).unwrap() <= best.f1 + 1e-12);
                }
            }
        }
    }
}
