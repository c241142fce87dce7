//! The features of a model: what they are, and their values for one contact.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::error::Problem;
use chatsignal_api::features::{ComputeRequest, ComputedFeatures, FeatureSchema};
use chatsignal_api::openapi::ModelName;
use chatsignal_api::prediction::Explain;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::json;
use super::tagged::tagged;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::database::LazyStore;
use crate::service::error::ApiError;
use crate::service::extract::{ModelPath, NoQuery, RawJson, read_json};
use crate::service::identity::RequestId;
use crate::service::predict::{Event, Scene, compute};
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let schema = OpenApiRouter::new().routes(routes!(get_feature_schema));
    let values = OpenApiRouter::new().routes(routes!(compute_features));
    guarded(schema, state, Scope::Score, Class::Io).merge(guarded(
        values,
        state,
        Scope::Score,
        Class::Score,
    ))
}

/// What the features of a model are.
///
/// Names in the order of the vector, with units, ranges, the meaning of a missing value and the
/// exact definition.
#[utoipa::path(
    get, path = "/api/v1/features/{model}/schema", tag = "features",
    params(("model" = ModelName, Path, description = "Kind of model")),
    responses(
        (status = 200, body = FeatureSchema, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_feature_schema(
    ModelPath(kind): ModelPath,
    headers: HeaderMap,
    _: NoQuery,
) -> Result<Response, ApiError> {
    tagged(&headers, &FeatureSchema::of(kind))
}

/// The features of one contact, without a score.
///
/// Takes `events`, or `contact_id` for a contact of the log, as known at `as_of`. Priors come from
/// the model in use, as for its own predictions.
#[utoipa::path(
    post, path = "/api/v1/features/{model}/compute", tag = "features",
    params(("model" = ModelName, Path, description = "Kind of model")),
    request_body = ComputeRequest,
    responses(
        (status = 200, body = ComputedFeatures),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn compute_features(
    State(state): State<AppState>,
    caller: Caller,
    request_id: RequestId,
    ModelPath(kind): ModelPath,
    _: NoQuery,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let request: ComputeRequest<Event> = read_json(&body, "")?;
    caller.tenant.models(&state.registry, &state.metrics).await?;
    let events_max = state.config.events_per_item_max;
    let tenant = caller.tenant.clone();
    let settings = tenant.settings();
    let touched = Arc::clone(&state.touched);
    let now = state.clock.now();
    let work = move |store: &LazyStore| {
        let models = tenant.loaded_models()?;
        let scene = Scene {
            tenant: &tenant,
            settings: &settings,
            now,
            explain: Explain::None,
            request_id: &request_id,
            store: Some(store),
            touched: &touched,
            events_max,
            at: "",
        };
        compute(kind, request, models, &scene)
    };
    json(&state.database.run_lazily(work).await?)
}
