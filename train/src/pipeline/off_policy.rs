//! What a policy would have earned, from the log of another (Horvitz and Thompson 1952; Swaminathan
//! and Joachims, "The Self-Normalized Estimator for Counterfactual Learning", 2015).

use chatsignal_core::id::ContactId;

use crate::bootstrap::Clusters;
use crate::evaluation::Estimate;

/// Least effective sample size of a claim.
pub(super) const EFFECTIVE_ROWS_MIN: f64 = 200.0;

/// Logged decisions with the weights that the new policy gives them.
pub(super) struct OffPolicy {
    /// (weight, reward) of each logged decision; weight 0 where the policies differ.
    rows: Vec<(f64, f64)>,
}

impl OffPolicy {
    /// `logged` holds (row, hour, propensity); `choose` is the new policy; `reward` is by row.
    pub(super) fn new(
        logged: &[(usize, usize, f64)],
        choose: &dyn Fn(usize) -> Option<usize>,
        reward: &[f64],
    ) -> Self {
        let weigh = |&(row, hour, propensity): &(usize, usize, f64)| {
            let weight = if choose(row) == Some(hour) { 1.0 / propensity } else { 0.0 };
            (weight, reward[row])
        };
        Self { rows: logged.iter().map(weigh).collect() }
    }

    /// Mean reward of the logging policy.
    pub(super) fn logged_rate(&self) -> f64 {
        self.rows.iter().map(|row| row.1).sum::<f64>() / self.rows.len().max(1) as f64
    }

    /// Kish's effective sample size of the weights.
    pub(super) fn effective_sample_size(&self) -> f64 {
        let sum: f64 = self.rows.iter().map(|row| row.0).sum();
        let squares: f64 = self.rows.iter().map(|row| row.0 * row.0).sum();
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// Why no value may be claimed.
    pub(super) fn refusal(&self) -> Option<String> {
        if self.rows.is_empty() {
            return Some(
                "no send carries the propensity of its hour: past sends at fixed hours cannot tell \
                 what other hours would have brought"
                    .to_owned(),
            );
        }
        let size = self.effective_sample_size();
        (size < EFFECTIVE_ROWS_MIN)
            .then(|| format!("effective sample size {size:.0} is below {EFFECTIVE_ROWS_MIN:.0}"))
    }

    /// IPS and SNIPS estimates with intervals by contact; `None` when refused.
    pub(super) fn value(
        &self,
        contacts: &[ContactId],
        like: &Clusters,
    ) -> (Option<Estimate>, Option<Estimate>) {
        if self.refusal().is_some() {
            return (None, None);
        }
        let [ips, snips] = like.regrouped(contacts).estimate(|rows| {
            let weights: f64 = rows.iter().map(|&i| self.rows[i].0).sum();
            let earned: f64 = rows.iter().map(|&i| self.rows[i].0 * self.rows[i].1).sum();
            let snips = (weights > 0.0).then(|| earned / weights);
            [Some(earned / rows.len() as f64), snips]
        });
        (ips, snips)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    /// Two hours; the uniform logging policy earns 0.2 at hour 0 and 0.6 at hour 1.
    /// Row, hour and propensity; reward by row; contact by row.
    type Logged = (Vec<(usize, usize, f64)>, Vec<f64>, Vec<ContactId>);

    fn logged(n: u64) -> Logged {
        let hour = |i: u64| (mix(i) % 2) as usize;
        let rows = (0..n).map(|i| (i as usize, hour(i), 0.5)).collect();
        let reward = (0..n)
            .map(|i| {
                let rate = if hour(i) == 1 { 0.6 } else { 0.2 };
                f64::from(u8::from(unit(mix(i + 1_000_003)) < rate))
            })
            .collect();
        let contacts = (0..n).map(|i| ContactId(u128::from(i).to_be_bytes())).collect();
        (rows, reward, contacts)
    }

    #[test]
    fn recovers_the_value_of_the_better_hour() {
        let (rows, reward, contacts) = logged(4_000);
        let policy = OffPolicy::new(&rows, &|_| Some(1), &reward);
        assert!((policy.logged_rate() - 0.4).abs() < 0.03);
        assert!((policy.effective_sample_size() - 2_000.0).abs() < 100.0);
        let (ips, snips) = policy.value(&contacts, &Clusters::new(&contacts, 50, 1));
        for found in [ips, snips] {
            assert!(found.is_some_and(|e| e.low < 0.6 && 0.6 < e.high && e.low > 0.5), "{found:?}");
        }
    }

    #[test]
    fn thin_or_missing_support_is_refused() {
        let (rows, reward, contacts) = logged(300);
        let policy = OffPolicy::new(&rows, &|_| Some(1), &reward);
        assert!(policy.refusal().is_some_and(|why| why.contains("below 200")));
        assert_eq!(policy.value(&contacts, &Clusters::new(&contacts, 20, 1)), (None, None));
        let none = OffPolicy::new(&[], &|_| Some(1), &reward);
        assert!(none.refusal().is_some_and(|why| why.contains("propensity")));
        assert_eq!(none.logged_rate(), 0.0);
    }
}
