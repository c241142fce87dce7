//! The contacts of the log.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::contact;
use serde::{Deserialize, Serialize};

use crate::event::EventObject;
use crate::feedback::FeedbackEntry;
use crate::prediction::Trend;
use crate::time::Instant;

/// What a contact consents to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    /// Whether marketing may be sent, as far as the contact is concerned.
    pub marketing_allowed: bool,
    /// Opted out of marketing messages.
    pub opted_out: bool,
    /// Objected to direct marketing and to profiling for it: no lead and engagement scores.
    pub objected: bool,
    /// Has probably blocked the business.
    pub block_suspected: bool,
}

impl From<contact::Consent> for Consent {
    fn from(consent: contact::Consent) -> Self {
        Self {
            marketing_allowed: consent.allows_marketing(),
            opted_out: consent.opted_out,
            objected: consent.objected,
            block_suspected: consent.block_suspected,
        }
    }
}

/// One score of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LatestScore {
    /// A lead score of 0 to 100, else a probability.
    pub value: f64,
    /// Tier, level of risk or level of engagement.
    pub label: String,
    /// When it was computed.
    pub computed_at: Instant,
}

/// The newest scores that were kept; a model that has not scored the contact is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LatestScores {
    /// Lead score.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lead: Option<LatestScore>,
    /// Churn probability.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub churn: Option<LatestScore>,
    /// Probability of a reply.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engagement: Option<LatestScore>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// Our id.
    pub contact_id: String,
    /// Name in the directory.
    pub name: Option<String>,
    /// Phone number with country code; its last two digits alone for keys without the scope admin.
    pub phone: Option<String>,
    /// The source's own id; for keys with the scope admin only, since it may be a phone number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<String>,
    /// Country, ISO 3166.
    pub country: Option<String>,
    /// Events in the log.
    pub events: u64,
    /// When the first happened.
    pub first_activity_at: Instant,
    /// When the last happened.
    pub last_activity_at: Instant,
    /// What the contact consents to.
    pub consent: Consent,
    /// Newest scores.
    pub scores: LatestScores,
    /// The newest lead score against the one of a week before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trend: Option<Trend>,
    /// The best local hour for a marketing message, as of the newest engagement score.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub best_hour: Option<u8>,
    /// The hours of the newest engagement score, where they were asked for and there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub send_hours: Option<SendHours>,
}

/// The coming 24 hours as the newest engagement score of a contact saw them: lists of equal length, in
/// order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendHours {
    /// When the first of them begins; each of the others an hour after the one before.
    pub first_send_at: Instant,
    /// Local hours, 0 to 23.
    pub hours: Vec<u8>,
    /// Probability of a reply to a marketing message that is sent then.
    pub probabilities: Vec<f64>,
    /// Whether one may send then.
    pub allowed: Vec<bool>,
}

/// What contacts are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContactSort {
    /// Our id.
    #[default]
    Id,
    /// Newest activity first.
    LastActivity,
    /// Greatest lead score first.
    LeadScore,
    /// Greatest churn probability first.
    ChurnProbability,
    /// Greatest probability of a reply first.
    EngagementProbability,
}

/// Which contacts to list; what is left out does not count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct ContactQuery {
    /// Tier of the newest lead score.
    #[cfg_attr(feature = "openapi", param(value_type = Option<crate::openapi::Tier>), schema(value_type = Option<crate::openapi::Tier>))]
    pub tier: Option<String>,
    /// Level of the newest churn risk.
    #[cfg_attr(feature = "openapi", param(value_type = Option<crate::openapi::RiskLevel>), schema(value_type = Option<crate::openapi::RiskLevel>))]
    pub risk_level: Option<String>,
    /// Level of the newest probability of a reply.
    #[cfg_attr(feature = "openapi", param(value_type = Option<crate::openapi::EngagementLevel>), schema(value_type = Option<crate::openapi::EngagementLevel>))]
    pub level: Option<String>,
    /// Whether marketing may be sent, as far as the contact is concerned.
    pub marketing_allowed: Option<bool>,
    /// Last activity at or after this instant.
    pub active_since: Option<Instant>,
    /// No activity since this instant.
    pub inactive_since: Option<Instant>,
    /// What to sort by.
    pub sort: ContactSort,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Contacts of a page, 1 to 1000 [default: 50].
    #[cfg_attr(
        feature = "openapi",
        param(minimum = 1, maximum = 1_000),
        schema(minimum = 1, maximum = 1_000)
    )]
    pub limit: Option<u16>,
    /// Whether to give the hours of the newest engagement score too.
    pub send_hours: bool,
}

/// A search by name. Names stand in a body, never in an address, which proxies write to their logs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactSearch {
    /// Part of the name; letters of ASCII match in both cases.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub name: String,
    /// Which of them, in which order.
    #[serde(default, deserialize_with = "crate::object::object")]
    pub filter: ContactQuery,
}

/// One page of contacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactPage {
    /// The contacts.
    pub contacts: Vec<Contact>,
    /// How many pass the filter, on all pages.
    pub total: u64,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// Events of one contact, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventPage<E = EventObject> {
    /// The events, in the format of `docs/EVENTS.md`. They hold no text, name or number.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<EventObject>))]
    pub events: Vec<E>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// What people said of one contact, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactFeedback {
    /// At most the newest 200.
    pub feedback: Vec<FeedbackEntry>,
}

/// A score of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreEntry {
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// Version of the model; `prior` for the shipped one.
    pub version: String,
    /// A lead score of 0 to 100, else a probability.
    pub value: f64,
    /// Tier, level of risk or level of engagement.
    pub label: String,
    /// When it was computed.
    pub computed_at: Instant,
    /// The instant that it speaks about.
    pub as_of: Instant,
}

/// Scores of one contact, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScorePage {
    /// The scores.
    pub scores: Vec<ScoreEntry>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// A prediction as it was kept, with its explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationEntry<P> {
    /// The score.
    #[serde(flatten)]
    pub score: ScoreEntry,
    /// The prediction, as the model's predict route answered it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub prediction: P,
}

/// Explanations of one contact's scores, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplanationPage<P> {
    /// The explanations.
    pub explanations: Vec<ExplanationEntry<P>>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}
