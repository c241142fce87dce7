//! Answers with an ETag: a client that has the newest gets 304.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::service::error::ApiError;

/// JSON with its tag, or 304 for who has it.
pub(super) fn tagged(headers: &HeaderMap, value: &impl Serialize) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value).map_err(ApiError::internal)?;
    tagged_bytes(headers, HeaderValue::from_static("application/json"), body.into())
}

/// Bytes of a type with their tag, or 304 for who has them.
pub(super) fn tagged_bytes(
    headers: &HeaderMap,
    content_type: HeaderValue,
    body: Bytes,
) -> Result<Response, ApiError> {
    let tag = tag_of(&body);
    let known = names(headers, &header::IF_NONE_MATCH, &tag) == Some(true);
    let tag = HeaderValue::from_str(&tag).map_err(ApiError::internal)?;
    let common = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, [(header::CONTENT_TYPE, content_type)], body).into_response())
}

/// The tag of a body.
pub(super) fn tag_of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether a header of conditions names a tag; none when the header is not there.
pub(in crate::service) fn names(headers: &HeaderMap, name: &HeaderName, tag: &str) -> Option<bool> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    Some(values.any(|value| {
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.map(|known| known.strip_prefix("W/").unwrap_or(known))
            .any(|known| known == tag || known == "*")
    }))
}
