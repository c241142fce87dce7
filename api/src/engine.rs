//! What the answers of every engine (sentiment, speech, translation) have.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::model::ComputedOn;
use crate::time::Instant;

/// The model of an engine. Unlike ours it has no features and no training data that we know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineModel {
    /// Its name, like `whisper`.
    pub name: String,
    /// Its version, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Its size by name, like `base`, where there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<String>,
}

/// The parts that stand in every answer of an engine, beside the result itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineOrigin {
    /// When it was computed.
    pub as_of: Instant,
    /// Where it was computed.
    pub computed_on: ComputedOn,
    /// The model.
    pub model: EngineModel,
    /// Identity of the request, where there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}
