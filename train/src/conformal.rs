//! Prediction intervals that hold whatever the model is wrong about (Vovk; Lei et al.,
//! "Distribution-Free Predictive Inference for Regression", 2018).

use chatsignal_core::artifact::ConformalInterval;

use crate::evaluation::IntervalCheck;
use crate::hash::mix;

/// Nominal coverage of the intervals.
pub const COVERAGE: f64 = 0.9;
/// Below so many held-out rows every residual is used (CV+); above, half of the contacts.
pub const SPLIT_ROWS_MIN: usize = 500;

/// Fits the interval of a score to held-out residuals and measures its coverage on other contacts.
///
/// `groups[i]` is the contact of row `i` as a number; a contact's rows stay together. The shipped
/// interval comes from all residuals below [`SPLIT_ROWS_MIN`] rows (CV+ with the folds' models:
/// Barber et al., "Predictive inference with the jackknife+", 2021) and from half of the contacts
/// above. Coverage is always measured on contacts that did not make the interval it is measured
/// with. `None` with fewer than 40 rows.
#[must_use]
pub fn fit(
    target: &[f64],
    predicted: &[f64],
    groups: &[u64],
) -> Option<(ConformalInterval, IntervalCheck)> {
    let residuals: Vec<f64> = target.iter().zip(predicted).map(|(y, p)| y - p).collect();
    if residuals.len() < 40 {
        return None;
    }
    let side = |i: &usize| mix(groups[*i]) & 1 == 0;
    let (first, second): (Vec<usize>, Vec<usize>) = (0..residuals.len()).partition(side);
    let of = |rows: &[usize]| interval(rows.iter().map(|&i| residuals[i]).collect());
    let covered = |interval: &ConformalInterval, rows: &[usize]| {
        let inside =
            |i: &&usize| residuals[**i] >= -interval.lower && residuals[**i] <= interval.upper;
        rows.iter().filter(inside).count()
    };
    let (a, b) = (of(&first)?, of(&second)?);
    let inside = covered(&a, &second) + covered(&b, &first);
    let split = residuals.len() >= SPLIT_ROWS_MIN;
    let shipped = if split { a } else { interval(residuals.clone())? };
    let width: f64 = predicted
        .iter()
        .map(|p| (p + shipped.upper).min(100.0) - (p - shipped.lower).max(0.0))
        .sum::<f64>()
        / predicted.len() as f64;
    let check = IntervalCheck {
        method: if split { "split" } else { "cv_plus" }.to_owned(),
        nominal: COVERAGE,
        measured: inside as f64 / residuals.len() as f64,
        mean_width: width,
    };
    Some((shipped, check))
}

/// The interval that the residuals call for, with the finite-sample correction (n + 1) on both
/// sides; `None` without residuals.
fn interval(mut residuals: Vec<f64>) -> Option<ConformalInterval> {
    residuals.sort_by(f64::total_cmp);
    let n = residuals.len();
    let tail = (1.0 - COVERAGE) / 2.0 * (n as f64 + 1.0);
    let below = (tail.floor() as usize).saturating_sub(1);
    let lower = residuals.get(below)?;
    let upper = residuals.get(n.checked_sub(1 + below)?)?;
    Some(ConformalInterval { coverage: COVERAGE, lower: (-lower).max(0.0), upper: upper.max(0.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::unit;

    /// Skewed noise around a prediction.
    fn rows(n: u64) -> (Vec<f64>, Vec<f64>, Vec<u64>) {
        let predicted: Vec<f64> = (0..n).map(|i| 20.0 + 60.0 * unit(mix(i))).collect();
        let target = predicted
            .iter()
            .zip(0..n)
            .map(|(p, i)| p + 20.0 * unit(mix(i + 1_000_000)).powi(3) - 5.0)
            .collect();
        (target, predicted, (0..n).collect())
    }

    #[test]
    fn coverage_is_close_to_nominal() {
        for (n, method) in [(300, "cv_plus"), (4_000, "split")] {
            let (target, predicted, groups) = rows(n);
            let (interval, check) = fit(&target, &predicted, &groups).expect("enough rows");
            assert_eq!(check.method, method);
            assert!((check.measured - COVERAGE).abs() < 0.04, "{check:?}");
            assert!(interval.upper > interval.lower, "the noise is skewed upwards");
        }
    }

    #[test]
    fn too_few_rows_make_no_interval() {
        let (target, predicted, groups) = rows(39);
        assert!(fit(&target, &predicted, &groups).is_none());
    }

    #[test]
    fn the_prediction_itself_always_lies_inside() {
        let target = vec![10.0; 60];
        let predicted = vec![50.0; 60];
        let groups: Vec<u64> = (0..60).collect();
        let (interval, _) = fit(&target, &predicted, &groups).expect("enough rows");
        assert!(interval.lower >= 0.0 && interval.upper >= 0.0);
    }
}
