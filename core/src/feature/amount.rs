//! Exact raw amounts: counts and integer sums, divided once and last.

use crate::event::Currency;

/// Weight of the prior in a shrunk rate, in trials.
pub const PRIOR_TRIALS: f64 = 5.0;

/// `k` successes in `n` trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Successes.
    pub k: u32,
    /// Trials.
    pub n: u32,
}

impl Rate {
    /// One more trial.
    pub(crate) fn add(&mut self, success: bool) {
        self.k = self.k.saturating_add(u32::from(success));
        self.n = self.n.saturating_add(1);
    }

    /// `(k + 5 p0) / (n + 5)`: the prior `p0` weighs as much as five trials.
    #[must_use]
    pub fn shrunk(self, p0: f64) -> f64 {
        shrink(f64::from(self.k), f64::from(self.n), p0)
    }
}

/// `(k + 5 p0) / (n + 5)`, for weighted counts.
#[must_use]
pub(crate) fn shrink(k: f64, n: f64, p0: f64) -> f64 {
    (k + PRIOR_TRIALS * p0) / (n + PRIOR_TRIALS)
}

/// A sum of `n` terms in units of 1/32768 (differences of two Q15 probabilities).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScoreSum {
    /// The sum, in steps of 1/32768.
    pub sum: i64,
    /// Number of terms.
    pub n: u32,
}

impl ScoreSum {
    pub(crate) fn add(&mut self, steps: i32) {
        self.sum = self.sum.saturating_add(i64::from(steps));
        self.n = self.n.saturating_add(1);
    }

    /// The mean; NaN of nothing.
    #[must_use]
    pub fn mean(self) -> f64 {
        self.sum as f64 / (32_768.0 * f64::from(self.n))
    }
}

/// Sums for the least-squares slope of scores against local days. Everything is an integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlopeSums {
    /// Number of points.
    pub n: u32,
    /// Sum of x: days before the day of the as-of instant, negative or 0 for the past.
    pub x: i64,
    /// Sum of x squared.
    pub xx: i64,
    /// Sum of y, in steps of 1/32768.
    pub y: i64,
    /// Sum of x times y.
    pub xy: i64,
}

impl SlopeSums {
    pub(crate) fn add(&mut self, x: i32, y: i32) {
        let (x, y) = (i64::from(x), i64::from(y));
        self.n = self.n.saturating_add(1);
        self.x += x;
        self.xx += x * x;
        self.y += y;
        self.xy += x * y;
    }

    /// Change of the score per day; 0 with fewer than three points or fewer than two days.
    #[must_use]
    pub fn slope(self) -> f64 {
        let n = i64::from(self.n);
        let spread = n * self.xx - self.x * self.x;
        if self.n < 3 || spread == 0 {
            return 0.0;
        }
        (n * self.xy - self.x * self.y) as f64 / (32_768.0 * spread as f64)
    }
}

/// Money of one currency, in ten-thousandths of its main unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneySums {
    /// The currency.
    pub currency: Currency,
    /// Paid less refunded, last 90 days.
    pub net_90d: i64,
    /// Paid less refunded, the 90 days before those.
    pub net_91_180d: i64,
    /// Paid less refunded, last 365 days.
    pub net_365d: i64,
    /// Paid, last 365 days.
    pub paid_365d: i64,
    /// Number of paid purchases, last 365 days.
    pub paid_count_365d: u32,
}

impl MoneySums {
    pub(crate) fn none(currency: Currency) -> Self {
        Self { currency, net_90d: 0, net_91_180d: 0, net_365d: 0, paid_365d: 0, paid_count_365d: 0 }
    }
}

/// Purchase days, for BG/NBD and the time between purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurchaseDays {
    /// x: purchase days after the first.
    pub repeats: u32,
    /// t_x: days from the first purchase day to the last.
    pub recency_days: u32,
    /// T: days from the first purchase day to the as-of instant.
    pub age_days: u32,
}
