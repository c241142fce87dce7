//! How good scores should be before outcomes are known.
//!
//! If probabilities are calibrated, each outcome is a draw with its probability, and every figure
//! has an expectation (confidence-based performance estimation, CBPE: NannyML). It sees what a
//! change of the inputs does to the figures; it cannot see that the same inputs now mean something
//! else: realised figures tell that, once labels are there.

use chatsignal_core::num;
use serde::{Deserialize, Serialize};

use crate::evaluation::Estimate;

/// Quantile of the normal distribution for 95 % intervals.
const Z95: f64 = 1.959_963_984_540_054;

/// Figures to be expected; intervals are those of the draw of the outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Rows.
    pub rows: usize,
    /// Share of positives (of leads: mean outcome / 100).
    pub rate: Estimate,
    /// Log loss.
    pub log_loss: Estimate,
    /// Brier score; absent for graded outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brier: Option<Estimate>,
    /// Share of right decisions at the threshold; absent for graded outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Estimate>,
    /// Area under the ROC curve of the expected rates; absent for graded outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
}

/// What to expect of calibrated probabilities; `None` without rows or with a value that is no
/// probability. A graded outcome (leads: points / 100) has an expected log loss alone.
#[must_use]
pub fn expected(probabilities: &[f64], threshold: f64, graded: bool) -> Option<Expected> {
    let sound = probabilities.iter().all(|p| (0.0..=1.0).contains(p));
    if probabilities.is_empty() || !sound {
        return None;
    }
    let clip = |p: f64| p.clamp(1e-15, 1.0 - 1e-15);
    let yes_no = !graded;
    Some(Expected {
        rows: probabilities.len(),
        rate: of_draws(probabilities, |_| (1.0, 0.0)),
        log_loss: of_draws(probabilities, |p| (-num::ln(clip(p)), -num::ln(1.0 - clip(p)))),
        brier: yes_no.then(|| of_draws(probabilities, |p| ((1.0 - p) * (1.0 - p), p * p))),
        accuracy: yes_no.then(|| {
            of_draws(probabilities, |p| if p >= threshold { (1.0, 0.0) } else { (0.0, 1.0) })
        }),
        auc: yes_no.then(|| auc(probabilities)).flatten(),
    })
}

/// Mean of a term that is `positive` or `negative` with the outcome: expectation and interval.
fn of_draws(probabilities: &[f64], term: impl Fn(f64) -> (f64, f64)) -> Estimate {
    let (mut sum, mut variance) = (0.0, 0.0);
    for &p in probabilities {
        let (positive, negative) = term(p);
        sum += p * positive + (1.0 - p) * negative;
        variance += p * (1.0 - p) * (positive - negative) * (positive - negative);
    }
    let rows = probabilities.len() as f64;
    let (value, half) = (sum / rows, Z95 * num::sqrt(variance) / rows);
    Estimate { value, low: value - half, high: value + half }
}

/// Area under the curve of expected true and false positive rates (trapezoids; equal probabilities
/// are one step). `None` when one class is impossible.
fn auc(probabilities: &[f64]) -> Option<f64> {
    let mut falling = probabilities.to_vec();
    falling.sort_unstable_by(|a, b| b.total_cmp(a));
    let positives: f64 = falling.iter().sum();
    let negatives = falling.len() as f64 - positives;
    if positives <= 0.0 || negatives <= 0.0 {
        return None;
    }
    let (mut area, mut above, mut start) = (0.0, 0.0, 0);
    while start < falling.len() {
        let p = falling[start];
        let tied = falling[start..].iter().take_while(|other| **other == p).count() as f64;
        area += tied * (1.0 - p) * (above + 0.5 * tied * p);
        above += tied * p;
        start += tied as usize;
    }
    Some(area / (positives * negatives))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{metric, random};

    #[test]
    fn equals_numpy_and_scikit_learn() {
        // tests/golden/gen/monitor.py
        let found = expected(&[0.05, 0.2, 0.2, 0.5, 0.9, 0.97], 0.5, false).expect("six rows");
        for (name, value, wanted) in [
            ("rate", found.rate.value, GOLDEN[0]),
            ("log_loss", found.log_loss.value, GOLDEN[1]),
            ("log_loss high", found.log_loss.high, GOLDEN[2]),
            ("brier", found.brier.expect("there").value, GOLDEN[3]),
            ("accuracy", found.accuracy.expect("there").value, GOLDEN[4]),
            ("auc", found.auc.expect("there"), GOLDEN[5]),
        ] {
            assert!((value - wanted).abs() < 1e-12, "{name}: {value}");
        }
    }

    const GOLDEN: [f64; 6] = [
        0.47,
        0.392_048_735_425_568,
        0.831_879_597_798_256_3,
        0.122_766_666_666_666_68,
        0.82,
        0.890_293_947_098_443_1,
    ];

    #[test]
    fn is_what_comes_true_when_probabilities_are_calibrated() {
        let mut rng = random::generator(5, 1);
        let probabilities: Vec<f64> = (0..20_000).map(|_| random::unit(&mut rng)).collect();
        let outcomes: Vec<f64> = probabilities
            .iter()
            .map(|p| f64::from(u8::from(random::unit(&mut rng) < *p)))
            .collect();
        let hoped = expected(&probabilities, 0.5, false).expect("rows");
        let log_loss = metric::log_loss(&outcomes, &probabilities).expect("defined");
        assert!((hoped.log_loss.low..hoped.log_loss.high).contains(&log_loss));
        let brier = metric::brier(&outcomes, &probabilities).expect("defined");
        let hoped_brier = hoped.brier.expect("there");
        assert!((hoped_brier.low..hoped_brier.high).contains(&brier));
        let auc = metric::auc(&outcomes, &probabilities).expect("defined");
        assert!((hoped.auc.expect("there") - auc).abs() < 0.01);
    }

    #[test]
    fn graded_outcomes_have_a_log_loss_alone() {
        let found = expected(&[0.2, 0.7], 0.5, true).expect("rows");
        assert!(found.brier.is_none() && found.accuracy.is_none() && found.auc.is_none());
        assert_eq!(expected(&[], 0.5, false), None);
        assert_eq!(expected(&[1.2], 0.5, false), None);
        assert_eq!(expected(&[0.0, 0.0], 0.5, false).expect("rows").auc, None);
    }
}
