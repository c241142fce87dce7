//! Requests that may come again (`Idempotency-Key`): one effect and one answer for a day.
//!
//! Requests with one key come one after the other, so that of a hundred at once the first has the
//! effect and the others get its answer. The same key with another body is a 409. Successes are
//! kept; a request that failed may be sent again. An answer is written after its effect: when the
//! process dies between the two, the request is carried out again, so effects must be harmless to
//! repeat (events and jobs carry identities of their own).
//!
//! A route takes [`IdempotencyKey`] among its arguments, begins its [`Turn`] before the effect and
//! finishes it with the answer; a repeated request must only be hashed and is answered by
//! [`Turn::replay`]. [`Turn::once`] does all of it for a body that is there, in a task of its own:
//! when the client goes away or its time is up, effect and answer are kept together all the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::ErrorCode;
use serde::Serialize;
use tokio::sync::{OwnedMutexGuard, Semaphore};

use super::admission::Place;
use super::error::ApiError;
use super::log_lines::in_current_request;
use super::middleware::guard::Passed;
use super::state::AppState;
use super::tenants::TenantState;
use crate::cli::clock;
use crate::store::{KeptAnswer, RequestHash, Tenant, TenantId};

/// The header.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key, bytes.
const KEY_BYTES_MAX: usize = 255;
/// Longest answer that is kept, bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Longest wait for another request with the same key.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Requests that may wait so at a time. They hold no place of their class meanwhile: else a few keys
/// whose requests take long would keep everybody else out.
const WAITING_MAX: usize = 256;

/// The key of a request, where it has one, and the place of the request in its class: what goes on
/// after the request keeps the place.
#[derive(Clone, Debug)]
pub(crate) struct IdempotencyKey {
    key: Option<String>,
    place: Option<Place>,
}

impl IdempotencyKey {
    /// An identity of the effect of a request with a key: the same for the same request.
    pub(crate) fn identity(
        &self,
        tenant: &Tenant,
        (route, body): (&str, &[u8]),
    ) -> Option<[u8; 16]> {
        let key = self.key.as_deref()?;
        let mut hash = RequestHash::new(tenant, &format!("{route}/{key}"));
        hash.update(body);
        hash.finish().first_chunk().copied()
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(KEY).iter();
        let place = parts.extensions.get::<Passed>().map(|passed| passed.place.clone());
        let Some(value) = values.next() else { return Ok(Self { key: None, place }) };
        let text = value.to_str().unwrap_or_default();
        let fits = (1..=KEY_BYTES_MAX).contains(&text.len());
        if !fits || values.next().is_some() {
            let detail = "Idempotency-Key: one value of 1 to 255 printable ASCII characters";
            return Err(ApiError::new(ErrorCode::InvalidParameter).detail(detail));
        }
        Ok(Self { key: Some(text.to_owned()), place })
    }
}

/// Held by the request whose turn it is.
type Entry = Arc<tokio::sync::Mutex<()>>;

/// Keys whose requests are being carried out.
#[derive(Debug)]
pub(crate) struct Turns {
    open: Mutex<HashMap<(TenantId, String), Entry>>,
    /// Places for those who wait for another's turn to end.
    waiting: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { open: Mutex::default(), waiting: Arc::new(Semaphore::new(WAITING_MAX)) }
    }
}

/// The turn of one request: none other with its key is carried out meanwhile.
#[derive(Debug)]
pub(crate) struct Turn {
    state: AppState,
    tenant: Arc<TenantState>,
    key: Option<String>,
    kept: Option<KeptAnswer>,
    guard: Option<OwnedMutexGuard<()>>,
    place: Option<Place>,
}

impl Turn {
    /// Waits for the turn and looks for an answer that was given before.
    ///
    /// # Errors
    /// `overloaded` when a request with the same key is not done within [`WAIT_MAX`].
    pub(crate) async fn begin(
        state: &AppState,
        tenant: &Arc<TenantState>,
        IdempotencyKey { key, place }: IdempotencyKey,
    ) -> Result<Self, ApiError> {
        let (state, tenant) = (state.clone(), Arc::clone(tenant));
        let mut turn = Self { state, tenant, key, kept: None, guard: None, place };
        if let Some(key) = turn.key.clone() {
            let entry = {
                let mut turns =
                    turn.state.turns.open.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(turns.entry((turn.tenant.tenant.id, key.clone())).or_default())
            };
            turn.guard = Some(match Arc::clone(&entry).try_lock_owned() {
                Ok(guard) => guard,
                Err(_) => turn.wait(entry).await?,
            });
            let tenant = Arc::clone(&turn.tenant);
            let look = move |store: &mut crate::store::Store| {
                Ok(store.kept_answer(&tenant.tenant, &key, clock::now())?)
            };
            turn.kept = turn.state.database.run(look).await?;
        }
        Ok(turn)
    }

    /// Waits for the end of another's turn, without a place meanwhile.
    async fn wait(&self, entry: Entry) -> Result<OwnedMutexGuard<()>, ApiError> {
        let busy = |_| {
            ApiError::new(ErrorCode::Overloaded)
                .detail("another request with this Idempotency-Key is being carried out")
                .retry_after(WAIT_MAX)
        };
        let waiting = Arc::clone(&self.state.turns.waiting).try_acquire_owned();
        let _waiting = waiting.map_err(|_| busy(()))?;
        if let Some(place) = &self.place {
            place.leave();
        }
        let guard = tokio::time::timeout(WAIT_MAX, entry.lock_owned()).await;
        let guard = guard.map_err(|_| busy(()))?;
        if let Some(place) = &self.place {
            place.come_back(&self.state.admission)?;
        }
        Ok(guard)
    }

    /// Carries out a request at most once for its key: `effect` has the effect and gives status and
    /// answer. It runs to its end even when the caller goes away.
    pub(crate) async fn once<A: Serialize + Send + Sync + 'static>(
        state: &AppState,
        tenant: &Arc<TenantState>,
        key: IdempotencyKey,
        (route, body): (&str, &[u8]),
        effect: impl Future<Output = Result<(StatusCode, A), ApiError>> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let mut hash = RequestHash::new(&tenant.tenant, route);
        hash.update(body);
        let request = hash.finish();
        let (state, tenant) = (state.clone(), Arc::clone(tenant));
        let task = async move {
            let turn = Self::begin(&state, &tenant, key).await?;
            if turn.is_repeated() {
                return turn.replay(request);
            }
            let (status, answer) = effect.await?;
            turn.finish(request, status, &answer).await
        };
        let done = tokio::spawn(in_current_request(task)).await;
        done.map_err(|fault| ApiError::task(&fault))?
    }

    /// Whether the request was answered before: then it must have no effect.
    pub(crate) fn is_repeated(&self) -> bool {
        self.kept.is_some()
    }

    /// The answer that was given before to a request with this hash.
    pub(crate) fn replay(&self, request: [u8; 32]) -> Result<Response, ApiError> {
        match &self.kept {
            Some(kept) if kept.request == request => {
                let status = StatusCode::from_u16(kept.status).map_err(ApiError::internal)?;
                let headers = [
                    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                    (REPLAYED, HeaderValue::from_static("true")),
                ];
                Ok((status, headers, kept.body.clone()).into_response())
            }
            Some(_) => Err(ApiError::new(ErrorCode::IdempotencyConflict)
                .detail("the first request with this key had another body or route")),
            None => Err(ApiError::internal("there is no answer to give again")),
        }
    }

    /// Answers, and keeps the answer where the request has a key.
    pub(crate) async fn finish(
        self,
        request: [u8; 32],
        status: StatusCode,
        answer: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let body = serde_json::to_string(answer).map_err(ApiError::internal)?;
        if let Some(key) = self.key.clone()
            && body.len() <= ANSWER_BYTES_MAX
        {
            let kept = KeptAnswer { request, status: status.as_u16(), body: body.clone() };
            let tenant = Arc::clone(&self.tenant);
            let keep = move |store: &mut crate::store::Store| {
                store.keep_answer(&tenant.tenant, &key, &kept, clock::now())
            };
            self.state.writer.run(keep).await?;
        }
        let content_type = HeaderValue::from_static("application/json");
        Ok((status, [(header::CONTENT_TYPE, content_type)], body).into_response())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        self.guard = None;
        let mut turns = self.state.turns.open.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.tenant.tenant.id, key);
        // Nobody else waits: the map alone holds it.
        if turns.get(&key).is_some_and(|entry| Arc::strong_count(entry) == 1) {
            turns.remove(&key);
        }
    }
}
