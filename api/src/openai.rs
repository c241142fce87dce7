//! The OpenAI form of errors.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;

/// The body of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiError {
    /// The error.
    pub error: OpenAiProblem,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiProblem {
    /// For people.
    pub message: String,
    /// `invalid_request_error` or `server_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The field that is wrong, where one is.
    pub param: Option<String>,
    /// The code of our table.
    pub code: ErrorCode,
}
