//! Which allowed hour is chosen, and with what probability.

use super::posterior::Posterior;
use crate::num;

/// How a plan chooses among allowed hours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Policy {
    /// The best hour, always.
    #[default]
    Greedy,
    /// The best hour, but with probability `epsilon` any allowed hour alike (the best among them).
    Epsilon {
        /// 0 to 1; values outside are clamped, NaN counts as 0.
        epsilon: f64,
    },
    /// Thompson sampling: every hour with the probability that it is the best one, given how
    /// uncertain each is.
    Thompson,
}

impl Policy {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Greedy => "greedy",
            Self::Epsilon { .. } => "epsilon",
            Self::Thompson => "thompson",
        }
    }

    /// Chooses among `ranked`, the allowed hours best first.
    pub(super) fn choose(
        self,
        ranked: &[usize],
        posteriors: &[Posterior],
        seed: u64,
    ) -> Option<Choice> {
        let &best = ranked.first()?;
        let mut draw = Draw::new(seed);
        Some(match self {
            Self::Greedy => Choice { index: best, propensity: 1.0 },
            Self::Epsilon { epsilon } => {
                let epsilon = if epsilon.is_nan() { 0.0 } else { epsilon.clamp(0.0, 1.0) };
                let each = epsilon / ranked.len() as f64;
                let explore = draw.uniform() < epsilon;
                let at = if explore { draw.below(ranked.len()) } else { 0 };
                let index = ranked[at];
                let propensity = each + if index == best { 1.0 - epsilon } else { 0.0 };
                Choice { index, propensity }
            }
            Self::Thompson => {
                let index = thompson_draw(ranked, posteriors, &mut draw).unwrap_or(best);
                Choice { index, propensity: probability_of_best(index, ranked, posteriors) }
            }
        })
    }
}

/// A choice and the probability of having made it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    pub(super) index: usize,
    pub(super) propensity: f64,
}

/// One draw from each posterior; the hour of the greatest.
fn thompson_draw(ranked: &[usize], posteriors: &[Posterior], draw: &mut Draw) -> Option<usize> {
    ranked
        .iter()
        .map(|&at| (at, posteriors[at].mean + posteriors[at].sd * draw.normal()))
        .fold(None, |best: Option<(usize, f64)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        })
        .map(|(at, _)| at)
}

/// The probability that a draw of hour `index` exceeds a draw of every other allowed hour:
/// the integral over `t` of the normal density times the product of the other hours' distribution
/// functions at `mean + sd * t`, by the trapezoid rule in steps of 1/16 from -7 to 7. The integrand
/// is smooth, so that the rule is exact to about 1e-9; no sampling noise enters the propensity.
fn probability_of_best(index: usize, ranked: &[usize], posteriors: &[Posterior]) -> f64 {
    const STEP: f64 = 1.0 / 16.0;
    const STEPS: i32 = 7 * 16;
    let own = posteriors[index];
    let sum: f64 = (-STEPS..=STEPS)
        .map(|k| {
            let t = f64::from(k) * STEP;
            let value = own.mean + own.sd * t;
            ranked
                .iter()
                .filter(|&&at| at != index)
                .map(|&at| num::normal_cdf((value - posteriors[at].mean) / posteriors[at].sd))
                .fold(num::normal_density(t), |product, factor| product * factor)
        })
        .sum();
    (sum * STEP).clamp(0.0, 1.0)
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same on every target.
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In `[0, 1)`, 53 bits.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In `0..n`, for `n` up to a few hundred (the bias of scaling is below 1e-13).
    fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Standard normal, by the polar method (Marsaglia 1964).
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * num::sqrt(-2.0 * num::ln(s) / s);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn posteriors() -> impl Strategy<Value = Vec<Posterior>> {
        proptest::collection::vec((-4.0f64..2.0, 0.1f64..0.8), 1..24)
            .prop_map(|pairs| pairs.into_iter().map(|(mean, sd)| Posterior { mean, sd }).collect())
    }

    proptest! {
        #[test]
        fn thompson_propensities_add_up_to_one(posteriors in posteriors()) {
            let ranked: Vec<usize> = (0..posteriors.len()).collect();
            let sum: f64 =
                ranked.iter().map(|&at| probability_of_best(at, &ranked, &posteriors)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-8, "{sum}");
        }

        #[test]
        fn epsilon_propensities_add_up_to_one(n in 1usize..24, epsilon in 0.0f64..=1.0) {
            let ranked: Vec<usize> = (0..n).collect();
            let best = epsilon / n as f64 + 1.0 - epsilon;
            let rest = (n - 1) as f64 * epsilon / n as f64;
            prop_assert!((best + rest - 1.0).abs() < 1e-12);
            let posteriors = std::vec![Posterior { mean: 0.0, sd: 1.0 }; n];
            let policy = Policy::Epsilon { epsilon };
            for seed in 0..8 {
                let choice = policy.choose(&ranked, &posteriors, seed).expect("an hour is allowed");
                let expected = epsilon / n as f64
                    + if choice.index == 0 { 1.0 - epsilon } else { 0.0 };
                prop_assert_eq!(choice.propensity, expected);
            }
        }
    }

    /// The logged propensity is what the draws do.
    #[test]
    fn thompson_draws_follow_their_propensity() {
        let posteriors: Vec<Posterior> = [(-1.0, 0.4), (-0.8, 0.3), (-1.4, 0.6), (-0.9, 0.2)]
            .map(|(mean, sd)| Posterior { mean, sd })
            .to_vec();
        let ranked = [1, 3, 0, 2];
        let draws = 20_000;
        let mut counts = [0u32; 4];
        for seed in 0..draws {
            let choice = Policy::Thompson.choose(&ranked, &posteriors, seed).expect("allowed");
            counts[choice.index] += 1;
        }
        for (index, count) in counts.iter().enumerate() {
            let expected = probability_of_best(index, &ranked, &posteriors);
            let seen = f64::from(*count) / draws as f64;
            // Four standard errors of a share over 20,000 draws.
            assert!((seen - expected).abs() < 0.015, "{index}: {seen} for {expected}");
        }
    }

    #[test]
    fn no_allowed_hour_is_no_choice() {
        for policy in [Policy::Greedy, Policy::Epsilon { epsilon: 0.5 }, Policy::Thompson] {
            assert!(policy.choose(&[], &[], 1).is_none());
        }
    }
}
