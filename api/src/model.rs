//! Which model made a prediction.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// The model behind a prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelRef {
    /// `lead`, `churn` or `engagement`.
    pub name: String,
    /// Version in the registry; `prior` for the shipped model.
    pub version: String,
    /// Alias by which it was found (`champion`), where it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alias: Option<String>,
    /// `prior`, `provisional` or `ready`.
    pub state: String,
    /// End of the data that it was trained on.
    pub trained_through: Instant,
    /// Feature set and its version, e.g. `lead/1`.
    pub feature_set: String,
    /// Fingerprint of the feature set, e.g. `x64:0123456789abcdef`.
    pub feature_set_hash: String,
}

/// Where a prediction was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ComputedOn {
    /// In the user's browser.
    Browser,
    /// At the edge.
    Edge,
    /// On the server or the command line.
    Native,
}
