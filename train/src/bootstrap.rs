//! Intervals by resampling contacts: rows of one contact are not independent.

use rayon::prelude::*;

use crate::evaluation::Estimate;
use crate::hash::mix;

/// Rows by contact, ready to be resampled.
#[derive(Clone, Debug)]
pub struct Clusters {
    members: Vec<Vec<usize>>,
    rounds: usize,
    seed: u64,
}

impl Clusters {
    /// Groups row numbers by the key of their contact (`keys[i]` belongs to row `i`).
    #[must_use]
    pub fn new<K: Ord + Copy>(keys: &[K], rounds: usize, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&a, &b| keys[a].cmp(&keys[b]).then(a.cmp(&b)));
        let members = order.chunk_by(|&a, &b| keys[a] == keys[b]).map(<[usize]>::to_vec).collect();
        Self { members, rounds, seed }
    }

    /// The same rounds and seed for other rows.
    #[must_use]
    pub fn regrouped<K: Ord + Copy>(&self, keys: &[K]) -> Self {
        Self::new(keys, self.rounds, self.seed)
    }

    /// Number of contacts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no contact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Rows of bootstrap round `round`: as many contacts as there are, drawn with replacement.
    fn draw(&self, round: usize) -> Vec<usize> {
        let n = self.members.len();
        let mut state = mix(self.seed ^ mix(round as u64));
        let mut rows = Vec::new();
        for _ in 0..n {
            state = mix(state);
            let pick = (u128::from(state) * n as u128) >> 64;
            rows.extend_from_slice(&self.members[pick as usize]);
        }
        rows
    }

    /// Figures on all rows with their 95 % percentile intervals. `figures` computes them for a
    /// list of row numbers (repeats allowed) and must always give the same number of them; a
    /// figure that is `None` on all rows stays `None`, rounds in which it is `None` are left out.
    pub fn estimate<const N: usize>(
        &self,
        figures: impl Fn(&[usize]) -> [Option<f64>; N] + Sync,
    ) -> [Option<Estimate>; N] {
        let rows: usize = self.members.iter().map(Vec::len).sum();
        let all: Vec<usize> = (0..rows).collect();
        let centre = figures(&all);
        let drawn: Vec<[Option<f64>; N]> =
            (0..self.rounds).into_par_iter().map(|round| figures(&self.draw(round))).collect();
        let mut out = [None; N];
        for (i, slot) in out.iter_mut().enumerate() {
            let Some(value) = centre[i].filter(|v| v.is_finite()) else { continue };
            let mut values: Vec<f64> =
                drawn.iter().filter_map(|d| d[i]).filter(|v| v.is_finite()).collect();
            values.sort_by(f64::total_cmp);
            let (low, high) = percentile_interval(&values).unwrap_or((value, value));
            *slot = Some(Estimate { value, low: low.min(value), high: high.max(value) });
        }
        out
    }
}

/// The 2.5th and the 97.5th percentile of sorted values (linear interpolation).
fn percentile_interval(sorted: &[f64]) -> Option<(f64, f64)> {
    let last = sorted.len().checked_sub(1)?;
    let at = |share: f64| {
        let position = share * last as f64;
        let low = position as usize;
        let high = (low + 1).min(last);
        sorted[low] + (position - low as f64) * (sorted[high] - sorted[low])
    };
    Some((at(0.025), at(0.975)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64], rows: &[usize]) -> Option<f64> {
        Some(rows.iter().map(|&i| values[i]).sum::<f64>() / rows.len() as f64)
    }

    #[test]
    fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
        let values: Vec<f64> = (0..2_000u64).map(|i| crate::hash::unit(mix(i))).collect();
        let keys: Vec<usize> = (0..2_000).collect();
        let clusters = Clusters::new(&keys, 1_000, 1);
        let [found] = clusters.estimate(|rows| [mean(&values, rows)]);
        let found = found.expect("a mean");
        let half = 1.96 * (1.0f64 / 12.0 / 2_000.0).sqrt();
        assert!(((found.high - found.low) / (2.0 * half) - 1.0).abs() < 0.15, "{found:?}");
    }

    #[test]
    fn rows_of_one_contact_move_together() {
        // 20 contacts with 50 equal rows each: the interval is that of 20 values, not of 1,000.
        let keys: Vec<usize> = (0..1_000).map(|i| i / 50).collect();
        let values: Vec<f64> = keys.iter().map(|k| (k % 2) as f64).collect();
        let by_contact = Clusters::new(&keys, 400, 1).estimate(|rows| [mean(&values, rows)]);
        let rows: Vec<usize> = (0..1_000).collect();
        let by_row = Clusters::new(&rows, 400, 1).estimate(|rows| [mean(&values, rows)]);
        let width = |e: [Option<Estimate>; 1]| e[0].map_or(0.0, |e| e.high - e.low);
        assert!(width(by_contact) > 4.0 * width(by_row));
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let keys: Vec<usize> = (0..300).map(|i| i / 3).collect();
        let values: Vec<f64> = (0..300).map(|i| f64::from(i % 7)).collect();
        let run =
            |seed| Clusters::new(&keys, 50, seed).estimate(|rows| [mean(&values, rows), None]);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert_eq!(run(1)[1], None);
    }
}
