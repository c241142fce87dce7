//! Lead features: raw amounts and vector.

use super::amount::{Rate, ScoreSum, SlopeSums};
use super::lead_catalogue::LEAD;
use super::{FeatureContext, FeatureVector, LEAD_FEATURES};
use crate::contact::{ContactState, View};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};

/// How campaign sends of the last 90 (responses: 365) days were received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CampaignRaw {
    /// Delivered in the last 30 days.
    pub delivered_30d: u32,
    /// Read, of those delivered at least 24 h ago.
    pub read: Rate,
    /// Engaged with, of those delivered at least 24 h ago.
    pub engaged: Rate,
    /// Milliseconds since the newest engagement.
    pub since_response_ms: Option<i64>,
}

/// Exact amounts of one contact at one instant, for the lead features.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LeadRaw {
    /// First inbound to first reply, milliseconds.
    pub first_response_ms: Option<i64>,
    /// Median reply time of the business, 30 days, milliseconds.
    pub agent_reply_median_ms: Option<i64>,
    /// Median reply time of the lead, 30 days, milliseconds.
    pub lead_reply_median_ms: Option<i64>,
    /// Outbound turns answered within 24 h, 30 days.
    pub lead_reply: Rate,
    /// Outbound turns since the last inbound.
    pub unanswered_outbound: u32,
    /// Age of the first inbound after the last reply, milliseconds.
    pub open_wait_ms: i64,
    /// Since the newest inbound, milliseconds.
    pub since_last_inbound_ms: Option<i64>,
    /// Age of the lead, milliseconds.
    pub lead_age_ms: i64,
    /// Inbound, 30 days.
    pub inbound_30d: u32,
    /// Inbound, the last 7 days.
    pub inbound_7d: u32,
    /// Inbound, the 7 days before those.
    pub inbound_8_14d: u32,
    /// Days with an inbound, 30 days.
    pub active_days_30d: u32,
    /// Voice, media and locations of all inbound, 30 days.
    pub rich: Rate,
    /// Buttons, lists, flows, orders and product questions, 30 days.
    pub high_intent_30d: u32,
    /// Questions, 30 days.
    pub questions_30d: u32,
    /// Mood, 30 days.
    pub sentiment: ScoreSum,
    /// Mood of the newest scored inbound, 30 days, in steps of 1/32768.
    pub sentiment_last: Option<i32>,
    /// Trend of the mood, 30 days.
    pub sentiment_slope: SlopeSums,
    /// Negative messages, 30 days.
    pub negative: Rate,
    /// Joy less anger, 30 days.
    pub joy_minus_anger: ScoreSum,
    /// Whether an ad brought the contact.
    pub from_paid_ad: bool,
    /// Campaigns.
    pub campaigns: CampaignRaw,
}

impl LeadRaw {
    /// The amounts of a contact at `as_of`, which is at or after everything that the state knows.
    #[must_use]
    pub fn extract(state: &ContactState, as_of: TimestampMs) -> Self {
        let view = View::new(state, as_of);
        Self::from_view(&view)
    }

    /// The features, clipped to their ranges.
    #[must_use]
    pub fn features(&self, context: &FeatureContext) -> FeatureVector<LEAD_FEATURES> {
        let priors = &context.lead;
        let age_h = self.lead_age_ms as f64 / HOUR_MS as f64;
        let trend = i64::from(self.inbound_7d) - i64::from(self.inbound_8_14d);
        let both = i64::from(self.inbound_7d) + i64::from(self.inbound_8_14d);
        let values = [
            optional(self.first_response_ms, MINUTE_MS, f64::NAN),
            optional(self.agent_reply_median_ms, MINUTE_MS, f64::NAN),
            optional(self.lead_reply_median_ms, MINUTE_MS, f64::NAN),
            self.lead_reply.shrunk(priors.reply_rate),
            f64::from(self.unanswered_outbound),
            self.open_wait_ms as f64 / HOUR_MS as f64,
            optional(self.since_last_inbound_ms, HOUR_MS, age_h),
            self.lead_age_ms as f64 / DAY_MS as f64,
            f64::from(self.inbound_30d),
            trend as f64 / (both + 1) as f64,
            f64::from(self.active_days_30d),
            self.rich.shrunk(priors.rich_share),
            f64::from(self.high_intent_30d),
            f64::from(self.questions_30d),
            mean_or(self.sentiment, 0.0),
            self.sentiment_last.map_or(0.0, |steps| f64::from(steps) / 32_768.0),
            self.sentiment_slope.slope(),
            self.negative.shrunk(priors.negative_share),
            mean_or(self.joy_minus_anger, 0.0),
            f64::from(u8::from(self.from_paid_ad)),
            f64::from(self.campaigns.delivered_30d),
            self.campaigns.read.shrunk(priors.campaign_read_rate),
            self.campaigns.engaged.shrunk(priors.campaign_reply_rate),
            optional(self.campaigns.since_response_ms, DAY_MS, 365.0),
        ];
        FeatureVector::clip(values, &LEAD)
    }

    /// The values of [`LeadRaw::features`].
    #[must_use]
    pub fn vector(&self, context: &FeatureContext) -> [f32; LEAD_FEATURES] {
        self.features(context).values
    }
}

/// Milliseconds in units of `unit_ms`, or `missing`.
pub(super) fn optional(ms: Option<i64>, unit_ms: i64, missing: f64) -> f64 {
    ms.map_or(missing, |ms| ms as f64 / unit_ms as f64)
}

/// The mean, or `missing` of nothing.
pub(super) fn mean_or(sum: ScoreSum, missing: f64) -> f64 {
    if sum.n == 0 { missing } else { sum.mean() }
}
