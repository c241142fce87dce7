//! The best hour to write.

use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::score::send_time::{Block, Policy, SendTimePlan};
use chatsignal_core::score::{EngagementScore, Suppression};
use serde::{Deserialize, Serialize};

use crate::engagement::Message;
use crate::event::EventObject;
use crate::prediction::{Explanation, Features, Origin, Warning, warnings};
use crate::time::Instant;

/// A span of local time that is quiet, `hh:mm` each; it may run over midnight, or end with the day
/// as `24:00`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct QuietSpan {
    /// Start.
    pub start: String,
    /// End.
    pub end: String,
}

/// How to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PolicyName {
    /// The best hour.
    #[default]
    Greedy,
    /// The best hour, but sometimes any.
    Epsilon,
    /// Every hour as often as it may be the best.
    Thompson,
}

/// Asks for the best hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OptimalTimeRequest<E = EventObject> {
    /// The contact; with features it is only echoed.
    #[serde(default)]
    pub contact_id: Option<String>,
    /// The features that do not depend on the hour; those left out are missing.
    #[serde(default, alias = "contact_data")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::EngagementFeatures>))]
    pub features: Option<Features>,
    /// Events of one contact, instead of features: the server computes the features.
    #[serde(default = "Option::default")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<EventObject>>))]
    pub events: Option<Vec<E>>,
    /// The instant of the decision: what was known then counts; now when left out.
    #[serde(default)]
    pub as_of: Option<Instant>,
    /// Local hours to consider; all 24 when left out.
    #[serde(default)]
    pub hours_to_test: Option<Vec<u8>>,
    /// Local date, `YYYY-MM-DD`; the coming 24 hours when left out.
    #[serde(default)]
    pub date: Option<String>,
    /// IANA name of the contact's time zone (where the host has a database).
    #[serde(default)]
    pub timezone: Option<String>,
    /// Offset from UTC in minutes, instead of a time zone.
    #[serde(default)]
    pub utc_offset_minutes: Option<i16>,
    /// Quiet hours; the tenant's or the country's when left out.
    #[serde(default, deserialize_with = "crate::object::nullable")]
    pub quiet_hours: Option<QuietSpan>,
    /// The message.
    #[serde(default, deserialize_with = "crate::object::object")]
    pub message: Message,
    /// How to choose.
    #[serde(default)]
    pub policy: PolicyName,
    /// Share of exploration of the policy `epsilon`; 0.1 when left out.
    #[serde(default)]
    pub epsilon: Option<f64>,
    /// Seed of the policies that draw.
    #[serde(default)]
    pub seed: u64,
}

/// Asks for the best hours of many contacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OptimalTimeBatchRequest<R = OptimalTimeRequest> {
    /// The contacts.
    pub contacts: Vec<R>,
}

impl<E> OptimalTimeRequest<E> {
    /// The policy asked for.
    #[must_use]
    pub fn policy(&self) -> Policy {
        match self.policy {
            PolicyName::Greedy => Policy::Greedy,
            PolicyName::Epsilon => Policy::Epsilon { epsilon: self.epsilon.unwrap_or(0.1) },
            PolicyName::Thompson => Policy::Thompson,
        }
    }
}

/// One hour of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hour {
    /// Local hour.
    pub hour: u8,
    /// When the message would be sent.
    pub send_at: Instant,
    /// Probability of a reply.
    pub probability: f64,
    /// Lower end of its 90 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Whether one may send then.
    pub allowed: bool,
    /// The first rule that forbids it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Block>))]
    pub blocked_by: Option<Block>,
    /// Every rule that forbids it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::openapi::Block>))]
    pub blocks: Vec<Block>,
}

/// The constraints at the chosen hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Constraints {
    /// Whether the 24-hour window is open.
    pub window_open: bool,
    /// Whether only a template may be sent.
    pub template_required: bool,
    /// Whether WhatsApp has limited marketing to this contact lately.
    pub marketing_limited: bool,
}

/// The best hour to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OptimalTime {
    /// The contact.
    pub contact_id: Option<String>,
    /// Why the contact must not be scored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Suppression>))]
    pub suppressed: Option<Suppression>,
    /// Local hour of the choice; null when every hour is forbidden.
    pub optimal_hour: Option<u8>,
    /// Its instant.
    pub optimal_send_at: Option<Instant>,
    /// Its probability of a reply.
    pub engagement_probability: Option<f64>,
    /// How much of the estimate is the contact's own, 0 to 1.
    pub confidence: f64,
    /// How many sends to the contact the plan knows of.
    pub evidence_sends: u32,
    /// Every hour asked about, in order of time.
    pub hourly: Vec<Hour>,
    /// The next best allowed hours.
    pub alternatives: Vec<u8>,
    /// Whether nothing is known about the contact's hours.
    pub fallback_used: bool,
    /// Probability with which the policy made this choice.
    pub propensity: f64,
    /// How it was chosen.
    pub policy: String,
    /// The constraints at the choice; null when the contact must not be scored.
    pub constraints: Option<Constraints>,
    /// Why the contact may answer at the choice.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::ExplanationIfAsked))]
    pub explanation: Option<Explanation>,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: Origin,
}

impl OptimalTime {
    /// The answer about one contact; `at_choice` is the score at the chosen hour.
    #[must_use]
    pub fn new(
        contact_id: Option<String>,
        plan: &SendTimePlan,
        at_choice: Option<&EngagementScore>,
        policy: Policy,
        origin: Origin,
    ) -> Self {
        let best = plan.optimal();
        Self {
            contact_id,
            suppressed: None,
            optimal_hour: best.map(|hour| hour.hour),
            optimal_send_at: best.map(|hour| Instant(hour.send_at)),
            engagement_probability: best.map(|hour| hour.probability),
            confidence: plan.confidence,
            evidence_sends: plan.evidence_sends,
            hourly: plan
                .hours
                .iter()
                .map(|hour| Hour {
                    hour: hour.hour,
                    send_at: Instant(hour.send_at),
                    probability: hour.probability,
                    lower: hour.lower,
                    upper: hour.upper,
                    allowed: hour.allowed(),
                    blocked_by: hour.blocked_by.first().copied(),
                    blocks: hour.blocked_by.clone(),
                })
                .collect(),
            alternatives: plan
                .alternatives
                .iter()
                .filter_map(|&at| plan.hours.get(at))
                .map(|hour| hour.hour)
                .collect(),
            fallback_used: plan.fallback_used,
            propensity: plan.propensity,
            policy: policy.as_str().into(),
            constraints: Some(Constraints {
                window_open: plan.window_open,
                template_required: plan.template_required,
                marketing_limited: plan.marketing_limited,
            }),
            explanation: at_choice.and_then(|s| s.reasons.as_ref()).map(Explanation::from),
            warnings: at_choice.map_or_else(Vec::new, |s| warnings(&s.warnings)),
            origin,
        }
    }

    /// The answer about a contact who must not be scored.
    #[must_use]
    pub fn suppressed(
        contact_id: Option<String>,
        why: Suppression,
        policy: Policy,
        origin: Origin,
    ) -> Self {
        Self {
            contact_id,
            suppressed: Some(why),
            optimal_hour: None,
            optimal_send_at: None,
            engagement_probability: None,
            confidence: 0.0,
            evidence_sends: 0,
            hourly: Vec::new(),
            alternatives: Vec::new(),
            fallback_used: false,
            propensity: 0.0,
            policy: policy.as_str().into(),
            constraints: None,
            explanation: None,
            warnings: Vec::new(),
            origin,
        }
    }
}
