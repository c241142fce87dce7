//! Who may pass to a route, how often, and how many at a time: all before the body is read.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::ErrorCode;
use tokio::sync::OwnedSemaphorePermit;

use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::rate::Verdict;
use crate::service::state::AppState;

/// What a route asks of its callers.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    state: AppState,
    scope: Scope,
    class: Class,
}

impl Guard {
    /// For use as the state of [`guard`].
    pub(crate) fn new(state: &AppState, scope: Scope, class: Class) -> Self {
        Self { state: state.clone(), scope, class }
    }
}

/// The place of a request in its class. Work that outlives the request takes a clone along, so that
/// the place is not given away before the work is done.
#[derive(Clone, Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held, not read")] Arc<OwnedSemaphorePermit>);

/// Refuses whom it must; else the route finds [`Caller`] and [`Place`] among the extensions.
pub(crate) async fn guard(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match guard.state.keys.caller(request.headers()) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    if let Err(error) = caller.require(guard.scope) {
        return error.into_response();
    }
    let verdict = caller.tenant.rate.as_ref().map(|rate| rate.take());
    if let Some(Verdict { wait: Some(wait), .. }) = verdict {
        let error = ApiError::new(ErrorCode::RateLimited)
            .detail("the tenant has used up its share of requests")
            .retry_after(wait);
        return with_rate(error.into_response(), verdict);
    }
    let place = match guard.state.admission.admit(guard.class) {
        Ok(permit) => Place(Arc::new(permit)),
        Err(error) => return with_rate(error.into_response(), verdict),
    };
    request.extensions_mut().insert::<Caller>(caller);
    request.extensions_mut().insert(place.clone());
    let response = next.run(request).await;
    drop(place);
    with_rate(response, verdict)
}

fn with_rate(mut response: Response, verdict: Option<Verdict>) -> Response {
    if let Some(verdict) = verdict {
        rate_headers(response.headers_mut(), verdict);
    }
    response
}

/// Draft IETF httpapi-ratelimit-headers, the form with three fields.
fn rate_headers(headers: &mut HeaderMap, verdict: Verdict) {
    let reset = verdict.reset.as_secs() + u64::from(verdict.reset.subsec_nanos() > 0);
    for (name, value) in [
        ("ratelimit-limit", verdict.limit),
        ("ratelimit-remaining", verdict.remaining),
        ("ratelimit-reset", reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}
