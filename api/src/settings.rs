//! A tenant's settings.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A span of local time, `HH:MM`; the end is excluded and may be 24:00.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First minute.
    pub start: String,
    /// Minute after the last.
    pub end: String,
}

/// Scores at which the tiers of leads begin: falling, above 0, at most 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LeadCutoffs {
    /// Lowest score of a hot lead.
    pub hot: f64,
    /// Lowest score of a warm lead.
    pub warm: f64,
    /// Lowest score of a cold lead; below it a lead is unqualified.
    pub cold: f64,
}

/// Probabilities at which the levels of churn risk begin: falling, above 0, at most 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChurnCutoffs {
    /// Lowest probability of a critical risk.
    pub critical: f64,
    /// Lowest probability of a high risk.
    pub high: f64,
    /// Lowest probability of a medium risk; below it a risk is low.
    pub medium: f64,
}

/// Multiples of the usual rate of replies at which the levels of engagement begin: falling, above 0,
/// at most 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EngagementCutoffs {
    /// Lowest multiple of a high engagement.
    pub high: f64,
    /// Lowest multiple of a medium engagement; below it an engagement is low.
    pub medium: f64,
}

/// Every setting of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TenantSettings {
    /// IANA name: for contacts whose own zone is not known.
    pub timezone: String,
    /// ISO 4217 code; amounts in others are left out of the features.
    pub currency: String,
    /// When the business is open, by day (`mon` to `sun`); a day left out is closed.
    pub opening_hours: BTreeMap<String, Vec<Span>>,
    /// Days of the weekend.
    pub weekend: Vec<String>,
    /// Local hours without marketing: none or one span, which may run over midnight.
    pub quiet_hours: Vec<Span>,
    /// Days between two trainings of each model by the service, up to 365; 0 = only when asked.
    pub retrain_days: u32,
    /// Where the tiers of leads begin; null for the cut-offs of the model that scores.
    pub lead_cutoffs: Option<LeadCutoffs>,
    /// Where the levels of churn risk begin; null for the cut-offs of the model that scores.
    pub churn_cutoffs: Option<ChurnCutoffs>,
    /// Where the levels of engagement begin; null for the cut-offs of the model that scores.
    pub engagement_cutoffs: Option<EngagementCutoffs>,
}

/// A change of settings: what is left out stays, null goes back to the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SettingsPatch {
    /// IANA name.
    pub timezone: Option<String>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// By day (`mon` to `sun`); a day left out is closed.
    pub opening_hours: Option<BTreeMap<String, Vec<Span>>>,
    /// Days of the weekend.
    pub weekend: Option<Vec<String>>,
    /// None or one span.
    pub quiet_hours: Option<Vec<Span>>,
    /// Up to 365; 0 = only when asked.
    pub retrain_days: Option<u32>,
    /// Falling, above 0, at most 100; null for the model's own.
    pub lead_cutoffs: Option<LeadCutoffs>,
    /// Falling, above 0, at most 1; null for the model's own.
    pub churn_cutoffs: Option<ChurnCutoffs>,
    /// Falling, above 0, at most 100; null for the model's own.
    pub engagement_cutoffs: Option<EngagementCutoffs>,
}
