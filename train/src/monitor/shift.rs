//! Whether two samples differ: the population stability index with a threshold from what it is
//! when nothing has changed.
//!
//! `PSI = sum (q - p) ln(q / p)` over bins. Of two samples of `n` and `m` rows of one distribution
//! it is about `(1/n + 1/m) chi2(bins - 1)` (Yurdakul and Naranjo, "Statistical properties of the
//! population stability index", Journal of Risk Model Validation 2020): a fixed 0.1 or 0.25 raises
//! false alarms in small samples and none in large ones.

use chatsignal_core::num;
use serde::{Deserialize, Serialize};

use super::reference::Histogram;
use crate::chi_square;

/// Probability that monitoring raises an alarm about any feature of a model when none has changed.
pub const ALARM: f64 = 0.01;
/// Rows that a bin should have in the smaller sample, if nothing has changed; bins with less are
/// joined with their neighbours.
const EXPECTED_ROWS_MIN: f64 = 5.0;

/// The alarm level of each of so many comparisons (Bonferroni).
#[must_use]
pub fn alarm_level(comparisons: usize) -> f64 {
    ALARM / comparisons.max(1) as f64
}

/// One column now and in training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Population stability index.
    pub psi: f64,
    /// The value that it passes with the given probability when nothing has changed; infinite when
    /// the samples are too small or constant to tell.
    pub threshold: f64,
    /// Probability of such an index or a greater one when nothing has changed.
    pub p_value: f64,
    /// Bins compared, after joining.
    pub bins: usize,
    /// Share of missing values in training.
    pub missing_reference: f64,
    /// Share of missing values now.
    pub missing_current: f64,
}

impl Shift {
    /// Compares a sample of independent rows with the reference, of which `independent` rows count
    /// (contacts: at most its rows). `level` is the accepted probability of a false alarm.
    #[must_use]
    pub fn between(reference: &Histogram, independent: u64, current: &[f32], level: f64) -> Self {
        let now = reference.same_bins(current);
        let share = |count: u64, total: u64| count as f64 / total.max(1) as f64;
        let missing_reference = share(reference.missing, reference.total());
        let missing_current = share(now.missing, now.total());
        let n = independent.min(reference.total()) as f64;
        let m = now.total() as f64;
        let scale = n / reference.total().max(1) as f64;
        let cells = joined(reference, &now, scale, n.min(m) / (n + m).max(1.0));
        let bins = cells.len();
        if bins < 2 {
            return Self {
                psi: 0.0,
                threshold: f64::INFINITY,
                p_value: 1.0,
                bins,
                missing_reference,
                missing_current,
            };
        }
        // Half a row in each bin keeps the logarithm finite where a sample has none.
        let smoothed = |rows: f64, total: f64| (rows + 0.5) / (total + 0.5 * bins as f64);
        let psi: f64 = cells
            .iter()
            .map(|&(before, after)| {
                let (p, q) = (smoothed(before, n), smoothed(after, m));
                (q - p) * num::ln(q / p)
            })
            .sum();
        let spread = 1.0 / n + 1.0 / m;
        Self {
            psi,
            threshold: spread * chi_square::upper_quantile(level, bins - 1),
            p_value: chi_square::upper_tail(psi / spread, bins - 1),
            bins,
            missing_reference,
            missing_current,
        }
    }

    /// Whether the column has changed.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        self.psi > self.threshold
    }
}

/// Rows of both samples in bins that are joined until each is large enough; missing values are a
/// bin of their own at the end. `smaller` is the share of the smaller sample in both.
fn joined(reference: &Histogram, now: &Histogram, scale: f64, smaller: f64) -> Vec<(f64, f64)> {
    let mut before: Vec<u64> = reference.counts.clone();
    let mut after: Vec<u64> = now.counts.clone();
    before.push(reference.missing);
    after.push(now.missing);
    let mut cells: Vec<(f64, f64)> = Vec::new();
    let mut open = (0.0, 0.0);
    let large = |cell: (f64, f64)| (cell.0 + cell.1) * smaller >= EXPECTED_ROWS_MIN;
    let last = before.len().saturating_sub(1);
    for (at, (&b, &a)) in before.iter().zip(&after).enumerate() {
        let own = (b as f64 * scale, a as f64);
        // What is left over of the values does not mix with missing ones, if these can stand alone.
        if at == last
            && large(own)
            && let Some(end) = cells.last_mut()
        {
            end.0 += open.0;
            end.1 += open.1;
            open = (0.0, 0.0);
        }
        open = (open.0 + own.0, open.1 + own.1);
        if large(open) {
            cells.push(open);
            open = (0.0, 0.0);
        }
    }
    match cells.last_mut() {
        Some(end) => {
            end.0 += open.0;
            end.1 += open.1;
        }
        None => cells.push(open),
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    /// Values of a skewed distribution, a tenth missing.
    fn draw(rng: &mut rand_chacha::ChaCha8Rng, rows: usize, shift: f64) -> Vec<f32> {
        let one = |rng: &mut _| {
            if random::unit(rng) < 0.1 {
                return f32::NAN;
            }
            (-num::ln(1.0 - random::unit(rng)) + shift) as f32
        };
        (0..rows).map(|_| one(rng)).collect()
    }

    /// Share of 2,000 comparisons that raise an alarm at 5 %.
    fn alarms(reference_rows: usize, rows: usize, shift: f64) -> f64 {
        let mut rng = random::generator(17, rows as u64);
        let raised = (0..2_000).filter(|_| {
            let before = draw(&mut rng, reference_rows, 0.0);
            let now = draw(&mut rng, rows, shift);
            let histogram = Histogram::of(&before);
            Shift::between(&histogram, before.len() as u64, &now, 0.05).is_drift()
        });
        raised.count() as f64 / 2_000.0
    }

    #[test]
    fn false_alarms_are_as_rare_as_they_should_be_at_every_size() {
        for (before, now) in [(100, 100), (1_000, 100), (1_000, 30), (5_000, 2_000)] {
            let share = alarms(before, now, 0.0);
            assert!((0.02..0.075).contains(&share), "{before} {now}: {share}");
        }
    }

    #[test]
    fn a_real_shift_is_seen() {
        let share = alarms(1_000, 500, 0.3);
        assert!(share > 0.99, "{share}");
    }

    #[test]
    fn equals_the_plain_sum() {
        // tests/golden/gen/monitor.py
        let reference =
            Histogram { ends: vec![1.0, 2.0], counts: vec![500, 300, 150], missing: 50 };
        let values = [vec![0.5f32; 80], vec![1.5; 60], vec![2.5; 50], vec![f32::NAN; 10]].concat();
        let shift = Shift::between(&reference, 400, &values, 0.01);
        assert_eq!(shift.bins, 4);
        assert!((shift.psi - PSI).abs() < 1e-12, "{}", shift.psi);
        assert!((shift.threshold / THRESHOLD - 1.0).abs() < 1e-5, "{}", shift.threshold);
        assert!((shift.p_value / P_VALUE - 1.0).abs() < 1e-5, "{}", shift.p_value);
    }

    const PSI: f64 = 0.073_009_418_407_923_96;
    const THRESHOLD: f64 = 0.085_086_500_476_082_75;
    const P_VALUE: f64 = 0.020_962_334_108_415_467;

    #[test]
    fn too_little_to_tell_is_no_alarm() {
        let one = Histogram::of(&[1.0; 50]);
        for values in [vec![], vec![1.0f32; 3], vec![9.0; 4]] {
            let shift = Shift::between(&one, 50, &values, 0.05);
            assert!(!shift.is_drift() && shift.p_value > 0.05, "{values:?} {shift:?}");
        }
        assert!(!Shift::between(&Histogram::default().same_bins(&[]), 0, &[1.0], 0.05).is_drift());
    }

    #[test]
    fn values_that_training_never_saw_raise_the_alarm() {
        let one = Histogram::of(&[1.0; 500]);
        let gone = Shift::between(&one, 500, &[f32::NAN; 200], 0.01);
        assert!(gone.is_drift() && gone.missing_current == 1.0);
    }
}
