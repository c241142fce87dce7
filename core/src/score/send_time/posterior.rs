//! How sure an hour's probability is.

use super::HourEstimate;
use crate::num;

/// How many past sends the model's estimate for an unknown contact is worth. A convention: it sets
/// how fast a contact's own history narrows the interval.
pub(super) const PRIOR_SENDS: f64 = 20.0;
/// Standard normal quantile of a two-sided 90 % interval.
const Z_90: f64 = 1.644_853_626_951_472_7;

/// The probability of a reply in one hour as a logit-normal: mean `logit(p)`, and by the delta
/// method the standard deviation `1 / sqrt(n p (1 - p))` of a share seen in `n` sends, where `n`
/// is the contact's own evidence plus `PRIOR_SENDS`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posterior {
    pub(super) mean: f64,
    pub(super) sd: f64,
}

impl Posterior {
    pub(super) fn of(estimate: &HourEstimate) -> Self {
        // A probability of exactly 0 or 1 has no logit; one in ten thousand is as good as either.
        let p = estimate.probability.clamp(1e-4, 1.0 - 1e-4);
        let sends = PRIOR_SENDS + estimate.evidence.max(0.0);
        Self { mean: num::logit(p), sd: 1.0 / num::sqrt(sends * p * (1.0 - p)) }
    }

    /// The central 90 %.
    pub(super) fn interval(self) -> (f64, f64) {
        let reach = Z_90 * self.sd;
        (num::sigmoid(self.mean - reach), num::sigmoid(self.mean + reach))
    }
}
