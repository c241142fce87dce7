//! Engagement features: raw amounts of the contact, the candidate send, and the vector of both.

use super::amount::{Rate, shrink};
use super::engagement_catalogue::ENGAGEMENT;
use super::hours;
use super::lead::optional;
use super::{ENGAGEMENT_FEATURES, FeatureContext, FeatureVector};
use crate::contact::{ContactState, View};
use crate::event::{LanguageTag, MessageCategory};
use crate::num;
use crate::time::{HOUR_MS, MINUTE_MS, TimestampMs, UtcOffsetMin};

/// Format of a send, by what stands out most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text = 0,
    Media = 1,
    Buttons = 2,
}

impl Format {
    pub(crate) fn of(has_media: bool, has_buttons: bool) -> Self {
        match (has_buttons, has_media) {
            (true, _) => Self::Buttons,
            (false, true) => Self::Media,
            (false, false) => Self::Text,
        }
    }
}

/// A message that could be sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SendCandidate {
    /// When it would be sent.
    pub send_at: TimestampMs,
    /// Offset of the contact's local time from UTC then.
    pub utc_offset: UtcOffsetMin,
    /// Category, where known.
    pub category: Option<MessageCategory>,
    /// Language, where known.
    pub language: Option<LanguageTag>,
    /// Characters of text, where known.
    pub chars: Option<u32>,
    /// Whether it carries a picture, video, audio or document.
    pub has_media: bool,
    /// Whether it offers buttons.
    pub has_buttons: bool,
}

impl SendCandidate {
    /// A marketing message of unknown text at an instant.
    #[must_use]
    pub fn at(send_at: TimestampMs, utc_offset: UtcOffsetMin) -> Self {
        Self {
            send_at,
            utc_offset,
            category: None,
            language: None,
            chars: None,
            has_media: false,
            has_buttons: false,
        }
    }

    pub(crate) fn local_hour(&self) -> u8 {
        self.utc_offset.local_hour(self.send_at)
    }

    pub(crate) fn local_weekday(&self) -> u8 {
        self.utc_offset.local_weekday(self.send_at)
    }

    pub(crate) fn format(&self) -> Format {
        Format::of(self.has_media, self.has_buttons)
    }

    /// Minutes from local midnight.
    fn local_minute(&self) -> u16 {
        let minutes = self.send_at.0.div_euclid(MINUTE_MS) + i64::from(self.utc_offset.0);
        minutes.rem_euclid(1_440) as u16
    }
}

/// Exact amounts of one contact when a send is planned. Rates are over the sends of the window
/// that were delivered at least 24 h before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EngagementRaw {
    /// Inbound by local hour, 90 days.
    pub inbound_by_hour: [u32; 24],
    /// Sends engaged with by local hour, 180 days.
    pub engaged_by_hour: [u32; 24],
    /// Sends by local hour, 180 days.
    pub sends_by_hour: [u32; 24],
    /// Sends engaged with by local weekday, 180 days.
    pub by_weekday: [Rate; 7],
    /// Sends engaged with by format (text, media, buttons), 180 days.
    pub by_format: [Rate; 3],
    /// Sends answered, 90 days.
    pub reply: Rate,
    /// Sends read, 90 days.
    pub read: Rate,
    /// Sends clicked, 90 days.
    pub click: Rate,
    /// Sends that did not fail, 7 days.
    pub sends_7d: u32,
    /// The newest send that did not fail, 90 days.
    pub last_send_at: Option<TimestampMs>,
    /// The newest inbound.
    pub last_inbound_at: Option<TimestampMs>,
    /// Sends since the newest one engaged with.
    pub unanswered_sends: u32,
    /// Deliveries refused by limits, 30 days.
    pub delivery_limited_30d: u32,
    /// The commonest language of the contact's scored inbound.
    pub language: Option<LanguageTag>,
}

impl EngagementRaw {
    /// The amounts of a contact at the instant of the decision, which is at or after everything
    /// that the state knows.
    #[must_use]
    pub fn extract(state: &ContactState, decision_at: TimestampMs) -> Self {
        let view = View::new(state, decision_at);
        Self::from_view(&view)
    }

    /// The features of a candidate, clipped to their ranges.
    #[must_use]
    pub fn features(
        &self,
        candidate: &SendCandidate,
        context: &FeatureContext,
    ) -> FeatureVector<ENGAGEMENT_FEATURES> {
        let priors = &context.engagement;
        let (hour, weekday) = (candidate.local_hour(), candidate.local_weekday());
        let weekend = context.weekend.contains(weekday);
        let (hour_sin, hour_cos) = hours::hour_sin_cos(hour);
        let (dow_sin, dow_cos) = hours::weekday_sin_cos(weekday);
        let tenant_hour = priors.engage_rate_by_hour[usize::from(weekend)][usize::from(hour) % 24];
        let day = usize::from(weekday) % 7;
        let inbound: u64 = self.inbound_by_hour.iter().map(|n| u64::from(*n)).sum();
        let since = |at: Option<TimestampMs>| at.map(|at| candidate.send_at.since(at));
        let inbound_h = optional(since(self.last_inbound_at), HOUR_MS, 8_760.0);
        let format = candidate.format() as usize;
        let open =
            context.opening.is_none_or(|hours| hours.is_open(weekday, candidate.local_minute()));
        let values = [
            hour_sin,
            hour_cos,
            dow_sin,
            dow_cos,
            number(weekend),
            shrink(
                hours::smoothed(&self.inbound_by_hour, hour),
                inbound as f64,
                hours::smoothed_share(&priors.inbound_share_by_hour, hour),
            ),
            shrink(
                hours::smoothed(&self.engaged_by_hour, hour),
                hours::smoothed(&self.sends_by_hour, hour),
                tenant_hour,
            ),
            self.by_weekday[day].shrunk(priors.engage_rate_by_weekday[day]),
            tenant_hour,
            hours::modal_hour(&self.inbound_by_hour)
                .map_or(6.0, |peak| f64::from(hours::circular_distance(hour, peak))),
            hours::concentration(&self.inbound_by_hour),
            number(open),
            self.reply.shrunk(priors.reply_rate),
            self.read.shrunk(priors.read_rate),
            self.click.shrunk(priors.click_rate),
            f64::from(self.sends_7d),
            optional(since(self.last_send_at), HOUR_MS, 2_160.0),
            inbound_h,
            (24.0 - inbound_h).clamp(0.0, 24.0),
            f64::from(self.unanswered_sends),
            f64::from(self.delivery_limited_30d),
            number(candidate.category.is_none_or(|c| c == MessageCategory::Marketing)),
            number(self.language_matches(candidate)),
            candidate.chars.map_or(priors.message_chars_ln, |chars| num::ln_1p(f64::from(chars))),
            number(candidate.has_media),
            number(candidate.has_buttons),
            self.by_format[format].shrunk(priors.engage_rate_by_format[format]),
        ];
        FeatureVector::clip(values, &ENGAGEMENT)
    }

    /// The values of [`EngagementRaw::features`].
    #[must_use]
    pub fn vector(
        &self,
        candidate: &SendCandidate,
        context: &FeatureContext,
    ) -> [f32; ENGAGEMENT_FEATURES] {
        self.features(candidate, context).values
    }

    fn language_matches(&self, candidate: &SendCandidate) -> bool {
        match (&self.language, &candidate.language) {
            (Some(own), Some(message)) => own.primary() == message.primary(),
            _ => true,
        }
    }
}

fn number(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}
