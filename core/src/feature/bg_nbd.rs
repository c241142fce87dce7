//! BG/NBD, the "buy till you die" model of Fader, Hardie and Lee, "Counting Your Customers the
//! Easy Way" (Marketing Science, 2005).

use crate::num;

/// Parameters of BG/NBD. Time is in days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Its rate, in days.
    pub alpha: f64,
    /// First shape of the beta distribution of dropout probabilities.
    pub a: f64,
    /// Second shape of it.
    pub b: f64,
}

impl Default for BgNbd {
    /// The estimates of the paper for the CDNOW sample, alpha turned from weeks into days.
    fn default() -> Self {
        Self { r: 0.243, alpha: 7.0 * 4.414, a: 0.793, b: 2.426 }
    }
}

impl BgNbd {
    /// Whether every parameter is finite and above zero.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        [self.r, self.alpha, self.a, self.b].iter().all(|v| v.is_finite() && *v > 0.0)
    }

    /// Probability that a customer is still active: `x` repeat purchases, the last of them `t_x`
    /// days and now `t` days after the first purchase. 1 without a repeat purchase.
    #[must_use]
    pub fn p_alive(&self, x: f64, t_x: f64, t: f64) -> f64 {
        if x <= 0.0 {
            return 1.0;
        }
        let waited = num::ln((self.alpha + t.max(t_x)) / (self.alpha + t_x));
        let odds_dead =
            self.a / (self.b + x - 1.0).max(f64::MIN_POSITIVE) * num::exp((self.r + x) * waited);
        1.0 / (1.0 + odds_dead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand from the paper's P(alive): (1 + a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))^-1, with
    /// x = 2, t_x = 30.43 weeks, T = 38.86 weeks (customer 1 of the CDNOW sample): 0.7266.
    #[test]
    fn p_alive_of_the_first_cdnow_customer() {
        let p = BgNbd::default().p_alive(2.0, 7.0 * 30.43, 7.0 * 38.86);
        assert!((p - 0.726_6).abs() < 5e-4, "{p}");
    }

    #[test]
    fn p_alive_is_a_probability_at_extremes() {
        let model = BgNbd { r: 1e-9, alpha: 1e-9, a: 1e9, b: 1e-9 };
        for (x, t_x, t) in [(0.0, 0.0, 1e5), (1.0, 0.0, 1e5), (256.0, 0.0, 1e5), (5.0, 9.0, 3.0)] {
            for m in [model, BgNbd::default()] {
                let p = m.p_alive(x, t_x, t);
                assert!((0.0..=1.0).contains(&p), "{p}");
            }
        }
    }
}
