//! Errors: one table of codes, one body (RFC 9457, `application/problem+json`).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $item:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// Every error that a caller can meet. Status and title follow from the code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[$doc])* #[serde(rename = $code)] $item,)+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$item,)+];

            /// The code in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$item => $code,)+ }
            }

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$item => $status,)+ }
            }

            /// The same for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$item => $title,)+ }
            }
        }
    };
}

codes! {
    /// Not JSON, or not of the shape that the route takes.
    InvalidJson = "invalid_json", 400, "The body is not valid JSON";
    /// Not a form, or cut off.
    InvalidForm = "invalid_form", 400, "The body is not a valid form";
    /// A query or path parameter is wrong.
    InvalidParameter = "invalid_parameter", 400, "Invalid parameter";
    /// No key, or one that is not known.
    Unauthorized = "unauthorized", 401, "A valid key is needed";
    /// The key lacks the scope, or the origin is not allowed.
    Forbidden = "forbidden", 403, "Not allowed";
    /// No such route, or nothing under this id.
    NotFound = "not_found", 404, "Not found";
    /// The route exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// An idempotency key came again with another body.
    IdempotencyConflict = "idempotency_conflict", 409, "Idempotency key used with another body";
    /// The model keeps nothing of its training data to compare with.
    ReferenceMissing = "reference_missing", 409, "The model keeps no reference of its training";
    /// A model version cannot take that step.
    VersionConflict = "version_conflict", 409, "The version has changed";
    /// The model in use does not keep importance by that method.
    ImportanceUnavailable = "importance_unavailable", 404, "The model has no importance by this method";
    /// The job has ended, or has not.
    JobConflict = "job_conflict", 409, "The job cannot take that step";
    /// The body did not arrive in time.
    BodyTimeout = "body_timeout", 408, "The body came too slowly";
    /// The body is too long.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The batch has too many items.
    BatchTooLarge = "batch_too_large", 413, "The batch has too many items";
    /// The content type is not one that the route takes.
    UnsupportedMediaType = "unsupported_media_type", 415, "Unsupported media type";
    /// A field is not known.
    UnknownField = "unknown_field", 422, "Unknown field";
    /// A field is needed, or only one of several may be given.
    MissingField = "missing_field", 422, "Missing field";
    /// A field has the wrong value.
    InvalidField = "invalid_field", 422, "Invalid field";
    /// A feature is not in the catalogue.
    UnknownFeature = "unknown_feature", 422, "Unknown feature";
    /// A feature's value lies outside its range.
    FeatureOutOfRange = "feature_out_of_range", 422, "Invalid feature value";
    /// The horizon asked for is not the model's.
    HorizonMismatch = "horizon_mismatch", 422, "The model has another horizon";
    /// A language is not supported.
    UnsupportedLanguage = "unsupported_language", 422, "Unsupported language";
    /// The caller has used up its share.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// Something is wrong on our side.
    Internal = "internal", 500, "Internal error";
    /// Too much is going on.
    Overloaded = "overloaded", 503, "Overloaded";
    /// The model is not there (yet).
    ModelUnavailable = "model_unavailable", 503, "The model is not available";
    /// The engine behind the route (sentiment, speech, translation) is not configured.
    EngineUnavailable = "engine_unavailable", 503, "The engine is not available";
    /// The store is locked or out of reach.
    StoreUnavailable = "store_unavailable", 503, "The store is not available";
    /// No space is left to write.
    StorageFull = "storage_full", 507, "No storage space left";
}

impl ErrorCode {
    /// The problem type: a path under the documentation.
    #[must_use]
    pub fn problem_type(self) -> String {
        format!("/problems/{}", self.as_str().replace('_', "-"))
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer to it.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The body of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Follows from the code.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// Follows from the code.
    pub title: String,
    /// Follows from the code.
    pub status: u16,
    /// What happened.
    pub code: ErrorCode,
    /// What happened this time, for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instance: Option<String>,
    /// Every wrong field.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldError>,
    /// Identity of the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem with its fixed parts.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            problem_type: code.problem_type(),
            title: code.title().to_string(),
            status: code.status(),
            code,
            detail: None,
            instance: None,
            errors: Vec::new(),
            request_id: None,
        }
    }

    /// Says what happened this time.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// Names a wrong field by JSON pointer.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        for (at, code) in ErrorCode::ALL.iter().enumerate() {
            assert!((400..600).contains(&code.status()));
            assert!(!code.title().is_empty());
            assert!(ErrorCode::ALL[..at].iter().all(|other| other.as_str() != code.as_str()));
            let json = serde_json::to_string(code).expect("a code is a string");
            assert_eq!(json.trim_matches('"'), code.as_str());
        }
    }
}
