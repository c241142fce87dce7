//! The outermost middleware: identity, names, time limit, panics, headers, log and metrics.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use prometheus_client::metrics::gauge::Gauge;
use tracing::Instrument;

use super::headers;
use crate::service::error::{ApiError, PendingProblem};
use crate::service::error_form::ErrorForm;
use crate::service::identity::RequestId;
use crate::service::routes::events;
use crate::service::state::AppState;
use crate::service::trace::{self, Span, TraceContext};

/// Header of the request's identity.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Routes that probes call by address: they say nothing, so that any host name will do.
const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// Routes whose requests may be long: they have a deadline of their own, which moves on with what has
/// come.
const PACED: [&str; 1] = [events::PATH];

/// See the module.
pub(crate) async fn edge(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let id = RequestId::next();
    request.extensions_mut().insert(id.clone());
    let method = method_name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let path = request.uri().path().to_owned();
    // The path itself may name a contact: the log has the route's template.
    let context = TraceContext::of(request.headers());
    let trace_id = context.trace;
    let span = tracing::info_span!("request", %id, %trace_id, method, route);
    let checked = if PROBES.contains(&route) {
        Ok(())
    } else {
        state.hosts.check(request.uri(), request.headers())
    };
    let in_flight = InFlight::begin(&state);
    let mut response = match checked {
        Err(error) => error.into_response(),
        Ok(()) => {
            let paced = PACED.contains(&route);
            let limit = if paced { Duration::MAX } else { state.config.request_timeout_ms };
            let answer = tokio::time::timeout(limit, guarded(next.run(request)));
            match answer.instrument(span.clone()).await {
                Ok(response) => response,
                Err(_) => ApiError::new(ErrorCode::Overloaded)
                    .detail("the answer took longer than the service allows")
                    .retry_after(Duration::from_secs(1))
                    .into_response(),
            }
        }
    };
    drop(in_flight);
    let problem = response.extensions_mut().remove::<PendingProblem>();
    let code = problem.as_ref().map(|problem| problem.0.code.as_str());
    if let Some(PendingProblem(problem)) = problem {
        write_problem(&mut response, *problem, &id, path);
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if let Some(value) = context.header() {
        response.headers_mut().insert(trace::HEADER, value);
    }
    headers::secure(response.headers_mut());
    let (status, took) = (response.status().as_u16(), start.elapsed());
    state.metrics.answered(method, route, status, took);
    if let Some(code) = code {
        state.metrics.problem(code);
    }
    if context.sampled && state.spans.is_on() {
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ns = |at: Duration| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        let times_ns = [ns(end.saturating_sub(took)), ns(end)];
        let route = route.to_owned();
        state.spans.send(Span { context, method, route, status, code, times_ns }, &state.metrics);
    }
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, code, took_us, "answered"));
    response
}

/// Counts a request until it is answered or its client is gone.
struct InFlight(Gauge);

impl InFlight {
    fn begin(state: &AppState) -> Self {
        let gauge = state.metrics.in_flight.clone();
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Runs the routes; a panic becomes an answer.
async fn guarded(answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    let caught =
        poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        });
    caught.await.unwrap_or_else(|| ApiError::internal("a request panicked").into_response())
}

/// Writes the body of an error, now that instance and request are known.
fn write_problem(response: &mut Response, mut problem: Problem, id: &RequestId, path: String) {
    let form = ErrorForm::of(&path);
    problem.instance = Some(path);
    problem.request_id = Some(id.0.clone());
    let (content_type, json) = form.write(problem);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(json);
}

/// One of few names, since a method may be any text.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
