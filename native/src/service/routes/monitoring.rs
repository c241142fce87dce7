//! How the models in use are.

use axum::extract::State;
use axum::response::Response;
use chatsignal_api::error::Problem;
use chatsignal_api::monitoring::DriftReport;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::json;
use crate::service::admission::Class;
use crate::service::admission::Place;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::Query;
use crate::service::models::Model;
use crate::service::monitoring;
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new().routes(routes!(get_drift));
    guarded(routes, state, Scope::Score, Class::Batch)
}

/// Which model.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ModelQuery {
    /// The model.
    #[param(inline)]
    model: Kind,
}

/// A kind of model.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Lead,
    Churn,
    Engagement,
}

/// Whether contacts still look like those that the model was trained on, and how good it is.
///
/// Every feature and the scores are compared with the training data by the population stability
/// index; its threshold is what the index passes by chance in samples of this size. `expected` says
/// what figures the calibrated probabilities promise, `realised` what came true. The answer is kept
/// for five minutes.
#[utoipa::path(
    get, path = "/api/v1/monitoring/drift", tag = "service",
    params(ModelQuery),
    responses(
        (status = 200, body = DriftReport),
        (status = "4XX", description = "What is wrong with the request; `reference_missing` when the model keeps nothing to compare with", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_drift(
    State(state): State<AppState>,
    caller: Caller,
    place: Place,
    Query(query): Query<ModelQuery>,
) -> Result<Response, ApiError> {
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let served = match query.model {
        Kind::Lead => models.lead.get()?.served().clone(),
        Kind::Churn => models.churn.get()?.served().clone(),
        Kind::Engagement => models.engagement.get()?.served().clone(),
    };
    let report = monitoring::report(&state, &caller.tenant, served, place).await?;
    json(&*report)
}
