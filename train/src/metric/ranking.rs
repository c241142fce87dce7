//! How well predictions rank.

use super::{ties_falling, usable};
use chatsignal_core::num;

/// Area under the ROC curve: the chance that a positive ranks above a negative, ties counting
/// half (Mann-Whitney).
#[must_use]
pub fn auc(y: &[f64], prediction: &[f64]) -> Option<f64> {
    let ties = ties_falling(y, prediction)?;
    let positives: f64 = ties.iter().map(|t| t.positives).sum();
    let negatives = y.len() as f64 - positives;
    let (mut above, mut area) = (0.0, 0.0);
    for tie in &ties {
        area += (tie.rows - tie.positives) * (above + tie.positives / 2.0);
        above += tie.positives;
    }
    Some(area / (positives * negatives))
}

/// Average precision: precision at each threshold, weighted by the recall that it adds
/// (scikit-learn's `average_precision_score`; no interpolation).
#[must_use]
pub fn pr_auc(y: &[f64], prediction: &[f64]) -> Option<f64> {
    let ties = ties_falling(y, prediction)?;
    let positives: f64 = ties.iter().map(|t| t.positives).sum();
    let (mut rows, mut found, mut area) = (0.0, 0.0, 0.0);
    for tie in &ties {
        rows += tie.rows;
        found += tie.positives;
        area += tie.positives / positives * (found / rows);
    }
    Some(area)
}

/// Rate of positives in the top `share` of rows by prediction, over the rate in all rows. Rows
/// tied at the edge count by their expected number of positives. `share` is in `(0, 1]`; at least
/// one row is taken.
#[must_use]
pub fn lift_at(y: &[f64], prediction: &[f64], share: f64) -> Option<f64> {
    if !(share > 0.0 && share <= 1.0) {
        return None;
    }
    let ties = ties_falling(y, prediction)?;
    let positives: f64 = ties.iter().map(|t| t.positives).sum();
    let top = num::round(share * y.len() as f64).max(1.0);
    let (mut left, mut found) = (top, 0.0);
    for tie in &ties {
        let taken = tie.rows.min(left);
        found += tie.positives * taken / tie.rows;
        left -= taken;
    }
    Some(found / top / (positives / y.len() as f64))
}

/// Spearman's rank correlation (ranks averaged over ties).
#[must_use]
pub fn spearman(y: &[f64], prediction: &[f64]) -> Option<f64> {
    if !usable(y, prediction) {
        return None;
    }
    let (a, b) = (ranks(y), ranks(prediction));
    let middle = (y.len() as f64 + 1.0) / 2.0;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(&b) {
        ab += (a - middle) * (b - middle);
        aa += (a - middle) * (a - middle);
        bb += (b - middle) * (b - middle);
    }
    (aa > 0.0 && bb > 0.0).then(|| ab / num::sqrt(aa * bb))
}

/// Ranks from 1, averaged over ties.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start]];
        let tied = order[start..].iter().take_while(|&&i| values[i] == value).count();
        for &i in &order[start..start + tied] {
            ranks[i] = start as f64 + (tied as f64 + 1.0) / 2.0;
        }
        start += tied;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    // scikit-learn 1.9.1: roc_auc_score(y, p), average_precision_score(y, p); scipy 1.17.1:
    // spearmanr(y, p).statistic.
    const Y: [f64; 8] = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    const P: [f64; 8] = [0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.4, 0.9];

    #[test]
    fn equals_scikit_learn() {
        assert!((auc(&Y, &P).unwrap() - 0.75).abs() < 1e-12);
        assert!((pr_auc(&Y, &P).unwrap() - 0.7333333333333333).abs() < 1e-12);
        assert!((spearman(&Y, &P).unwrap() - 0.44172610429938614).abs() < 1e-12);
    }

    #[test]
    fn lift_shares_the_ties_at_the_edge() {
        assert!((lift_at(&Y, &P, 0.125).unwrap() - 2.0).abs() < 1e-12);
        // The second row is one of two tied, of which one is positive.
        assert!((lift_at(&Y, &P, 0.25).unwrap() - 1.5).abs() < 1e-12);
        assert!((lift_at(&Y, &P, 1.0).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(lift_at(&Y, &P, 0.0), None);
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(auc(&[1.0, 1.0], &[0.1, 0.2]), None);
        assert_eq!(auc(&[1.0, 0.0], &[0.1, f64::NAN]), None);
        assert_eq!(pr_auc(&[1.0], &[0.1, 0.2]), None);
        assert_eq!(spearman(&[1.0, 1.0], &[0.1, 0.2]), None);
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn auc_equals_the_count_of_pairs(rows in proptest::collection::vec((0u8..2, 0u8..6), 2..40)) {
            let y: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let (mut wins, mut pairs) = (0.0, 0.0);
            for i in 0..y.len() {
                for j in 0..y.len() {
                    if y[i] > y[j] {
                        pairs += 1.0;
                        wins += if p[i] > p[j] { 1.0 } else if p[i] == p[j] { 0.5 } else { 0.0 };
                    }
                }
            }
            match auc(&y, &p) {
                Some(auc) => prop_assert!((auc - wins / pairs).abs() < 1e-12),
                None => prop_assert_eq!(pairs, 0.0),
            }
        }
    }
}
