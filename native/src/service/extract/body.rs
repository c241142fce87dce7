//! Bodies with a limit and a deadline.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use chatsignal_api::error::ErrorCode;
use http_body_util::BodyExt;

use crate::service::config::Config;
use crate::service::error::ApiError;

/// The answer to a body of more than `limit` bytes.
pub(super) fn too_large(limit: usize) -> ApiError {
    ApiError::new(ErrorCode::BodyTooLarge).detail(format!("a body has at most {limit} bytes"))
}

/// The length that was said in advance; one that is too great is refused before a byte is read, and
/// so is a body that must be unpacked first.
pub(super) fn said_length(headers: &HeaderMap, limit: usize) -> Result<Option<u64>, ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
            .detail("send the body without Content-Encoding"));
    }
    let said = headers.get(header::CONTENT_LENGTH);
    let length: Option<u64> = said.and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        length => Ok(length),
    }
}

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    config: &Config,
) -> Result<Bytes, ApiError> {
    let length = said_length(headers, limit)?;
    let collect = async {
        let mut body = body;
        let mut bytes: Vec<u8> = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                ApiError::new(ErrorCode::InvalidJson).detail("the body was cut off")
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > limit {
                return Err(too_large(limit));
            }
            if bytes.is_empty() && length == Some(data.len() as u64) {
                return Ok(data);
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Bytes::from(bytes))
    };
    let mut collect = pin!(collect);
    // Most bodies came with their heads: no clock is needed.
    match poll_fn(|context| Poll::Ready(collect.as_mut().poll(context))).await {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => match tokio::time::timeout(config.body_timeout_ms, collect).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ApiError::new(ErrorCode::BodyTimeout)),
        },
    }
}
