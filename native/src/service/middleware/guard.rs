//! Who may pass to a route, how often, and how many at a time: all before the body is read.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::ErrorCode;
use tower::{Layer, Service};

use crate::service::admission::{Class, Place};
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
    /// To be put around routes.
    pub(crate) fn new(state: &AppState, scope: Scope, class: Class) -> Self {
        Self { state: state.clone(), scope, class }
    }

    /// Refuses whom it must, with what the answer says of the rate.
    fn admit(&self, headers: &HeaderMap) -> Result<Admitted, Refused> {
        let refused = |error| Refused { error, verdict: None };
        let caller = self.state.keys.caller(headers).map_err(refused)?;
        caller.require(self.scope).map_err(refused)?;
        let verdict = caller.tenant.rate.as_ref().map(|rate| rate.take());
        if let Some(Verdict { wait: Some(wait), .. }) = verdict {
            let error = ApiError::new(ErrorCode::RateLimited)
                .detail("the tenant has used up its share of requests")
                .retry_after(wait);
            return Err(Refused { error, verdict });
        }
        let place = self.state.admission.place(self.class, &caller.tenant.shares);
        let place = place.map_err(|error| Refused { error, verdict })?;
        Ok(Admitted { caller, place, verdict })
    }
}

/// A request that may pass.
struct Admitted {
    caller: Caller,
    place: Place,
    verdict: Option<Verdict>,
}

/// A request that may not.
struct Refused {
    error: ApiError,
    verdict: Option<Verdict>,
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// What routes behind a [`Guard`] find among the extensions of a request.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) caller: Caller,
    pub(crate) place: Place,
}

/// Routes behind a [`Guard`].
#[derive(Clone, Debug)]
pub(crate) struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Unpin,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Answer<S::Future> {
        let Admitted { caller, place, verdict } = match self.guard.admit(request.headers()) {
            Ok(admitted) => admitted,
            Err(Refused { error, verdict }) => {
                return Answer::Refused(ready(Ok(with_rate(error.into_response(), verdict))));
            }
        };
        request.extensions_mut().insert(Passed { caller, place: place.clone() });
        Answer::Passed { answer: self.inner.call(request), _place: place, verdict }
    }
}

/// The answer of [`Guarded`], to a request that may pass or may not.
pub(crate) enum Answer<F> {
    Refused(Ready<Result<Response, Infallible>>),
    Passed { answer: F, _place: Place, verdict: Option<Verdict> },
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Answer<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.get_mut() {
            Self::Refused(answer) => Pin::new(answer).poll(context),
            Self::Passed { answer, verdict, .. } => {
                Pin::new(answer).poll(context).map_ok(|response| with_rate(response, *verdict))
            }
        }
    }
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
