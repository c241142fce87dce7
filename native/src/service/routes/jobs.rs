//! Training jobs: listed, looked at, cancelled, begun again.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::job::{JobAccepted, JobStatus, JobsPage, TrainedModel, TrainingJob};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::limit::PageSize;
use super::scoring::json;
use super::tagged::tagged;
use crate::cli::clock;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::{JobPath, NoQuery, Query};
use crate::service::idempotency::{IdempotencyKey, Turn};
use crate::service::jobs::{accepted, training_job};
use crate::service::state::AppState;
use crate::store::Store;
use crate::store::jobs::{JobFilter, NewJob};

/// Jobs on a page.
const PAGE: PageSize = PageSize { default: 50, max: 200 };

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(list_jobs))
        .routes(routes!(get_job, cancel_job))
        .routes(routes!(retry_job))
        .routes(routes!(super::job_events::follow_job));
    guarded(routes, state, Scope::Train, Class::Io)
}

/// Which jobs.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JobsQuery {
    /// Jobs on the page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Of one model only.
    #[param(value_type = Option<chatsignal_api::openapi::TrainedModelName>)]
    model: Option<TrainedModel>,
    /// Of one status only.
    status: Option<JobStatus>,
}

/// Training jobs of the tenant, the newest first; the last 500 that ended are kept.
#[utoipa::path(
    get, path = "/api/v1/jobs", tag = "training",
    params(JobsQuery),
    responses(
        (status = 200, body = JobsPage, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn list_jobs(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<JobsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let limit = PAGE.of(query.limit, ErrorCode::InvalidParameter, "")?;
    let tenant = caller.tenant.tenant.id;
    let work = move |store: &mut Store| {
        let filter = JobFilter {
            model: query.model.map(TrainedModel::kind),
            status: query.status,
            before: query.cursor.as_deref(),
        };
        // One more than asked for: is there a next page?
        Ok(store.jobs(tenant, &filter, limit + 1)?)
    };
    let found = state.database.run(work).await?;
    let mut found = found.ok_or_else(|| {
        ApiError::new(ErrorCode::InvalidParameter).detail("cursor: there is no such job any more")
    })?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|job| job.job_id.clone());
    let now = clock::now();
    let jobs = found.iter().map(|job| training_job(job, now)).collect();
    tagged(&headers, &JobsPage { jobs, next_cursor })
}

/// One training job.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job_id}", tag = "training",
    params(("job_id" = String, Path, description = "Identity of the job")),
    responses(
        (status = 200, body = TrainingJob),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn get_job(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    JobPath(job_id): JobPath,
) -> Result<Response, ApiError> {
    let (tenant, job_id) = (caller.tenant.tenant.id, job_id);
    let found = state.database.run(move |store| Ok(store.job(tenant, &job_id)?)).await?;
    json(&training_job(&found.ok_or_else(no_job)?, clock::now()))
}

/// Cancels a training job.
///
/// A job that waits has ended with the answer (200); one that runs ends at its next step (202); one
/// that has ended stays as it is (200).
#[utoipa::path(
    delete, path = "/api/v1/jobs/{job_id}", tag = "training",
    params(("job_id" = String, Path, description = "Identity of the job")),
    responses(
        (status = 200, description = "It has ended", body = TrainingJob),
        (status = 202, description = "It is about to end", body = TrainingJob),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn cancel_job(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    JobPath(job_id): JobPath,
) -> Result<Response, ApiError> {
    let (tenant, job_id) = (caller.tenant.tenant.id, job_id);
    let work = move |store: &mut Store| Ok(store.cancel_job(tenant, &job_id, clock::now())?);
    let job = state.database.run(work).await?.ok_or_else(no_job)?;
    let status = if job.step.status.is_final() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, json(&training_job(&job, clock::now()))?).into_response())
}

/// Asks again for what a job that failed, was refused or was cancelled was asked for.
///
/// It is a new job with an identity of its own, unless its model has one that has not ended.
#[utoipa::path(
    post, path = "/api/v1/jobs/{job_id}/retry", tag = "training",
    params(
        ("job_id" = String, Path, description = "Identity of the job"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day"),
    ),
    responses(
        (status = 202, body = JobAccepted),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn retry_job(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    JobPath(job_id): JobPath,
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    let (tenant, route) = (caller.tenant.tenant.id, format!("retry/{job_id}"));
    let work = move |store: &mut Store| {
        let job = store.job(tenant, &job_id)?.ok_or_else(no_job)?;
        if !matches!(job.step.status, JobStatus::Failed | JobStatus::Refused | JobStatus::Cancelled)
        {
            let status = job.step.status.as_str();
            return Err(ApiError::new(ErrorCode::JobConflict).detail(format!(
                "the job is {status}; one that failed, was refused or was cancelled can be begun again"
            )));
        }
        let new = NewJob { model: job.model, request: job.request, scheduled: false };
        Ok(store.enqueue_job(tenant, &new, clock::now())?)
    };
    let shared = state.clone();
    let effect = async move {
        let enqueued = shared.database.run(work).await?;
        shared.jobs.added();
        Ok((StatusCode::ACCEPTED, accepted(&enqueued)))
    };
    Turn::once(&state, &caller.tenant, key, (&route, &[]), effect).await
}

pub(super) fn no_job() -> ApiError {
    ApiError::new(ErrorCode::NotFound).detail("there is no such job")
}
