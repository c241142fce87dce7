//! The routes with everything around them.

use axum::Router;
use chatsignal_api::error::ErrorCode;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa::OpenApi;
use utoipa::openapi;
use utoipa_axum::router::OpenApiRouter;

use super::dashboard;
use super::error::ApiError;
use super::event_stream::LAST_EVENT_ID;
use super::middleware::edge::EdgeLayer;
use super::openapi::Description;
use super::routes;
use super::state::AppState;

/// The service, ready to be called.
pub fn router(state: &AppState) -> Router {
    let (routes, document) = parts(state);
    let document = document.to_pretty_json().unwrap_or_default();
    let router = routes
        .merge(routes::pages(document))
        .merge(dashboard::pages())
        .fallback(async || ApiError::new(ErrorCode::NotFound).detail("there is no such route"))
        .method_not_allowed_fallback(async || {
            let detail = "the route takes other methods: see the header Allow";
            ApiError::new(ErrorCode::MethodNotAllowed).detail(detail)
        });
    let router = match cors(state) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.layer(EdgeLayer(state.clone())).with_state(state.clone())
}

/// The routes, and their description.
pub(super) fn parts(state: &AppState) -> (Router<AppState>, openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi()).merge(routes::all(state)).split_for_parts()
}

/// Off unless origins are configured. Keys travel in a header, never in cookies, so that no
/// credentials are allowed.
fn cors(state: &AppState) -> Option<CorsLayer> {
    use axum::http::{HeaderName, Method, header};
    let origins: Vec<_> =
        state.config.cors_origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            LAST_EVENT_ID,
            HeaderName::from_static("traceparent"),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            HeaderName::from_static("idempotent-replayed"),
            HeaderName::from_static("ratelimit-limit"),
            HeaderName::from_static("ratelimit-remaining"),
            HeaderName::from_static("ratelimit-reset"),
            HeaderName::from_static("traceparent"),
            HeaderName::from_static("x-request-id"),
        ]);
    Some(layer)
}
