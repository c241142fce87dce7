//! Events of the caller's own systems, as a stream.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::ingest::EventsReceipt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::NoQuery;
use crate::service::idempotency::{IdempotencyKey, Turn};
use crate::service::ingest::{self, Taking};
use crate::service::state::AppState;
use crate::store::RequestHash;

/// The path.
pub(in crate::service) const PATH: &str = "/api/v1/events";

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new().routes(routes!(post_events));
    guarded(routes, state, Scope::Ingest, Class::Ingest)
}

/// Takes a stream of events in.
///
/// One JSON object a line, in the format of `docs/EVENTS.md`. A line that is no event is refused
/// and the others are taken. Events are known from the instant of receipt, whatever they say. The
/// stream is committed in pieces as it comes: when it breaks off, send it again, what is known is
/// counted as duplicate. With an `Idempotency-Key` a repeated request gets the first answer.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "ingest",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day")),
    request_body(content = String, content_type = "application/x-ndjson", description = "Events, one a line"),
    responses(
        (status = 200, body = EventsReceipt),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["ingest"])),
)]
async fn post_events(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.map(|value| value.split(';').next().unwrap_or_default().trim());
    if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/x-ndjson")) {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
            .detail("send Content-Type: application/x-ndjson"));
    }
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType)
            .detail("send the events uncompressed, without Content-Encoding"));
    }
    let tenant = &caller.tenant;
    let turn = Turn::begin(&state, tenant, key).await?;
    let mut hash = RequestHash::new(&tenant.tenant, PATH);
    let taking = if turn.is_repeated() { Taking::Hash } else { Taking::Write };
    let receipt = ingest::take(&state, tenant, body, &mut hash, taking).await?;
    let request = hash.finish();
    if turn.is_repeated() {
        return turn.replay(request);
    }
    state.metrics.ingested("events", &receipt);
    turn.finish(request, StatusCode::OK, &receipt).await
}
