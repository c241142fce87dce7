//! The bytes of the model that scores, so that a page can score as the service does.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::error::Problem;

use super::waiting;
use crate::service::auth::Caller;
use crate::service::error::ApiError;
use crate::service::extract::{ModelPath, NoQuery};
use crate::service::routes::tagged::tagged_bytes;
use crate::service::state::AppState;

/// The file of the model that scores (`.csm`): the champion's, else the shipped model's.
///
/// The npm package and `chatsignal predict` load it and give the same scores, bit by bit.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/champion/file", tag = "registry",
    params(("model" = chatsignal_api::openapi::KindName, Path, description = "Which model")),
    responses(
        (status = 200, body = chatsignal_api::openapi::ModelBytes, content_type = "application/octet-stream", headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
pub(super) async fn get_champion_file(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let bytes = waiting(&state, &caller, move |registry, tenant| {
        Ok(registry.champion(tenant, kind)?.artifact.encode())
    });
    tagged_bytes(&headers, "application/octet-stream", bytes.await?)
}
