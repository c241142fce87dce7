//! Metrics of the whole service.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use crate::service::admission::Class;
use crate::service::auth::Scope;
use crate::service::error::ApiError;
use crate::service::extract::NoQuery;
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new().routes(routes!(get_metrics));
    guarded(routes, state, Scope::Metrics, Class::Io)
}

/// Counters for Prometheus, in the text format of OpenMetrics.
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    responses(
        (status = 200, body = String, content_type = "application/openmetrics-text"),
        (status = "4XX", description = "The key is missing or has not the scope", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["metrics"])),
)]
async fn get_metrics(State(state): State<AppState>, _: NoQuery) -> Result<Response, ApiError> {
    let text = state.metrics.text().map_err(ApiError::internal)?;
    let content_type =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}
