//! Bodies that are read whole and whose fields are checked against each other.

use axum::extract::{FromRequest, Request};
use chatsignal_api::checked::Check;
use chatsignal_api::error::ErrorCode;
use serde::de::DeserializeOwned;

use super::json::{JSON, RawJson, is_type, read_json};
use super::{body, form, multipart};
use crate::service::error::ApiError;
use crate::service::state::AppState;

/// A JSON body.
#[derive(Debug)]
pub(crate) struct CheckedJson<T>(pub(crate) T);

/// A JSON body or a form, for protocols that take both.
#[derive(Debug)]
pub(crate) struct CheckedJsonOrForm<T>(pub(crate) T);

/// A form with a recording.
#[derive(Debug)]
pub(crate) struct CheckedUpload<T>(pub(crate) T);

fn checked<T: Check>(request: T, state: &AppState) -> Result<T, ApiError> {
    request.check(state.config.batch_items_max)?;
    Ok(request)
}

impl<T: DeserializeOwned + Check> FromRequest<AppState> for CheckedJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let RawJson(bytes) = RawJson::from_request(request, state).await?;
        checked(read_json(&bytes, "")?, state).map(Self)
    }
}

impl<T: DeserializeOwned + Check> FromRequest<AppState> for CheckedJsonOrForm<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let json = is_type(&parts.headers, JSON);
        if !json && !is_type(&parts.headers, form::TYPE) {
            let detail = format!("send Content-Type: {JSON} or {}", form::TYPE);
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType).detail(detail));
        }
        let limit = state.config.body_bytes_max;
        let bytes = body::read(&parts.headers, body, limit, &state.config).await?;
        let request = if json { read_json(&bytes, "") } else { form::read(form::fields(&bytes)) };
        checked(request?, state).map(Self)
    }
}

impl<T: DeserializeOwned + Check> FromRequest<AppState> for CheckedUpload<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let fields = multipart::fields(request, &state.config).await?;
        checked(form::read(fields)?, state).map(Self)
    }
}
