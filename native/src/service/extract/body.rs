//! Bodies with a limit and a deadline.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use chatsignal_api::error::ErrorCode;
use http_body_util::BodyExt;

use crate::service::config::Config;
use crate::service::error::ApiError;

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    config: &Config,
) -> Result<Bytes, ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
            .detail("send the body without Content-Encoding"));
    }
    let too_large = || {
        ApiError::new(ErrorCode::BodyTooLarge).detail(format!("a body has at most {limit} bytes"))
    };
    // Said in advance: refused before a byte is read.
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > limit as u64) {
        return Err(too_large());
    }
    let collect = async {
        let mut body = body;
        let mut bytes: Vec<u8> = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                ApiError::new(ErrorCode::InvalidJson).detail("the body was cut off")
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > limit {
                return Err(too_large());
            }
            if bytes.is_empty() && length == Some(data.len() as u64) {
                return Ok(data);
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Bytes::from(bytes))
    };
    match tokio::time::timeout(config.body_timeout_ms, collect).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ApiError::new(ErrorCode::BodyTimeout)),
    }
}
