//! Churn risks.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::batch::Batch;
use chatsignal_api::churn::{ChurnBatchRequest, ChurnPrediction, ChurnRequest};
use chatsignal_api::error::Problem;
use chatsignal_api::importance::Importance;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::{self, Asking, ExplainQuery, MethodQuery};
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::{Query, RawJson};
use crate::service::identity::RequestId;
use crate::service::middleware::guard::Place;
use crate::service::predict::Event;
use crate::service::state::AppState;

type Ask = ChurnRequest<Event>;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let one = OpenApiRouter::new().routes(routes!(predict_churn));
    let many = OpenApiRouter::new().routes(routes!(predict_churn_batch));
    let model = OpenApiRouter::new().routes(routes!(get_churn_importance));
    guarded(one, state, Scope::Score, Class::Score)
        .merge(guarded(many, state, Scope::Score, Class::Batch))
        .merge(guarded(model, state, Scope::Score, Class::Io))
}

/// The churn risk of one customer, and what to do about it.
///
/// Takes exactly one of `features`, `events` and the id of a contact of the log.
#[utoipa::path(
    post, path = "/api/v1/ml/models/churn-prediction/predict", tag = "churn-prediction",
    params(ExplainQuery),
    request_body = ChurnRequest,
    responses(
        (status = 200, body = ChurnPrediction),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn predict_churn(
    State(state): State<AppState>,
    caller: Caller,
    request_id: RequestId,
    Query(ExplainQuery { explain }): Query<ExplainQuery>,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    scoring::predict::<Ask>(Asking { state, caller, request_id, explain }, body).await
}

/// The same for many at once.
///
/// At most 1,000 items (`--batch-items-max`). An item that fails has an `error` in its place; the
/// others are answered.
#[utoipa::path(
    post, path = "/api/v1/ml/models/churn-prediction/batch", tag = "churn-prediction",
    params(ExplainQuery),
    request_body = ChurnBatchRequest,
    responses(
        (status = 200, body = Batch<ChurnPrediction>),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn predict_churn_batch(
    State(state): State<AppState>,
    caller: Caller,
    request_id: RequestId,
    place: Place,
    Query(ExplainQuery { explain }): Query<ExplainQuery>,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    scoring::batch::<Ask>(Asking { state, caller, request_id, explain }, place, body).await
}

/// What weighs in the model that scores.
#[utoipa::path(
    get, path = "/api/v1/ml/models/churn-prediction/feature-importance", tag = "churn-prediction",
    params(MethodQuery),
    responses(
        (status = 200, body = Importance, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "The model is out of reach, or has no evaluation", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_churn_importance(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<MethodQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    scoring::weights::<Ask>(state, caller, query, headers).await
}
