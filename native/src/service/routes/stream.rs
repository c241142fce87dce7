//! Live changes of scores.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::error::Problem;
use chatsignal_api::stream::ServerSentEvent;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::event_stream::{EventStream, LAST_EVENT_ID};
use crate::service::extract::NoQuery;
use crate::service::live::follow;
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new().routes(routes!(get_stream));
    guarded(routes, state, Scope::Score, Class::Io)
}

/// Follows the changes of scores as server-sent events.
///
/// `event: score` has a change as data. `event: withdrawn` names a contact of whom no score may be
/// shown any more: they objected to profiling, or were erased. `event: gap` says that changes were
/// left out, because the reader was slow or away, or that levels begin elsewhere now: load what is
/// shown again. A line of comment comes at least every 10 s.
#[utoipa::path(
    get, path = "/api/v1/stream", tag = "live",
    responses(
        (status = 200, description = "Events", body = ServerSentEvent, content_type = "text/event-stream"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Too many readers", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_stream(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let places = state.stream_places(&caller)?;
    let behind = headers.contains_key(LAST_EVENT_ID);
    let (mut ready, tenant) = (state.watch_ready(), Arc::clone(&caller.tenant));
    let changes = tenant.changes.listen();
    // A key that was revoked meanwhile ends the stream.
    let may_go_on = move || state.keys.still_opens(&headers, tenant.tenant.id);
    let (stream, answer) = EventStream::open();
    tokio::spawn(async move {
        let _places = places;
        tokio::select! {
            // A reader that has gone away has heard enough.
            _ = follow(changes, behind, may_go_on, stream) => {}
            // The service ends: an error means that it is gone already.
            _ = ready.wait_for(|ready| !ready) => {}
        }
    });
    Ok(answer)
}
