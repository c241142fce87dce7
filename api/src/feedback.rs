//! What people say of scores and recommendations.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// One word of feedback about a contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedbackRequest {
    /// A contact of the log.
    pub contact_id: String,
    /// `recommendation`, `score` or `label`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::FeedbackType))]
    pub kind: String,
    /// For a recommendation: the action that was recommended.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::Action>))]
    pub action: Option<String>,
    /// For a recommendation: `done` or `dismissed`.
    #[serde(default)]
    pub outcome: Option<String>,
    /// For a score: `lead`, `churn` or `engagement`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::openapi::ModelName>))]
    pub model: Option<String>,
    /// For a score: `right` or `wrong`.
    #[serde(default)]
    pub verdict: Option<String>,
    /// For a score that was wrong: the tier or level that would have been right.
    #[serde(default)]
    pub expected: Option<String>,
    /// For a label: the label, at most 64 bytes.
    #[serde(default)]
    pub label: Option<String>,
}

/// Feedback that was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackKept {
    /// Its id.
    pub feedback_id: String,
    /// When it was kept.
    pub created_at: Instant,
}

/// One word of feedback as it was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackEntry {
    /// Its id.
    pub feedback_id: String,
    /// When it was kept.
    pub created_at: Instant,
    /// `recommendation`, `score` or `label`.
    #[serde(rename = "type")]
    pub kind: String,
    /// For a score: which model's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<String>,
    /// The action, the tier or level that would have been right, or the label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// `done`, `dismissed`, `right`, `wrong` or `set`.
    pub verdict: String,
}

/// How often something was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackCount {
    /// `recommendation`, `score` or `label`.
    #[serde(rename = "type")]
    pub kind: String,
    /// For a score: which model's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<String>,
    /// The action, the tier or level that would have been right, or the label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    /// `done`, `dismissed`, `right`, `wrong` or `set`.
    pub verdict: String,
    /// How often.
    pub count: u64,
}

/// What was said how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackSummary {
    /// Most frequent first, at most 1,000.
    pub counts: Vec<FeedbackCount>,
}
