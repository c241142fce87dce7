//! Query parameters; unknown ones are errors.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use chatsignal_api::error::ErrorCode;
use serde::de::DeserializeOwned;

use crate::service::error::ApiError;

/// The query, read.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read(&parts.uri).map(Self)
    }
}

/// Reads the query of an address.
pub(crate) fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, ApiError> {
    match axum::extract::Query::try_from_uri(uri) {
        Ok(axum::extract::Query(query)) => Ok(query),
        Err(rejection) => {
            let detail: String = rejection.body_text().chars().take(300).collect();
            Err(ApiError::new(ErrorCode::InvalidParameter).detail(detail))
        }
    }
}

/// No query at all, for routes that have no parameters.
#[derive(Debug)]
pub(crate) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match parts.uri.query() {
            None | Some("") => Ok(Self),
            Some(_) => Err(ApiError::new(ErrorCode::InvalidParameter)
                .detail("the route has no query parameters")),
        }
    }
}
