//! What the routes of the three kinds of scores have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::batch::{Batch, Item, Summary};
use chatsignal_api::importance::ImportanceMethod;
use chatsignal_api::prediction::Explain;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::tagged::tagged;
use crate::service::auth::Caller;
use crate::service::database::LazyStore;
use crate::service::error::ApiError;
use crate::service::extract::{RawJson, items, query, read_json};
use crate::service::identity::RequestId;
use crate::service::middleware::guard::Passed;
use crate::service::models::Model;
use crate::service::predict::{Ask, Explained, Scene, Wanted, importance, kind_of};
use crate::service::state::AppState;

/// Room that most answers find enough.
const ANSWER_BYTES: usize = 4 << 10;

/// How much of the explanation to give.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExplainQuery {
    /// `none`, `top` (the five factors that weigh most) or `full`.
    #[serde(default)]
    pub(super) explain: Explain,
}

/// How importance is measured.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MethodQuery {
    /// `gain` is there for every tree model, the others as far as the training of the version kept
    /// them; what is not there is the error `importance_unavailable`, which tells what is.
    #[serde(default)]
    method: ImportanceMethod,
}

/// A question: who asks, in what way, and the body.
///
/// One extractor for all of it, since every scoring route takes the same.
pub(super) struct Asking<Q> {
    state: AppState,
    passed: Passed,
    request_id: RequestId,
    query: Q,
    body: Bytes,
}

impl<Q: DeserializeOwned + Send> FromRequest<AppState> for Asking<Q> {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, state: &AppState) -> Result<Self, ApiError> {
        let extensions = request.extensions_mut();
        let (passed, request_id) = (extensions.remove(), extensions.remove());
        let (Some(passed), Some(request_id)) = (passed, request_id) else {
            return Err(ApiError::internal("a question that did not pass the guard"));
        };
        let query = query::read(request.uri())?;
        let RawJson(body) = RawJson::from_request(request, state).await?;
        Ok(Self { state: state.clone(), passed, request_id, query, body })
    }
}

/// JSON with status 200.
pub(super) fn json(value: &impl Serialize) -> Result<Response, ApiError> {
    let mut body = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut body, value).map_err(ApiError::internal)?;
    let content_type = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, content_type)], body).into_response())
}

/// Answers one question. With features it is answered at once; what needs the log waits for a
/// connection.
pub(super) async fn predict<A: Ask>(asking: Asking<ExplainQuery>) -> Result<Response, ApiError> {
    let Asking { state, passed: Passed { caller, .. }, request_id, query, body } = asking;
    let request: A = read_json(&body, "")?;
    let (now, explain) = (state.clock.now(), query.explain);
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let model = A::model(models)?;
    let settings = caller.tenant.settings();
    let events_max = state.config.events_per_item_max;
    let tenant = caller.tenant.clone();
    let answer = if request.has_features() {
        let scene = Scene {
            tenant: &tenant,
            touched: &state.touched,
            settings: &settings,
            now,
            explain,
            request_id: &request_id,
            store: None,
            events_max,
            at: "",
        };
        request.answer(&model, &scene)?
    } else {
        let answering = async {
            let turn = state.admission.admit_log()?.turn().await?;
            let touched = Arc::clone(&state.touched);
            let work = move |store: &LazyStore| {
                let _turn = turn;
                let scene = Scene {
                    tenant: &tenant,
                    touched: &touched,
                    settings: &settings,
                    now,
                    explain,
                    request_id: &request_id,
                    store: Some(store),
                    events_max,
                    at: "",
                };
                request.answer(&model, &scene)
            };
            state.database.run_lazily(work).await
        };
        // In a box: those who have features do not carry the room for it around.
        Box::pin(answering).await?
    };
    state.metrics.predicted(kind_of::<A>().as_str(), 1);
    json(&answer)
}

/// Answers many questions on a thread of its own; one that fails does not fail the others.
pub(super) async fn batch<A: Ask>(asking: Asking<ExplainQuery>) -> Result<Response, ApiError> {
    let start = Instant::now();
    let Asking { state, passed: Passed { caller, place }, request_id, query, body } = asking;
    let (now, explain) = (state.clock.now(), query.explain);
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let model = A::model(models)?;
    let (limit, events_max) = (state.config.batch_items_max, state.config.events_per_item_max);
    let touched = Arc::clone(&state.touched);
    let turn = state.admission.batch_turn(place).await?;
    let work = move |store: &LazyStore| {
        let _turn = turn;
        let settings = caller.tenant.settings();
        let mut results = Vec::new();
        let mut by_label: BTreeMap<String, usize> = BTreeMap::new();
        for (index, item) in items(&body, A::ITEMS, limit)?.into_iter().enumerate() {
            let at = format!("/{}/{index}", A::ITEMS);
            // A connection for each item: a long batch keeps nobody else from the database.
            let store = store.fresh();
            let scene = Scene {
                tenant: &caller.tenant,
                touched: &touched,
                settings: &settings,
                now,
                explain,
                request_id: &request_id,
                store: Some(&store),
                events_max,
                at: &at,
            };
            let request = read_json::<A>(item.get().as_bytes(), &at);
            let id = request.as_ref().ok().and_then(|request| request.id()).map(str::to_owned);
            results.push(match request.and_then(|request| request.answer(&model, &scene)) {
                Ok(answer) => {
                    *by_label.entry(A::label(&answer).to_owned()).or_default() += 1;
                    Item { index, id, result: Some(answer), error: None }
                }
                Err(error) => Item { index, id, result: None, error: Some(*error.problem) },
            });
        }
        let count = results.len();
        let succeeded = results.iter().filter(|item| item.result.is_some()).count();
        let elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let summary = Summary { count, succeeded, failed: count - succeeded, elapsed_ms, by_label };
        let body = serde_json::to_vec(&Batch { results, summary }).map_err(ApiError::internal)?;
        Ok((body, succeeded))
    };
    let (body, succeeded) = state.database.run_lazily(work).await?;
    state.metrics.predicted(kind_of::<A>().as_str(), succeeded);
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body)
        .into_response())
}

/// What weighs in the model that scores, with an ETag: a client that has it gets 304.
pub(super) async fn weights<A: Ask>(
    state: AppState,
    caller: Caller,
    query: MethodQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let model = A::model(models)?;
    let answer = importance(kind_of::<A>(), model.served(), query.method)?;
    tagged(&headers, &answer)
}

/// Everything about one prediction.
pub(super) async fn explain<A: Explained>(
    asking: Asking<impl Into<Wanted>>,
) -> Result<Response, ApiError> {
    let Asking { state, passed: Passed { caller, place }, request_id, query, body } = asking;
    let request: A = read_json(&body, "")?;
    let (now, wanted) = (state.clock.now(), query.into());
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let model = A::model(models)?;
    let events_max = state.config.events_per_item_max;
    let touched = Arc::clone(&state.touched);
    let turn = state.admission.batch_turn(place).await?;
    let work = move |store: &LazyStore| {
        let _turn = turn;
        let settings = caller.tenant.settings();
        let scene = Scene {
            tenant: &caller.tenant,
            settings: &settings,
            now,
            explain: Explain::Full,
            request_id: &request_id,
            store: Some(store),
            touched: &touched,
            events_max,
            at: "",
        };
        request.explanation(&model, &wanted, &scene)
    };
    let answer = state.database.run_lazily(work).await?;
    state.metrics.predicted(kind_of::<A>().as_str(), 1);
    json(&answer)
}
