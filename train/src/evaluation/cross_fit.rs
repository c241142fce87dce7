//! Calibration and thresholds that are judged on rows which did not choose them.

use chatsignal_core::model::Calibration;

use crate::calibrate::{isotonic, platt};
use crate::error::FitError;
use crate::metric;

/// Below so many held-out rows the calibration is Platt's, from there on isotonic.
pub const ISOTONIC_ROWS_MIN: usize = 1_000;

/// Held-out scores of one predictor: margin and linked prediction (0 to 1) of each row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scores<'a> {
    pub(crate) margin: &'a [f64],
    pub(crate) raw: &'a [f64],
    /// Whether the link is the sigmoid (Platt scaling then reads the margin).
    pub(crate) sigmoid: bool,
}

/// Fits the calibration map to the rows at `rows`; `outcome` is 0 to 1.
///
/// Isotonic ends that are exactly 0 or 1 are moved inside by half a count, at most to their
/// neighbour: nothing is certain, and one surprise would cost the whole log loss.
pub(crate) fn fit_calibration(
    outcome: &[f64],
    scores: Scores<'_>,
    rows: &[usize],
) -> Result<Calibration, FitError> {
    let y: Vec<f64> = rows.iter().map(|&i| outcome[i]).collect();
    if rows.len() < ISOTONIC_ROWS_MIN {
        let z = if scores.sigmoid { scores.margin } else { scores.raw };
        return platt(&y, &rows.iter().map(|&i| z[i]).collect::<Vec<_>>());
    }
    let raw: Vec<f64> = rows.iter().map(|&i| scores.raw[i]).collect();
    Ok(open_ends(isotonic(&y, &raw)?, &raw))
}

/// Name of the map for people and JSON.
pub(crate) fn calibration_name(calibration: &Calibration) -> &'static str {
    match calibration {
        Calibration::None => "none",
        Calibration::Platt { .. } => "platt",
        Calibration::Isotonic { .. } => "isotonic",
    }
}

fn open_ends(calibration: Calibration, raw: &[f64]) -> Calibration {
    let Calibration::Isotonic { x, mut y } = calibration else { return calibration };
    let flat_low = y.iter().take_while(|v| **v == 0.0).count();
    let flat_high = y.iter().rev().take_while(|v| **v == 1.0).count();
    // A map of one single value is never at an end: both classes were there.
    if flat_low > 0 && flat_low < y.len() {
        let below = raw.iter().filter(|r| **r <= x[flat_low - 1]).count() as f64;
        let inside = (0.5 / (below + 1.0)).min(y[flat_low]);
        y[..flat_low].fill(inside);
    }
    if flat_high > 0 && flat_high < y.len() {
        let start = y.len() - flat_high;
        let above = raw.iter().filter(|r| **r >= x[start]).count() as f64;
        let inside = (1.0 - 0.5 / (above + 1.0)).max(y[start - 1]);
        y[start..].fill(inside);
    }
    Calibration::Isotonic { x, y }
}

/// Calibrated probabilities, each row by a map that was fitted to the other groups. Where the other
/// groups cannot carry a map (one class, too few rows) the raw prediction stays.
pub(crate) fn cross_calibrate(outcome: &[f64], scores: Scores<'_>, groups: &[u8]) -> Vec<f64> {
    let mut out = scores.raw.to_vec();
    for (own, others) in leave_one_out(groups) {
        let Ok(map) = fit_calibration(outcome, scores, &others) else { continue };
        for i in own {
            out[i] = map.apply(scores.margin[i], scores.raw[i], scores.sigmoid).clamp(0.0, 1.0);
        }
    }
    out
}

/// Decisions `probability >= threshold`, each row by the threshold of best F1 on the other groups.
pub(crate) fn cross_decide(positive: &[f64], probability: &[f64], groups: &[u8]) -> Vec<bool> {
    let mut called = vec![false; positive.len()];
    for (own, others) in leave_one_out(groups) {
        let pick = |values: &[f64]| others.iter().map(|&i| values[i]).collect::<Vec<_>>();
        let best = metric::best_f1_threshold(&pick(positive), &pick(probability));
        let threshold = best.map_or(0.5, |best| best.threshold);
        own.into_iter().for_each(|i| called[i] = probability[i] >= threshold);
    }
    called
}

/// For every group: its rows, and the rows of the others.
fn leave_one_out(groups: &[u8]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut names: Vec<u8> = groups.to_vec();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| (0..groups.len()).partition(|&i| groups[i] == name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};
    use chatsignal_core::num;

    #[test]
    fn a_lone_row_at_an_end_moves_nothing_else() {
        // 2,000 rows of probability 0.1 and 0.3, one failure below them, one success above.
        let raw: Vec<f64> =
            (0..2_000u32).map(|i| 0.2 + 0.4 * f64::from(i / 1_000)).chain([0.01, 0.99]).collect();
        let outcome: Vec<f64> = (0..2_000u32)
            .map(|i| f64::from(u8::from(i % 10 < if i < 1_000 { 1 } else { 3 })))
            .chain([0.0, 1.0])
            .collect();
        let rows: Vec<usize> = (0..raw.len()).collect();
        let scores = Scores { margin: &raw, raw: &raw, sigmoid: false };
        let map = fit_calibration(&outcome, scores, &rows).expect("both classes");
        let at = |x: f64| map.apply(x, x, false);
        assert!((at(0.2) - 0.1).abs() < 1e-12 && (at(0.6) - 0.3).abs() < 1e-12);
        assert!(at(0.01) > 0.0 && at(0.01) <= at(0.2));
        assert!(at(0.99) < 1.0 && at(0.99) >= at(0.6));
    }

    /// Scores that are twice too sure of themselves: the true log-odds are half the margin.
    fn overconfident(n: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<u8>) {
        let margin: Vec<f64> = (0..n).map(|i| 8.0 * unit(mix(i)) - 4.0).collect();
        let outcome = margin
            .iter()
            .zip(0..n)
            .map(|(m, i)| f64::from(unit(mix(i + (1 << 40))) < num::sigmoid(m / 2.0)))
            .collect();
        let raw = margin.iter().map(|m| num::sigmoid(*m)).collect();
        let groups = (0..n).map(|i| (i % 5) as u8).collect();
        (outcome, margin, raw, groups)
    }

    #[test]
    fn cross_calibration_mends_overconfidence() {
        for n in [800, 4_000] {
            let (outcome, margin, raw, groups) = overconfident(n);
            let scores = Scores { margin: &margin, raw: &raw, sigmoid: true };
            let mended = cross_calibrate(&outcome, scores, &groups);
            let loss = |p: &[f64]| metric::log_loss(&outcome, p).expect("probabilities");
            assert!(loss(&mended) < loss(&raw) - 0.01, "{n}");
            assert!(metric::ece(&outcome, &mended).is_some_and(|e| e < 0.06));
        }
    }

    #[test]
    fn no_calibrated_probability_is_certain() {
        let raw: Vec<f64> = (0..2_000).map(|i| f64::from(i) / 2_000.0).collect();
        let outcome: Vec<f64> = raw.iter().map(|r| f64::from(*r >= 0.5)).collect();
        let rows: Vec<usize> = (0..2_000).collect();
        let scores = Scores { margin: &raw, raw: &raw, sigmoid: false };
        let map = fit_calibration(&outcome, scores, &rows).expect("two classes");
        assert_eq!(calibration_name(&map), "isotonic");
        let (low, high) = (map.apply(0.0, 0.0, false), map.apply(1.0, 1.0, false));
        assert!(low > 0.0 && low < 0.001 && high < 1.0 && high > 0.999, "{low} {high}");
    }

    #[test]
    fn the_threshold_of_a_group_comes_from_the_others() {
        // Group 1 alone would choose 0.9, the other group says 0.5.
        let probability = [0.4, 0.5, 0.6, 0.2, 0.95, 0.6];
        let positive = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0];
        let groups = [0, 0, 0, 1, 1, 1];
        let called = cross_decide(&positive, &probability, &groups);
        assert_eq!(called[3..], [false, true, true]);
        assert_eq!(called[..3], [false, false, false]);
    }
}
