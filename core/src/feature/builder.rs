//! Fits a feature context on the training part of the data, and on nothing else.

use alloc::vec::Vec;

use super::amount::{Rate, shrink};
use super::context::FeatureContext;
use super::engagement::{EngagementRaw, SendCandidate};
use super::opening::{OpeningHours, Weekdays};
use super::{BgNbd, ChurnRaw, LeadRaw};
use crate::event::{Currency, Money};
use crate::num;

/// Sums of one rate over many contacts.
#[derive(Clone, Copy, Debug, Default)]
struct Pool {
    k: u64,
    n: u64,
}

impl Pool {
    fn add(&mut self, rate: Rate) {
        self.k += u64::from(rate.k);
        self.n += u64::from(rate.n);
    }

    fn add_one(&mut self, success: bool) {
        self.k += u64::from(success);
        self.n += 1;
    }

    fn rate(self, prior: f64) -> f64 {
        shrink(self.k as f64, self.n as f64, prior)
    }
}

/// Collects raw amounts of training rows and makes the [`FeatureContext`] of them. Every rate is
/// the pooled rate of the rows, shrunk by five trials to the default's. Integers are summed, so
/// that the order of the rows changes no bit.
#[derive(Clone, Debug, Default)]
pub struct ContextBuilder {
    lead: [Pool; 5],
    churn: [Pool; 4],
    engagement: [Pool; 3],
    inbound_by_hour: [u64; 24],
    engaged: Pool,
    engaged_by_hour: [[Pool; 24]; 2],
    engaged_by_weekday: [Pool; 7],
    engaged_by_format: [Pool; 3],
    chars_ln_e9: Pool,
    orders: Vec<(Currency, i64)>,
    currency: Option<Currency>,
    bg_nbd: Option<BgNbd>,
    weekend: Weekdays,
    opening: Option<OpeningHours>,
}

impl ContextBuilder {
    /// A builder that has seen nothing: it finishes to the default context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a training row of the lead model.
    pub fn observe_lead(&mut self, raw: &LeadRaw) {
        let rates =
            [raw.lead_reply, raw.rich, raw.negative, raw.campaigns.read, raw.campaigns.engaged];
        self.lead.iter_mut().zip(rates).for_each(|(pool, rate)| pool.add(rate));
    }

    /// Adds a training row of the churn model.
    pub fn observe_churn(&mut self, raw: &ChurnRaw) {
        let rates = [raw.campaigns.read, raw.campaigns.engaged, raw.anger_disgust, raw.reopened];
        self.churn.iter_mut().zip(rates).for_each(|(pool, rate)| pool.add(rate));
    }

    /// Adds a training send: the contact before it, the message, and whether it was engaged with.
    pub fn observe_engagement(
        &mut self,
        raw: &EngagementRaw,
        candidate: &SendCandidate,
        engaged: bool,
    ) {
        let rates = [raw.reply, raw.read, raw.click];
        self.engagement.iter_mut().zip(rates).for_each(|(pool, rate)| pool.add(rate));
        for (sum, count) in self.inbound_by_hour.iter_mut().zip(raw.inbound_by_hour) {
            *sum += u64::from(count);
        }
        let (hour, weekday) = (candidate.local_hour(), candidate.local_weekday());
        let weekend = usize::from(self.weekend.contains(weekday));
        self.engaged.add_one(engaged);
        self.engaged_by_hour[weekend][usize::from(hour) % 24].add_one(engaged);
        self.engaged_by_weekday[usize::from(weekday) % 7].add_one(engaged);
        self.engaged_by_format[candidate.format() as usize].add_one(engaged);
        if let Some(chars) = candidate.chars {
            let ln = num::ln_1p(f64::from(chars));
            self.chars_ln_e9.k += num::round(ln * 1e9) as u64;
            self.chars_ln_e9.n += 1;
        }
    }

    /// Adds the amount of a paid order.
    pub fn observe_order(&mut self, amount: Money) {
        self.orders.push((amount.currency, amount.e4));
    }

    /// States the tenant's currency; without it, it is the one of most observed orders.
    pub fn set_currency(&mut self, currency: Currency) {
        self.currency = Some(currency);
    }

    /// States the tenant's weekend. Set it before the first send is observed.
    pub fn set_weekend(&mut self, weekend: Weekdays) {
        self.weekend = weekend;
    }

    /// States the tenant's opening hours.
    pub fn set_opening_hours(&mut self, opening: OpeningHours) {
        self.opening = Some(opening);
    }

    /// States the fitted model of purchases (ignored when a parameter is not above zero).
    pub fn set_bg_nbd(&mut self, bg_nbd: BgNbd) {
        self.bg_nbd = bg_nbd.is_valid().then_some(bg_nbd);
    }

    /// The context of what was observed.
    #[must_use]
    pub fn finish(self) -> FeatureContext {
        let mut context = FeatureContext::default();
        let lead = &mut context.lead;
        let rates = [
            &mut lead.reply_rate,
            &mut lead.rich_share,
            &mut lead.negative_share,
            &mut lead.campaign_read_rate,
            &mut lead.campaign_reply_rate,
        ];
        fit(&self.lead, rates);
        let churn = &mut context.churn;
        let rates = [
            &mut churn.campaign_read_rate,
            &mut churn.campaign_reply_rate,
            &mut churn.anger_disgust_share,
            &mut churn.reopened_share,
        ];
        fit(&self.churn, rates);
        let priors = &mut context.engagement;
        fit(
            &self.engagement,
            [&mut priors.reply_rate, &mut priors.read_rate, &mut priors.click_rate],
        );
        let inbound: u64 = self.inbound_by_hour.iter().sum();
        for (share, count) in priors.inbound_share_by_hour.iter_mut().zip(self.inbound_by_hour) {
            *share = shrink(count as f64, inbound as f64, *share);
        }
        let overall = self.engaged.rate(0.1);
        let by_hour = priors.engage_rate_by_hour.iter_mut().flatten();
        for (rate, pool) in by_hour.zip(self.engaged_by_hour.iter().flatten()) {
            *rate = pool.rate(overall);
        }
        for (rate, pool) in priors.engage_rate_by_weekday.iter_mut().zip(self.engaged_by_weekday) {
            *rate = pool.rate(overall);
        }
        for (rate, pool) in priors.engage_rate_by_format.iter_mut().zip(self.engaged_by_format) {
            *rate = pool.rate(overall);
        }
        if self.chars_ln_e9.n > 0 {
            let Pool { k, n } = self.chars_ln_e9;
            priors.message_chars_ln = k as f64 / (n as f64 * 1e9);
        }
        context.order = median_order(self.orders, self.currency);
        context.bg_nbd = self.bg_nbd.unwrap_or_default();
        context.weekend = self.weekend;
        context.opening = self.opening;
        context
    }
}

fn fit<const N: usize>(pools: &[Pool; N], rates: [&mut f64; N]) {
    for (rate, pool) in rates.into_iter().zip(pools) {
        *rate = pool.rate(*rate);
    }
}

/// The tenant's currency (stated, or that of most orders, alphabetical order breaking a tie) and
/// the median of its amounts above zero: the ceil(n/2)-th smallest.
fn median_order(
    mut orders: Vec<(Currency, i64)>,
    currency: Option<Currency>,
) -> Option<(Currency, i64)> {
    orders.retain(|(_, amount)| *amount > 0);
    orders.sort_unstable();
    let groups = orders.chunk_by(|a, b| a.0 == b.0);
    let group = match currency {
        Some(currency) => groups.into_iter().find(|g| g.first().is_some_and(|o| o.0 == currency)),
        // `max_by_key` would keep the last of equals.
        None => groups.reduce(|best, g| if g.len() > best.len() { g } else { best }),
    }?;
    group.get((group.len() - 1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(code: &str, e4: i64) -> Money {
        Money { e4, currency: Currency::new(code).expect("a currency") }
    }

    #[test]
    fn nothing_observed_is_the_default() {
        let context = ContextBuilder::new().finish();
        assert_eq!(context.lead, crate::feature::LeadPriors::default());
        assert_eq!(context.order, None);
        let shares = context.engagement.inbound_share_by_hour;
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_median_order_is_of_the_commonest_currency() {
        let mut builder = ContextBuilder::new();
        for (code, e4) in [("USD", 9), ("EUR", 4), ("EUR", 1), ("EUR", 2), ("EUR", 3), ("EUR", -5)]
        {
            builder.observe_order(money(code, e4));
        }
        let eur = money("EUR", 2);
        assert_eq!(builder.clone().finish().order, Some((eur.currency, 2)));
        builder.set_currency(money("USD", 0).currency);
        assert_eq!(builder.clone().finish().order.map(|o| o.1), Some(9));
        builder.set_currency(money("GBP", 0).currency);
        assert_eq!(builder.finish().order, None);
    }
}
