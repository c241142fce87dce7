//! The outermost middleware: identity, names, time limit, panics, headers, log and metrics.
//!
//! Written as a service of its own: `axum::middleware::from_fn` would box the routes, the rest of the
//! way and the answer of every request.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::timeout_at;
use tower::{Layer, Service};

use super::headers;
use crate::service::error::{ApiError, PendingProblem};
use crate::service::error_form::ErrorForm;
use crate::service::identity::RequestId;
use crate::service::log_lines::{Identities, within};
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

/// Puts [`Edge`] around routes.
#[derive(Clone, Debug)]
pub(crate) struct EdgeLayer(pub(crate) AppState);

impl<S> Layer<S> for EdgeLayer {
    type Service = Edge<S>;

    fn layer(&self, inner: S) -> Edge<S> {
        Edge { state: self.0.clone(), inner }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Edge<S> {
    state: AppState,
    inner: S,
}

/// What is answered.
type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request> for Edge<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Answering {
        let begun = Begun::new(self.state.clone(), &request);
        request.extensions_mut().insert(begun.id);
        let route = begun.route();
        let checked = if PROBES.contains(&route) {
            Ok(())
        } else {
            self.state.hosts.check(request.uri(), request.headers())
        };
        let answer = match checked {
            Ok(()) => self.inner.call(request),
            Err(error) => return Box::pin(async move { Ok(begun.end(error.into_response())) }),
        };
        let limit = self.state.config.request_timeout_ms;
        let deadline = begun.start.checked_add(limit).filter(|_| !PACED.contains(&route));
        Box::pin(async move {
            let in_flight = InFlight::begin(&begun.state);
            let answer = guarded(begun.identities(), answer);
            let answered = match deadline {
                Some(deadline) => timeout_at(deadline.into(), answer).await,
                None => Ok(answer.await),
            };
            let response = answered.unwrap_or_else(|_| {
                ApiError::new(ErrorCode::Overloaded)
                    .detail("the answer took longer than the service allows")
                    .retry_after(Duration::from_secs(1))
                    .into_response()
            });
            drop(in_flight);
            Ok(begun.end(response))
        })
    }
}

/// A request that is being answered.
struct Begun {
    state: AppState,
    start: Instant,
    id: RequestId,
    method: &'static str,
    // The path itself may name a contact: the log has the route's template.
    route: Option<MatchedPath>,
    uri: Uri,
    context: TraceContext,
}

impl Begun {
    fn new(state: AppState, request: &Request) -> Self {
        Self {
            state,
            start: Instant::now(),
            id: RequestId::next(),
            method: method_name(request.method()),
            route: request.extensions().get::<MatchedPath>().cloned(),
            uri: request.uri().clone(),
            context: TraceContext::of(request.headers()),
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("unmatched", MatchedPath::as_str)
    }

    fn identities(&self) -> Identities {
        Identities { id: self.id, trace: self.context.trace }
    }

    /// Adds what every answer has, logs and counts it.
    fn end(self, mut response: Response) -> Response {
        let problem = response.extensions_mut().remove::<PendingProblem>();
        let code = problem.as_ref().map(|problem| problem.0.code.as_str());
        if let Some(PendingProblem(problem)) = problem {
            write_problem(&mut response, *problem, self.id, self.uri.path().to_owned());
        }
        let (id, context) = (self.id, self.context);
        let headers = response.headers_mut();
        headers::secure(headers);
        if let Ok(value) = id.with_text(HeaderValue::from_str) {
            headers.insert(REQUEST_ID, value);
        }
        if let Some(value) = context.header() {
            headers.insert(trace::HEADER, value);
        }
        let (status, took) = (response.status().as_u16(), self.start.elapsed());
        let (state, method) = (&self.state, self.method);
        state.metrics.answered(method, self.route(), status, took);
        if let Some(code) = code {
            state.metrics.problem(code);
        }
        if context.sampled && state.spans.is_on() {
            let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let ns = |at: Duration| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
            let times_ns = [ns(end.saturating_sub(took)), ns(end)];
            let route = self.route().to_owned();
            let span = Span { context, method, route, status, code, times_ns };
            state.spans.send(span, &state.metrics);
        }
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        within(self.identities(), || {
            tracing::info!(method, route = self.route(), status, code, took_us, "answered");
        });
        response
    }
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
async fn guarded(
    identities: Identities,
    answer: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    let mut answer = pin!(answer);
    let caught = poll_fn(|context| {
        let poll = AssertUnwindSafe(|| answer.as_mut().poll(context));
        match within(identities, || catch_unwind(poll)) {
            Ok(poll) => poll.map(|Ok(response)| Some(response)),
            Err(_) => Poll::Ready(None),
        }
    });
    caught.await.unwrap_or_else(|| ApiError::internal("a request panicked").into_response())
}

/// Writes the body of an error, now that instance and request are known.
fn write_problem(response: &mut Response, mut problem: Problem, id: RequestId, path: String) {
    let form = ErrorForm::of(&path);
    problem.instance = Some(path);
    problem.request_id = Some(id.to_string());
    // What is wrong with fields stands beside them; here it is a sentence for people.
    if problem.detail.is_none()
        && let Some(first) = problem.errors.first()
    {
        let place = if first.pointer.is_empty() { "the body" } else { &first.pointer };
        problem.detail = Some(format!("{place}: {}", first.detail));
    }
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
