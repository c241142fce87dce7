//! Everything about one prediction.

use axum::response::Response;
use chatsignal_api::churn::ChurnRequest;
use chatsignal_api::engagement::EngagementRequest;
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::explain::ModelExplanation;
use chatsignal_api::lead::LeadRequest;
use chatsignal_api::openapi::{ModelName, Question};
use chatsignal_core::artifact::ModelKind;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::{self, Asking};
use crate::service::admission::Class;
use crate::service::auth::Scope;
use crate::service::error::ApiError;
use crate::service::extract::ModelPath;
use crate::service::predict::{Event, Wanted};
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    // A search for what would have changed a score costs as much as a small batch.
    guarded(OpenApiRouter::new().routes(routes!(explain)), state, Scope::Score, Class::Batch)
}

/// What is wanted beside the contributions.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExplainQuery {
    /// The tier or level that the counterfactual shall reach; the next better one when left out.
    target: Option<String>,
    /// Whether to give what pairs of features do together.
    #[serde(default)]
    interactions: bool,
}

impl From<ExplainQuery> for Wanted {
    fn from(query: ExplainQuery) -> Self {
        Self { target: query.target, interactions: query.interactions }
    }
}

/// Everything about one prediction.
///
/// The contribution of every feature, the smallest change of the features that a business can act
/// on which would have led to the target, and on request interaction values. Takes what the
/// model's predict route takes.
#[utoipa::path(
    post, path = "/api/v1/models/{model}/explain", tag = "models",
    params(("model" = ModelName, Path, description = "Kind of model"), ExplainQuery),
    request_body = Question,
    responses(
        (status = 200, body = ModelExplanation),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn explain(
    ModelPath(kind): ModelPath,
    asking: Asking<ExplainQuery>,
) -> Result<Response, ApiError> {
    match kind {
        ModelKind::Lead => scoring::explain::<LeadRequest<Event>>(asking).await,
        ModelKind::Churn => scoring::explain::<ChurnRequest<Event>>(asking).await,
        ModelKind::Engagement => scoring::explain::<EngagementRequest<Event>>(asking).await,
        ModelKind::Custom => Err(ApiError::new(ErrorCode::NotFound)),
    }
}
