//! A/B tests on contacts: a stable assignment and an honest comparison.

use chatsignal_core::id::ContactId;
use chatsignal_core::num;
use serde::{Deserialize, Serialize};

use crate::chi_square;
use crate::evaluation::Estimate;
use crate::hash::{contact_hash, unit};

/// Two-sided 95 % quantile of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// Below this p-value the sizes of the groups contradict the shares (the usual alarm level of a
/// sample-ratio check).
pub const SAMPLE_RATIO_ALARM: f64 = 0.001;

/// The group of a contact: an index into `shares`, which need not add up to 1. The same contact
/// always lands in the same group of an experiment; different salts are independent.
#[must_use]
pub fn assign(contact: ContactId, salt: u64, shares: &[f64]) -> usize {
    let total: f64 = shares.iter().sum();
    let mut at = unit(contact_hash(contact, salt)) * total;
    for (group, share) in shares.iter().enumerate() {
        if at < *share {
            return group;
        }
        at -= share;
    }
    shares.len().saturating_sub(1)
}

/// What was counted in one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCount {
    /// Name, e.g. `holdout`.
    pub name: String,
    /// Contacts.
    pub contacts: u64,
    /// Contacts with the outcome.
    pub outcomes: u64,
}

/// One group against the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupReport {
    /// Name.
    pub name: String,
    /// Contacts.
    pub contacts: u64,
    /// Rate with its Wilson interval.
    pub rate: Estimate,
    /// Rate minus the first group's, with Newcombe's interval; absent for the first group.
    pub difference: Option<Estimate>,
}

/// Comparison of the groups of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentReport {
    /// The groups, in the order given.
    pub groups: Vec<GroupReport>,
    /// p-value of the chi-squared test of the sizes against the shares.
    pub sample_ratio_p: f64,
    /// Whether the sizes fit the shares. If not, the rates must not be compared.
    pub sample_ratio_ok: bool,
}

/// Compares groups; the first is the reference. `shares` are the shares that were meant.
#[must_use]
pub fn compare(counts: &[GroupCount], shares: &[f64]) -> ExperimentReport {
    let groups = counts
        .iter()
        .enumerate()
        .map(|(i, count)| {
            let rate = wilson(count.outcomes, count.contacts);
            let first = counts.first().filter(|_| i > 0);
            GroupReport {
                name: count.name.clone(),
                contacts: count.contacts,
                rate,
                difference: first.map(|c| newcombe(rate, wilson(c.outcomes, c.contacts))),
            }
        })
        .collect();
    let sample_ratio_p = sample_ratio_p(counts, shares);
    ExperimentReport {
        groups,
        sample_ratio_p,
        sample_ratio_ok: sample_ratio_p >= SAMPLE_RATIO_ALARM,
    }
}

/// A rate with Wilson's score interval; `[0, 1]` of nothing.
#[must_use]
pub fn wilson(successes: u64, trials: u64) -> Estimate {
    if trials == 0 {
        return Estimate { value: 0.0, low: 0.0, high: 1.0 };
    }
    let (n, p) = (trials as f64, successes as f64 / trials as f64);
    let z2 = Z95 * Z95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * num::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    Estimate {
        value: p,
        low: (centre - half).max(0.0).min(p),
        high: (centre + half).min(1.0).max(p),
    }
}

/// Difference of two rates by Newcombe's hybrid score method (1998, method 10).
fn newcombe(a: Estimate, b: Estimate) -> Estimate {
    let value = a.value - b.value;
    let square = |x: f64| x * x;
    let down = num::sqrt(square(a.value - a.low) + square(b.high - b.value));
    let up = num::sqrt(square(a.high - a.value) + square(b.value - b.low));
    Estimate { value, low: value - down, high: value + up }
}

fn sample_ratio_p(counts: &[GroupCount], shares: &[f64]) -> f64 {
    let total: u64 = counts.iter().map(|c| c.contacts).sum();
    let share_sum: f64 = shares.iter().sum();
    if total == 0 || counts.len() < 2 || counts.len() != shares.len() {
        return 1.0;
    }
    let chi2: f64 = counts
        .iter()
        .zip(shares)
        .map(|(count, share)| {
            let expected = total as f64 * share / share_sum;
            (count.contacts as f64 - expected) * (count.contacts as f64 - expected) / expected
        })
        .sum();
    chi_square::upper_tail(chi2, counts.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, contacts: u64, outcomes: u64) -> GroupCount {
        GroupCount { name: name.to_owned(), contacts, outcomes }
    }

    #[test]
    fn assignment_is_stable_and_keeps_the_shares() {
        let mut sizes = [0u64; 2];
        for i in 0..20_000u32 {
            let mut id = [3u8; 16];
            id[..4].copy_from_slice(&i.to_le_bytes());
            let contact = ContactId(id);
            assert_eq!(assign(contact, 9, &[0.1, 0.9]), assign(contact, 9, &[0.1, 0.9]));
            sizes[assign(contact, 9, &[0.1, 0.9])] += 1;
        }
        assert!((1_850..2_150).contains(&sizes[0]), "{sizes:?}");
    }

    #[test]
    fn wilson_of_a_known_case() {
        // 81 of 263 (Newcombe 1998, table I, method 3): 0.2553 to 0.3662.
        let found = wilson(81, 263);
        assert!((found.low - 0.2553).abs() < 5e-5 && (found.high - 0.3662).abs() < 5e-5);
        // 56/70 against 48/80 (Newcombe 1998, table II, method 10): 0.0524 to 0.3339.
        let difference = newcombe(wilson(56, 70), wilson(48, 80));
        assert!((difference.low - 0.0524).abs() < 5e-5 && (difference.high - 0.3339).abs() < 5e-5);
    }

    #[test]
    fn lopsided_groups_raise_the_alarm() {
        let fair = compare(&[group("a", 5_000, 100), group("b", 5_050, 140)], &[0.5, 0.5]);
        assert!(fair.sample_ratio_ok);
        assert!(fair.groups[1].difference.is_some_and(|d| d.low > 0.0));
        let lopsided = compare(&[group("a", 5_000, 100), group("b", 5_500, 140)], &[0.5, 0.5]);
        assert!(!lopsided.sample_ratio_ok);
        let empty = compare(&[group("a", 0, 0), group("b", 0, 0)], &[0.5, 0.5]);
        assert!(empty.sample_ratio_ok && empty.groups[0].rate.high == 1.0);
    }
}
