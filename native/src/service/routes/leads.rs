//! Lead scores.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::batch::Batch;
use chatsignal_api::error::Problem;
use chatsignal_api::importance::Importance;
use chatsignal_api::lead::{LeadBatchRequest, LeadPrediction, LeadRequest};
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

type Ask = LeadRequest<Event>;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let one = OpenApiRouter::new().routes(routes!(predict_lead));
    let many = OpenApiRouter::new().routes(routes!(predict_lead_batch));
    let model = OpenApiRouter::new().routes(routes!(get_lead_importance));
    guarded(one, state, Scope::Score, Class::Score)
        .merge(guarded(many, state, Scope::Score, Class::Batch))
        .merge(guarded(model, state, Scope::Score, Class::Io))
}

/// Scores one lead.
///
/// Takes exactly one of `features`, `events` and the id of a contact of the log.
#[utoipa::path(
    post, path = "/api/v1/ml/models/lead-scoring/predict", tag = "lead-scoring",
    params(ExplainQuery),
    request_body = LeadRequest,
    responses(
        (status = 200, body = LeadPrediction),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn predict_lead(
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
    post, path = "/api/v1/ml/models/lead-scoring/batch", tag = "lead-scoring",
    params(ExplainQuery),
    request_body = LeadBatchRequest,
    responses(
        (status = 200, body = Batch<LeadPrediction>),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn predict_lead_batch(
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
    get, path = "/api/v1/ml/models/lead-scoring/feature-importance", tag = "lead-scoring",
    params(MethodQuery),
    responses(
        (status = 200, body = Importance, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "The model is out of reach, or has no evaluation", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_lead_importance(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<MethodQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    scoring::weights::<Ask>(state, caller, query, headers).await
}
