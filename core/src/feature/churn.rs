//! Churn features: raw amounts and vector.

use alloc::vec::Vec;

use super::amount::{MoneySums, PurchaseDays, Rate, ScoreSum, SlopeSums};
use super::churn_catalogue::CHURN;
use super::lead::{CampaignRaw, mean_or, optional};
use super::{CHURN_FEATURES, FeatureContext, FeatureVector};
use crate::contact::{ContactState, View};
use crate::num;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};

/// Exact amounts of one contact at one instant, for the churn features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChurnRaw {
    /// Since the newest inbound, milliseconds.
    pub since_last_inbound_ms: Option<i64>,
    /// Since the newest paid purchase, milliseconds.
    pub since_last_purchase_ms: Option<i64>,
    /// Since the newest sign of life, milliseconds.
    pub since_last_seen_ms: Option<i64>,
    /// Age of the customer, milliseconds.
    pub customer_age_ms: i64,
    /// Median gap between days with an inbound, 365 days.
    pub median_gap_days: Option<u32>,
    /// Purchase days.
    pub purchase_days: Option<PurchaseDays>,
    /// Inbound, 30 days.
    pub inbound_30d: u32,
    /// Inbound, the 60 days before those.
    pub inbound_31_90d: u32,
    /// Days with an inbound, 90 days.
    pub active_days_90d: u32,
    /// Sessions, 90 days.
    pub sessions_90d: u32,
    /// Paid purchases, 365 days.
    pub purchases_365d: u32,
    /// Refunded, cancelled and failed purchases, 365 days.
    pub refunds_365d: u32,
    /// Money, one entry a currency, sorted by currency.
    pub money: Vec<MoneySums>,
    /// Campaigns.
    pub campaigns: CampaignRaw,
    /// Whether the contact opted out of marketing.
    pub opted_out: bool,
    /// Mood, 30 days.
    pub sentiment_30d: ScoreSum,
    /// Mood, 90 days.
    pub sentiment_90d: ScoreSum,
    /// Trend of the mood, 90 days.
    pub sentiment_slope: SlopeSums,
    /// Angry or disgusted messages, 90 days.
    pub anger_disgust: Rate,
    /// Mood of the worst session, 90 days.
    pub worst_session: Option<ScoreSum>,
    /// Conversations opened, 90 days.
    pub conversations_90d: u32,
    /// Age of the oldest open conversation, milliseconds.
    pub open_conversation_ms: i64,
    /// Median time to a first response, 90 days, milliseconds.
    pub first_response_median_ms: Option<i64>,
    /// Median time to a resolution, 90 days, milliseconds.
    pub resolution_median_ms: Option<i64>,
    /// Reopenings (at most the resolutions) of resolutions, 180 days.
    pub reopened: Rate,
    /// Sum of the ratings, 180 days.
    pub csat_sum: u32,
    /// Number of ratings, 180 days.
    pub csat_count: u32,
}

impl ChurnRaw {
    /// The amounts of a contact at `as_of`, which is at or after everything that the state knows.
    #[must_use]
    pub fn extract(state: &ContactState, as_of: TimestampMs) -> Self {
        let view = View::new(state, as_of);
        Self::from_view(&view)
    }

    /// The features, clipped to their ranges.
    #[must_use]
    pub fn features(&self, context: &FeatureContext) -> FeatureVector<CHURN_FEATURES> {
        let priors = &context.churn;
        let age = self.customer_age_ms as f64 / DAY_MS as f64;
        let silence = optional(self.since_last_inbound_ms, DAY_MS, age);
        let gap = self.median_gap_days.map_or(30.0, |days| f64::from(days.max(1)));
        let trend =
            (1.0 + f64::from(self.inbound_30d)) / (1.0 + f64::from(self.inbound_31_90d) / 2.0);
        let money = self.in_median_orders(context);
        let mut features = FeatureVector::clip(
            [
                silence,
                optional(self.since_last_purchase_ms, DAY_MS, f64::NAN),
                optional(self.since_last_seen_ms, DAY_MS, age),
                optional(self.campaigns.since_response_ms, DAY_MS, 365.0),
                age,
                silence / gap,
                self.p_alive(context),
                f64::from(self.inbound_30d),
                f64::from(self.active_days_90d),
                f64::from(self.sessions_90d),
                num::ln(trend),
                f64::from(self.purchases_365d),
                self.interpurchase_days(),
                self.campaigns.read.shrunk(priors.campaign_read_rate),
                self.campaigns.engaged.shrunk(priors.campaign_reply_rate),
                f64::from(u8::from(self.opted_out)),
                money.net_90d,
                money.net_365d,
                money.average_365d,
                num::ln((1.0 + money.net_90d.max(0.0)) / (1.0 + money.net_91_180d.max(0.0))),
                f64::from(self.refunds_365d),
                mean_or(self.sentiment_30d, f64::NAN),
                mean_or(self.sentiment_90d, f64::NAN),
                30.0 * self.sentiment_slope.slope(),
                self.anger_disgust.shrunk(priors.anger_disgust_share),
                self.worst_session.map_or(0.0, ScoreSum::mean),
                f64::from(self.conversations_90d),
                self.open_conversation_ms as f64 / HOUR_MS as f64,
                optional(self.first_response_median_ms, MINUTE_MS, f64::NAN),
                optional(self.resolution_median_ms, HOUR_MS, f64::NAN),
                self.reopened.shrunk(priors.reopened_share),
                if self.csat_count == 0 {
                    f64::NAN
                } else {
                    f64::from(self.csat_sum) / f64::from(self.csat_count)
                },
            ],
            &CHURN,
        );
        features.foreign_currency = money.foreign;
        features
    }

    /// The values of [`ChurnRaw::features`].
    #[must_use]
    pub fn vector(&self, context: &FeatureContext) -> [f32; CHURN_FEATURES] {
        self.features(context).values
    }

    fn p_alive(&self, context: &FeatureContext) -> f64 {
        self.purchase_days.map_or(f64::NAN, |days| {
            context.bg_nbd.p_alive(
                f64::from(days.repeats),
                f64::from(days.recency_days),
                f64::from(days.age_days),
            )
        })
    }

    fn interpurchase_days(&self) -> f64 {
        match self.purchase_days {
            Some(days) if days.repeats > 0 => {
                f64::from(days.recency_days) / f64::from(days.repeats)
            }
            _ => f64::NAN,
        }
    }

    fn in_median_orders(&self, context: &FeatureContext) -> MedianOrders {
        let mut out = MedianOrders { average_365d: f64::NAN, ..MedianOrders::default() };
        let Some((currency, median)) = context.order else { return out };
        out.foreign = self.money.iter().any(|sums| sums.currency != currency);
        if let Some(sums) = self.money.iter().find(|sums| sums.currency == currency) {
            let median = median as f64;
            out.net_90d = sums.net_90d as f64 / median;
            out.net_91_180d = sums.net_91_180d as f64 / median;
            out.net_365d = sums.net_365d as f64 / median;
            if sums.paid_count_365d > 0 {
                let orders = f64::from(sums.paid_count_365d) * median;
                out.average_365d = sums.paid_365d as f64 / orders;
            }
        }
        out
    }
}

/// Money in units of the tenant's median order.
#[derive(Default)]
struct MedianOrders {
    net_90d: f64,
    net_91_180d: f64,
    net_365d: f64,
    average_365d: f64,
    foreign: bool,
}
