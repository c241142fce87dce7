//! Recordings with the fields that go with them, as `multipart/form-data`.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use chatsignal_api::error::ErrorCode;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::body::{said_length, too_large};
use super::form::FIELDS_MAX;
use super::trickle::{Ahead, Trickle};
use crate::service::config::Config;
use crate::service::error::ApiError;

/// The part with the recording.
const FILE: &str = "file";
/// Longest part but the recording, bytes.
const FIELD_BYTES_MAX: usize = 16 << 10;
/// Room for the other parts, the heads of all of them and what stands between.
const FORM_BYTES_MAX: usize = 1 << 20;

/// The parts as names and values; the value of the recording is its length in bytes.
///
/// The recording is counted and let go piece by piece: there is no engine that would hear it.
pub(super) async fn fields(
    request: Request,
    config: &Config,
) -> Result<Vec<(String, String)>, ApiError> {
    let (parts, body) = request.into_parts();
    let content_type =
        parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default()).ok();
    let boundary = boundary.filter(|boundary| !boundary.is_empty()).ok_or_else(|| {
        ApiError::new(ErrorCode::UnsupportedMediaType)
            .detail("send Content-Type: multipart/form-data with a boundary")
    })?;
    let limit = config.audio_bytes_max.saturating_add(FORM_BYTES_MAX);
    said_length(&parts.headers, limit)?;
    let sizes = SizeLimit::new()
        .whole_stream(limit as u64)
        .per_field(FIELD_BYTES_MAX as u64)
        .for_field(FILE, config.audio_bytes_max as u64);
    let ahead = Ahead::default();
    let body = Body::new(Trickle::new(body, ahead.clone())).into_data_stream();
    let form = Multipart::with_constraints(body, boundary, Constraints::new().size_limit(sizes));
    match tokio::time::timeout(config.body_timeout_ms, read(form, &ahead)).await {
        Ok(fields) => fields,
        Err(_) => Err(ApiError::new(ErrorCode::BodyTimeout)),
    }
}

async fn read(mut form: Multipart<'_>, ahead: &Ahead) -> Result<Vec<(String, String)>, ApiError> {
    let mut fields = Vec::new();
    while let Some(part) = form.next_field().await.map_err(refused)? {
        ahead.used();
        if fields.len() > FIELDS_MAX {
            break;
        }
        let Some(name) = part.name().map(str::to_owned) else {
            return Err(no_form("a part has no name"));
        };
        let value = if name == FILE {
            length(part, ahead).await?.to_string()
        } else {
            text(part, &name).await?
        };
        ahead.used();
        fields.push((name, value));
    }
    Ok(fields)
}

/// Bytes of a recording.
async fn length(mut part: Field<'_>, ahead: &Ahead) -> Result<u64, ApiError> {
    let sound = part.content_type().is_none_or(|given| {
        matches!(given.type_().as_str(), "audio" | "video")
            || matches!(given.essence_str(), "application/octet-stream" | "application/ogg")
    });
    if !sound {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
            .at("/file", "is audio/..., video/... or application/octet-stream"));
    }
    let mut bytes = 0;
    while let Some(piece) = part.chunk().await.map_err(refused)? {
        ahead.used();
        bytes += piece.len() as u64;
    }
    Ok(bytes)
}

async fn text(part: Field<'_>, name: &str) -> Result<String, ApiError> {
    let bytes = part.bytes().await.map_err(refused)?;
    String::from_utf8(bytes.into()).map_err(|_| {
        ApiError::new(ErrorCode::InvalidField).at(format!("/{name}"), "must be text in UTF-8")
    })
}

fn no_form(detail: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidForm).detail(detail)
}

/// What the reader of parts found.
fn refused(error: multer::Error) -> ApiError {
    use multer::Error::{
        FieldSizeExceeded, IncompleteFieldData, IncompleteHeaders, IncompleteStream,
        StreamReadFailed, StreamSizeExceeded,
    };
    let bytes = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    match error {
        StreamSizeExceeded { limit } => too_large(bytes(limit)),
        FieldSizeExceeded { limit, field_name } => {
            let name = field_name.unwrap_or_default();
            too_large(bytes(limit))
                .detail(format!("a part has at most {limit} bytes"))
                .at(format!("/{name}"), format!("has more than {limit} bytes"))
        }
        IncompleteFieldData { .. } | IncompleteHeaders | IncompleteStream | StreamReadFailed(_) => {
            no_form("the body was cut off, or has no part where one must begin")
        }
        _ => no_form("the head of a part cannot be read"),
    }
}
