//! Metrics of predictions against targets.
//!
//! Every function takes targets and predictions of equal length and returns `None` where the
//! metric is not defined: no rows, a class missing, no variance, lengths that differ, or a value
//! that is not finite. None depends on the order of the rows: ties are treated as ties. Binary
//! targets are positive above 0.5.

mod classification;
mod probability;
mod ranking;
mod regression;

pub use classification::{BestThreshold, Confusion, best_f1_threshold, confusion, f1};
pub use probability::{ReliabilityBin, brier, ece, log_loss, reliability};
pub use ranking::{auc, lift_at, pr_auc, spearman};
pub use regression::{mae, r2, rmse};

/// Whether the metric can be computed at all.
fn usable(y: &[f64], prediction: &[f64]) -> bool {
    !y.is_empty()
        && y.len() == prediction.len()
        && y.iter().chain(prediction).all(|v| v.is_finite())
}

/// Mean of a term over the rows, `None` if unusable.
fn mean(y: &[f64], prediction: &[f64], term: impl Fn(f64, f64) -> f64) -> Option<f64> {
    usable(y, prediction)
        .then(|| y.iter().zip(prediction).map(|(&y, &p)| term(y, p)).sum::<f64>() / y.len() as f64)
}

/// Rows of equal prediction: how many there are and how many of them are positive.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tie {
    prediction: f64,
    rows: f64,
    positives: f64,
}

/// Groups of equal prediction in falling order, `None` if unusable or a class is missing.
fn ties_falling(y: &[f64], prediction: &[f64]) -> Option<Vec<Tie>> {
    if !usable(y, prediction) {
        return None;
    }
    let mut rows: Vec<(f64, bool)> =
        prediction.iter().zip(y).map(|(&p, &y)| (p + 0.0, y > 0.5)).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut ties: Vec<Tie> = Vec::new();
    for (prediction, positive) in rows {
        let positive = f64::from(u8::from(positive));
        match ties.last_mut() {
            Some(tie) if tie.prediction == prediction => {
                tie.rows += 1.0;
                tie.positives += positive;
            }
            _ => ties.push(Tie { prediction, rows: 1.0, positives: positive }),
        }
    }
    let positives: f64 = ties.iter().map(|t| t.positives).sum();
    (positives > 0.0 && positives < y.len() as f64).then_some(ties)
}
