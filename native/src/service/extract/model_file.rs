//! A model file as the body of a request.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use chatsignal_api::error::ErrorCode;
use chatsignal_core::limits::ARTIFACT_BYTES_MAX;

use super::body;
use crate::service::error::ApiError;
use crate::service::state::AppState;

/// The bytes of a model file as they came.
#[derive(Debug)]
pub(crate) struct ModelFile(pub(crate) Bytes);

impl FromRequest<AppState> for ModelFile {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        // A form of another page cannot send this type without asking first.
        let given = parts.headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
        if given != Some(b"application/octet-stream") {
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
                .detail("send Content-Type: application/octet-stream"));
        }
        body::read(&parts.headers, body, ARTIFACT_BYTES_MAX, &state.config).await.map(Self)
    }
}
