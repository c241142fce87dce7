//! Maps from scores to probabilities, fitted on held-out scores only.

use chatsignal_core::limits;
use chatsignal_core::model::Calibration;
use chatsignal_core::num;

use crate::error::FitError;

/// Steps of Newton's method at most; 10 are usual.
const STEPS_MAX: usize = 100;

/// Platt scaling with smoothed targets (Platt 1999), by Newton's method with backtracking (Lin, Lin
/// and Weng 2007). `z` is the margin for models with a sigmoid link, else the raw prediction.
///
/// A target between 0 and 1 counts as that share of a positive (graded leads). The slope is never
/// negative: scores that rank the wrong way give slope 0, the base rate.
///
/// # Errors
/// [`FitError`] if lengths differ, a score is not finite, or all targets are equal.
pub fn platt(y: &[f64], z: &[f64]) -> Result<Calibration, FitError> {
    check(y, z)?;
    let positives: f64 = y.iter().sum();
    let negatives = y.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let target = |y: f64| low + y * (high - low);
    // Centred and scaled scores keep the Hessian well conditioned whatever their unit.
    let rows = z.len() as f64;
    let middle = z.iter().map(|z| z / rows).sum::<f64>();
    let spread = num::sqrt(z.iter().map(|z| (z - middle) * (z - middle) / rows).sum::<f64>());
    let rate = (positives * high + negatives * low) / rows;
    let flat = Calibration::Platt { a: 0.0, b: num::logit(rate) };
    if !(spread > 0.0 && spread.is_finite()) {
        return Ok(flat);
    }
    let points: Vec<(f64, f64)> =
        z.iter().zip(y).map(|(&z, &y)| ((z - middle) / spread, target(y))).collect();
    let (a, b) = newton(&points, num::logit(rate));
    let (a, b) = (a / spread, b - a * middle / spread);
    let usable = a > 0.0 && a.is_finite() && b.is_finite();
    Ok(if usable { Calibration::Platt { a, b } } else { flat })
}

/// Minimises the cross-entropy of `sigmoid(a x + b)` over points `(x, target)`.
fn newton(points: &[(f64, f64)], start: f64) -> (f64, f64) {
    let loss = |a: f64, b: f64| -> f64 {
        points
            .iter()
            .map(|&(x, t)| {
                let f = a * x + b;
                // -t ln p - (1 - t) ln(1 - p), without overflow.
                f.max(0.0) - t * f + num::ln_1p(num::exp(-f.abs()))
            })
            .sum()
    };
    let (mut a, mut b) = (0.0, start);
    let mut value = loss(a, b);
    for _ in 0..STEPS_MAX {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for &(x, t) in points {
            let p = num::sigmoid(a * x + b);
            let (g, h) = (p - t, p * (1.0 - p));
            ga += g * x;
            gb += g;
            haa += h * x * x;
            hab += h * x;
            hbb += h;
        }
        if ga.abs() < 1e-9 && gb.abs() < 1e-9 {
            break;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let slope = ga * da + gb * db;
        let mut step = 1.0;
        loop {
            let next = loss(a + step * da, b + step * db);
            if next < value + 1e-4 * step * slope {
                (a, b, value) = (a + step * da, b + step * db, next);
                break;
            }
            step /= 2.0;
            // Also ends when the step is NaN: no comparison above holds then.
            if step < 1e-10 {
                return (a, b);
            }
        }
    }
    (a, b)
}

/// Isotonic regression by pooling adjacent violators, equal scores pooled first. Between points the
/// map is linear, outside constant (scikit-learn's `out_of_bounds="clip"`). Targets between 0 and 1
/// are averaged like any other.
///
/// # Errors
/// [`FitError`] if lengths differ, a score is not finite, all targets are equal, or the curve has
/// more points than an artifact may hold.
pub fn isotonic(y: &[f64], raw: &[f64]) -> Result<Calibration, FitError> {
    check(y, raw)?;
    let mut rows: Vec<(f64, f64)> = raw.iter().zip(y).map(|(&x, &y)| (x + 0.0, y)).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut blocks: Vec<Block> = Vec::new();
    for (x, y) in rows {
        match blocks.last_mut() {
            Some(last) if last.first == x => {
                last.sum += y;
                last.rows += 1.0;
            }
            _ => blocks.push(Block { first: x, last: x, sum: y, rows: 1.0 }),
        }
    }
    let mut pooled: Vec<Block> = Vec::new();
    for mut block in blocks {
        while let Some(before) = pooled.pop_if(|before| before.mean() >= block.mean()) {
            block.first = before.first;
            block.sum += before.sum;
            block.rows += before.rows;
        }
        pooled.push(block);
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for block in pooled {
        x.push(block.first);
        y.push(block.mean());
        if block.last > block.first {
            x.push(block.last);
            y.push(block.mean());
        }
    }
    if x.len() > limits::ISOTONIC_POINTS_MAX {
        return Err(FitError::TooLarge {
            what: "points of the isotonic curve",
            found: x.len(),
            limit: limits::ISOTONIC_POINTS_MAX,
        });
    }
    Ok(Calibration::Isotonic { x, y })
}

/// Scores `first..=last` that share one mean.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: f64,
    last: f64,
    sum: f64,
    rows: f64,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.rows
    }
}

fn check(y: &[f64], score: &[f64]) -> Result<(), FitError> {
    if y.len() != score.len() {
        let (expected, found) = (y.len(), score.len());
        return Err(FitError::Shape { what: "scores", expected, found });
    }
    if let Some((row, &value)) = score.iter().enumerate().find(|(_, s)| !s.is_finite()) {
        return Err(FitError::Score { row, value });
    }
    if let Some((row, &value)) = y.iter().enumerate().find(|(_, y)| !(0.0..=1.0).contains(*y)) {
        return Err(FitError::Target { row, value, expected: "from 0 to 1" });
    }
    match y.first() {
        None => Err(FitError::TooFewRows { found: 0, required: 2 }),
        Some(&value) if y.iter().all(|&y| y == value) => Err(FitError::ConstantTarget { value }),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    fn fitted_platt(y: &[f64], z: &[f64]) -> (f64, f64) {
        match platt(y, z).unwrap() {
            Calibration::Platt { a, b } => (a, b),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn platt_equals_scikit_learn() {
        // scikit-learn 1.9.1, sklearn.calibration._SigmoidCalibration().fit(z, y): -a_, -b_.
        let z = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0];
        let y = [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0];
        let (a, b) = fitted_platt(&y, &z);
        assert!((a - PLATT_A).abs() < 1e-5 && (b - PLATT_B).abs() < 1e-5, "{a} {b}");
    }
    const PLATT_A: f64 = 0.573_092_445_832_088_6;
    const PLATT_B: f64 = -0.204_572_744_473_303_23;

    #[test]
    fn platt_of_separated_scores_is_finite_and_of_inverted_scores_flat() {
        let y = [0.0, 0.0, 1.0, 1.0];
        let (a, b) = fitted_platt(&y, &[1e-9, 2e-9, 3e-9, 4e-9]);
        assert!(a > 0.0 && a.is_finite() && b.is_finite());
        assert_eq!(fitted_platt(&y, &[4.0, 3.0, 2.0, 1.0]), (0.0, 0.0));
        assert_eq!(fitted_platt(&y, &[7.0; 4]), (0.0, 0.0));
        let (a, b) = fitted_platt(&y, &[-1e300, 0.0, 1.0, 1e300]);
        assert!(a >= 0.0 && a.is_finite() && b.is_finite());
    }

    #[test]
    fn isotonic_pools_ties_and_violators() {
        let y = [0.0, 1.0, 0.0, 1.0, 1.0];
        let map = isotonic(&y, &[0.1, 0.2, 0.2, 0.3, 0.15]).unwrap();
        // 0.15 (1) and 0.2 (1, 0) violate: their mean is 2/3.
        let two_thirds = 2.0 / 3.0;
        assert_eq!(
            map,
            Calibration::Isotonic {
                x: vec![0.1, 0.15, 0.2, 0.3],
                y: vec![0.0, two_thirds, two_thirds, 1.0]
            }
        );
    }

    #[test]
    fn faults_are_errors() {
        for fit in [platt, isotonic] {
            assert!(fit(&[], &[]).is_err());
            assert!(fit(&[1.0, 1.0], &[0.1, 0.2]).is_err());
            assert!(fit(&[1.0, 0.0], &[0.1, f64::NAN]).is_err());
            assert!(fit(&[1.0, 0.0], &[0.1]).is_err());
            assert!(fit(&[1.0, 1.5], &[0.1, 0.2]).is_err());
            assert!(fit(&[1.0, f64::NAN], &[0.1, 0.2]).is_err());
        }
    }

    #[test]
    fn shares_of_a_positive_count_as_so_many_rows() {
        let z = [-1.0, 0.0, 1.0];
        let shares = fitted_platt(&[0.25, 0.5, 0.75], &z);
        let rows = |y: [f64; 4]| y.into_iter();
        let y: Vec<f64> = rows([1.0, 0.0, 0.0, 0.0])
            .chain(rows([1.0, 1.0, 0.0, 0.0]))
            .chain(rows([1.0, 1.0, 1.0, 0.0]))
            .collect();
        let repeated: Vec<f64> = z.iter().flat_map(|&z| [z; 4]).collect();
        // The smoothing is lighter with four times the rows; the order of the slopes is not.
        let counted = fitted_platt(&y, &repeated);
        assert!(
            shares.0 > 0.3 && counted.0 > shares.0 && counted.0 < 1.2,
            "{shares:?} {counted:?}"
        );
        let Calibration::Isotonic { y: means, .. } = isotonic(&[0.25, 0.5, 0.75], &z).unwrap()
        else {
            panic!()
        };
        assert_eq!(means, [0.25, 0.5, 0.75]);
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn isotonic_never_falls_and_keeps_the_mean(
            rows in proptest::collection::vec((0u8..2, -4i8..5), 2..60),
        ) {
            let y: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let raw: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 4.0).collect();
            if let Ok(map) = isotonic(&y, &raw) {
                let Calibration::Isotonic { x: xs, y: ys } = &map else { panic!() };
                prop_assert!(xs.windows(2).all(|w| w[0] < w[1]));
                prop_assert!(ys.windows(2).all(|w| w[0] <= w[1]));
                let fitted: f64 = raw.iter().map(|&r| map.apply(r, r, false)).sum();
                prop_assert!((fitted - y.iter().sum::<f64>()).abs() < 1e-9);
            }
        }
    }
}
