//! Probability of a reply to a send, and the best hour for it.

use chatsignal_api::engagement::{EngagementBatchRequest, EngagementPrediction, EngagementRequest};
use chatsignal_api::send_time::{OptimalTime, OptimalTimeBatchRequest, OptimalTimeRequest};

use super::model::model_routes;

model_routes! {
    tag: "engagement-prediction", about: "The probability that one contact replies to one send.",
    predict_engagement "/api/v1/ml/models/engagement-prediction/predict",
    predict_engagement_batch "/api/v1/ml/models/engagement-prediction/batch",
    get_engagement_importance "/api/v1/ml/models/engagement-prediction/feature-importance",
    EngagementRequest, EngagementBatchRequest -> EngagementPrediction
}

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let plan = OpenApiRouter::new().routes(routes!(plan_send_time));
    let plans = OpenApiRouter::new().routes(routes!(plan_send_times));
    model_routes(state).merge(guarded(plan, state, Scope::Score, Class::Score)).merge(guarded(
        plans,
        state,
        Scope::Score,
        Class::Batch,
    ))
}

/// The best hour to write to one contact, within the tenant's rules.
#[utoipa::path(
    post, path = "/api/v1/ml/models/engagement-prediction/optimal-time", tag = "engagement-prediction",
    params(ExplainQuery),
    request_body = OptimalTimeRequest,
    responses(
        (status = 200, body = OptimalTime),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn plan_send_time(asking: Asking<ExplainQuery>) -> Result<Response, ApiError> {
    scoring::predict::<OptimalTimeRequest<Event>>(asking).await
}

/// The best hours to write to many contacts.
///
/// At most 1,000 contacts (`--batch-items-max`). One that fails has an `error` in its place; the others
/// are answered.
#[utoipa::path(
    post, path = "/api/v1/ml/models/engagement-prediction/optimal-time/batch", tag = "engagement-prediction",
    params(ExplainQuery),
    request_body = OptimalTimeBatchRequest,
    responses(
        (status = 200, body = Batch<OptimalTime>),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn plan_send_times(asking: Asking<ExplainQuery>) -> Result<Response, ApiError> {
    scoring::batch::<OptimalTimeRequest<Event>>(asking).await
}
