//! How the service is.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// In one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// Everything that is configured works.
    Ok,
    /// Something does not.
    Degraded,
    /// Nothing can be answered.
    Down,
}

/// An engine or a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Component {
    /// `ready`, `loading` or `unavailable`.
    pub status: String,
    /// Version of the model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// How far the model may be trusted: `prior`, `provisional` or `ready`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// What went wrong on the way to it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
}

/// How the service is; the maps are there when the detail was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// In one word.
    pub status: HealthStatus,
    /// Version of the program.
    pub version: String,
    /// Seconds since it started.
    pub uptime_s: u64,
    /// Sentiment, voice, translation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phase1: Option<BTreeMap<String, Component>>,
    /// The models.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phase2: Option<BTreeMap<String, Component>>,
    /// Single checks in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checks: Option<BTreeMap<String, String>>,
}

/// Who is calling, and what they may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallerInfo {
    /// Whose data the caller sees.
    pub tenant: String,
    /// What the caller may do: `score`, `ingest`, `train`, `admin`, `metrics`.
    pub scopes: Vec<String>,
    /// The clock of the service.
    pub now: Instant,
}
