//! Maximum likelihood for BG/NBD (Fader, Hardie and Lee, "Counting Your Customers the Easy Way",
//! Marketing Science 2005).

use chatsignal_core::feature::BgNbd;
use chatsignal_core::num;

use super::minimize;

/// Fewest customers that parameters are fitted to.
pub const CUSTOMERS_MIN: usize = 100;

/// A customer as the model sees one: days on which they bought, counted from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuyingHistory {
    /// x: purchase days after the first.
    pub repeats: u32,
    /// t_x: days from the first purchase day to the last.
    pub recency_days: u32,
    /// T: days from the first purchase day to now.
    pub age_days: u32,
}

impl BuyingHistory {
    /// From rising purchase days (repeats allowed) and today; `None` before the first purchase.
    #[must_use]
    pub fn new(days: &[i32], today: i32) -> Option<Self> {
        let known = &days[..days.partition_point(|day| *day <= today)];
        let (first, last) = (*known.first()?, *known.last()?);
        let distinct = known.windows(2).filter(|pair| pair[0] != pair[1]).count();
        Some(Self {
            repeats: u32::try_from(distinct).unwrap_or(u32::MAX),
            recency_days: last.abs_diff(first),
            age_days: today.abs_diff(first),
        })
    }
}

/// Probability that the customer makes no purchase in the next `days` days: churned already, or
/// alive and silent. Given alive, the purchase rate is gamma with shape `r + x` and rate
/// `alpha + T`, and nobody churns without buying.
#[must_use]
pub fn no_purchase(model: &BgNbd, customer: BuyingHistory, days: f64) -> f64 {
    let BuyingHistory { repeats, recency_days, age_days } = customer;
    let (x, t_x, age) = (f64::from(repeats), f64::from(recency_days), f64::from(age_days));
    let alive = model.p_alive(x, t_x, age);
    let silent =
        num::exp(-(model.r + x) * num::ln((model.alpha + age + days) / (model.alpha + age)));
    1.0 - alive * (1.0 - silent)
}

/// Fits the four parameters; `None` with fewer than [`CUSTOMERS_MIN`] customers, without a single
/// repeat purchase, or when the likelihood has no maximum inside sane bounds.
#[must_use]
pub fn fit(customers: &[BuyingHistory]) -> Option<BgNbd> {
    if customers.len() < CUSTOMERS_MIN || customers.iter().all(|c| c.repeats == 0) {
        return None;
    }
    let groups = grouped(customers);
    let total = customers.len() as f64;
    let cost = |point: &[f64]| -> f64 {
        if point.iter().any(|v| v.abs() > 12.0) {
            return f64::INFINITY;
        }
        -log_likelihood(&parameters(point), &groups) / total
    };
    let start = BgNbd::default();
    let start = [start.r, start.alpha, start.a, start.b].map(num::ln);
    let first = minimize(cost, &start, 0.5, 1e-8, 400);
    // A second start from the first end frees a simplex that has collapsed.
    let minimum = minimize(cost, &first.at, 0.1, 1e-10, 400);
    let model = parameters(&minimum.at);
    (minimum.value.is_finite() && model.is_valid()).then_some(model)
}

fn parameters(log: &[f64]) -> BgNbd {
    let at = |i: usize| num::exp(log[i]);
    BgNbd { r: at(0), alpha: at(1), a: at(2), b: at(3) }
}

/// Distinct histories with how often each occurs.
fn grouped(customers: &[BuyingHistory]) -> Vec<(BuyingHistory, f64)> {
    let mut sorted = customers.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect()
}

/// Sum of the log likelihoods (equation 6 of the paper, in logs).
fn log_likelihood(model: &BgNbd, groups: &[(BuyingHistory, f64)]) -> f64 {
    let BgNbd { r, alpha, a, b } = *model;
    let most = groups.iter().map(|(c, _)| c.repeats).max().unwrap_or(0) as usize;
    // ln Gamma(r + x) - ln Gamma(r) and the same of b and a + b, by the recurrence of Gamma.
    let mut rising = vec![[0.0f64; 3]; most + 1];
    for x in 1..=most {
        let i = (x - 1) as f64;
        let [of_r, of_b, of_ab] = rising[x - 1];
        rising[x] = [of_r + num::ln(r + i), of_b + num::ln(b + i), of_ab + num::ln(a + b + i)];
    }
    let r_ln_alpha = r * num::ln(alpha);
    let ln_a = num::ln(a);
    let mut sum = 0.0;
    for (customer, count) in groups {
        let x = f64::from(customer.repeats);
        let [of_r, of_b, of_ab] = rising[customer.repeats as usize];
        let alive = -(r + x) * num::ln(alpha + f64::from(customer.age_days));
        let inner = if customer.repeats == 0 {
            alive
        } else {
            let dropped = ln_a
                - num::ln(b + x - 1.0)
                - (r + x) * num::ln(alpha + f64::from(customer.recency_days));
            let high = alive.max(dropped);
            high + num::ln_1p(num::exp(alive.min(dropped) - high))
        };
        sum += count * (of_r + r_ln_alpha + of_b - of_ab + inner);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    /// Draws customers from the model itself: gamma rates, beta dropout after each purchase.
    fn simulated(model: &BgNbd, customers: usize) -> Vec<BuyingHistory> {
        let mut state = 42u64;
        let mut draw = move || {
            state = mix(state);
            unit(state).max(1e-12)
        };
        (0..customers)
            .map(|_| {
                // Gamma(1/4) and Beta by rejection-free sums are not at hand: integer shapes.
                let rate = -(draw().ln() + draw().ln()) / model.alpha;
                let dropout = 1.0 - draw().powf(1.0 / model.b);
                let age = 200 + (draw() * 200.0) as u32;
                let (mut t, mut repeats, mut last) = (0.0, 0, 0.0);
                while draw() >= if repeats == 0 { 0.0 } else { dropout } {
                    t += -draw().ln() / rate;
                    if t > f64::from(age) {
                        break;
                    }
                    repeats += 1;
                    last = t;
                }
                BuyingHistory { repeats, recency_days: last as u32, age_days: age }
            })
            .collect()
    }

    #[test]
    fn recovers_the_parameters_of_its_own_draws() {
        let truth = BgNbd { r: 2.0, alpha: 60.0, a: 1.0, b: 3.0 };
        let fitted = fit(&simulated(&truth, 20_000)).expect("enough customers");
        let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.15;
        assert!(near(fitted.r, truth.r) && near(fitted.alpha, truth.alpha), "{fitted:?}");
        let dropout = |m: &BgNbd| m.a / (m.a + m.b);
        assert!((dropout(&fitted) - dropout(&truth)).abs() < 0.03, "{fitted:?}");
    }

    #[test]
    fn histories_count_days_not_purchases() {
        let days = [10, 10, 15, 15, 30, 90];
        let history = BuyingHistory::new(&days, 40);
        assert_eq!(history, Some(BuyingHistory { repeats: 2, recency_days: 20, age_days: 30 }));
        assert_eq!(BuyingHistory::new(&days, 9), None);
        assert_eq!(BuyingHistory::new(&[], 9), None);
    }

    #[test]
    fn silence_is_likelier_for_shorter_and_for_the_longer_gone() {
        let model = BgNbd::default();
        let at = |age_days| BuyingHistory { repeats: 3, recency_days: 100, age_days };
        assert!(no_purchase(&model, at(110), 30.0) > no_purchase(&model, at(110), 90.0));
        assert!(no_purchase(&model, at(110), 90.0) < no_purchase(&model, at(400), 90.0));
        assert!((0.0..=1.0).contains(&no_purchase(&model, at(100_000), 1e6)));
    }

    #[test]
    fn too_little_to_fit_is_no_model() {
        let once = BuyingHistory { repeats: 0, recency_days: 0, age_days: 100 };
        assert_eq!(fit(&[once; 99]), None);
        assert_eq!(fit(&[once; 500]), None);
    }
}
