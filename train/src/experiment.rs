//! A/B tests on contacts: a stable assignment and an honest comparison.

use chatsignal_core::id::ContactId;
use chatsignal_core::num;
use serde::{Deserialize, Serialize};

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
    chi2_upper_tail(chi2, counts.len() - 1)
}

/// P(X > `chi2`) for the chi-squared distribution, exact by the recurrence over degrees of freedom
/// (Abramowitz and Stegun 26.4.4 and 26.4.5).
fn chi2_upper_tail(chi2: f64, degrees: usize) -> f64 {
    if chi2.is_nan() || chi2 == f64::INFINITY {
        return 0.0;
    }
    let x = chi2.max(0.0);
    let half = x / 2.0;
    let odd = degrees % 2 == 1;
    let mut tail = if odd { erfc(num::sqrt(half)) } else { num::exp(-half) };
    let mut ln_term =
        if odd { 0.5 * num::ln(half) - num::ln_gamma(1.5) } else { num::ln(half) } - half;
    let mut shape = if odd { 1.5 } else { 2.0 };
    let mut done = if odd { 1 } else { 2 };
    while done < degrees {
        tail += num::exp(ln_term);
        ln_term += num::ln(half) - num::ln(shape);
        shape += 1.0;
        done += 2;
    }
    tail.clamp(0.0, 1.0)
}

/// Complementary error function for `x >= 0`, relative error below 1.2e-7 (Press et al.,
/// "Numerical Recipes", erfcc).
fn erfc(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let series = COEFFICIENTS.iter().fold(0.0, |sum, c| sum * t + c);
    t * num::exp(-x * x + series)
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
    fn chi_squared_tails_are_those_of_the_tables() {
        for (chi2, degrees, p) in [
            (3.841_459, 1, 0.05),
            (6.634_897, 1, 0.01),
            (5.991_465, 2, 0.05),
            (7.814_728, 3, 0.05),
            (13.276_704, 4, 0.01),
            (0.0, 1, 1.0),
        ] {
            let found = chi2_upper_tail(chi2, degrees);
            assert!((found - p).abs() < 1e-6, "{chi2} {degrees}: {found}");
        }
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
