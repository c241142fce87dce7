//! Training: asked for, and how it stands.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::job::{
    JobAccepted, JobsAccepted, TrainAllRequest, TrainedModel, TrainedModelStatus, TrainingStatus,
};
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelKind;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::jobs::no_job;
use super::scoring::json;
use crate::cli::clock;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::{NoQuery, Query, RawJson, read_json};
use crate::service::idempotency::{IdempotencyKey, Turn};
use crate::service::jobs::{self, Request, accepted, last_trained, next_due, training_job};
use crate::service::state::AppState;
use crate::store::Store;
use crate::store::jobs::{JobFilter, NewJob, is_id};

/// Jobs that the status shows when none is asked for.
const JOBS_SHOWN: usize = 50;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(train_model))
        .routes(routes!(train_all))
        .routes(routes!(get_training_status));
    guarded(routes, state, Scope::Train, Class::Io)
}

/// Which job.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatusQuery {
    /// One job, or the jobs of one call of train-all.
    job_id: Option<String>,
}

/// Trains one model on the tenant's log.
///
/// The answer comes at once; the job is done in the background. A model has one job at a time: while
/// it has one, that one is answered, with `created: false`.
#[utoipa::path(
    post, path = "/api/v1/ml/training/train-model", tag = "training",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day")),
    request_body = TrainRequest<Object>,
    responses(
        (status = 202, body = JobAccepted),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn train_model(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    key: IdempotencyKey,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let request: Request = read_json(&body, "")?;
    jobs::check(&request)?;
    let (tenant, new) = (caller.tenant.tenant.id, new_job(&request)?);
    let shared = state.clone();
    let effect = async move {
        let work = move |store: &mut Store| Ok(store.enqueue_job(tenant, &new, clock::now())?);
        let enqueued = shared.database.run(work).await?;
        shared.jobs.added();
        Ok((StatusCode::ACCEPTED, accepted(&enqueued)))
    };
    Turn::once(&state, &caller.tenant, key, ("train-model", &body), effect).await
}

fn new_job(request: &Request) -> Result<NewJob, ApiError> {
    let kept = serde_json::to_string(request).map_err(ApiError::internal)?;
    Ok(NewJob { model: request.model.kind(), request: kept, scheduled: false })
}

/// Trains several models, one job each.
#[utoipa::path(
    post, path = "/api/v1/ml/training/train-all", tag = "training",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day")),
    request_body = TrainAllRequest,
    responses(
        (status = 202, body = JobsAccepted),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn train_all(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    key: IdempotencyKey,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let request: TrainAllRequest = read_json(&body, "")?;
    let models = request.models.unwrap_or_else(|| TrainedModel::ALL.to_vec());
    let wrong = |at: String, rule: &str| ApiError::new(ErrorCode::InvalidField).at(at, rule);
    if models.is_empty() {
        return Err(wrong("/models".to_owned(), "must name at least one model"));
    }
    let mut new = Vec::with_capacity(TrainedModel::ALL.len());
    for (index, model) in models.iter().enumerate() {
        if models[..index].contains(model) {
            return Err(wrong(format!("/models/{index}"), "is there twice"));
        }
        let request = Request {
            model: *model,
            data: request.data,
            validation: request.validation,
            params: None,
            promote: request.promote,
            seed: request.seed,
        };
        jobs::check(&request)?;
        new.push(new_job(&request)?);
    }
    let tenant = caller.tenant.tenant.id;
    let shared = state.clone();
    let effect = async move {
        let work = move |store: &mut Store| Ok(store.enqueue_jobs(tenant, &new, clock::now())?);
        let (group, enqueued) = shared.database.run(work).await?;
        shared.jobs.added();
        let answer = JobsAccepted {
            status_url: format!("/api/v1/ml/training/status?job_id={group}"),
            job_id: group,
            jobs: enqueued.iter().map(accepted).collect(),
        };
        Ok((StatusCode::ACCEPTED, answer))
    };
    Turn::once(&state, &caller.tenant, key, ("train-all", &body), effect).await
}

/// How training stands: the newest jobs (or those asked for) and the models.
#[utoipa::path(
    get, path = "/api/v1/ml/training/status", tag = "training",
    params(StatusQuery),
    responses(
        (status = 200, body = TrainingStatus),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
async fn get_training_status(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<StatusQuery>,
) -> Result<Response, ApiError> {
    let asked = query.job_id;
    if asked.as_deref().is_some_and(|id| !is_id(id)) {
        return Err(no_job());
    }
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let mut serving = Vec::new();
    for kind in ModelKind::TRAINED {
        let drift = state.reports.newest(caller.tenant.tenant.id, kind);
        serving.push((kind, models.serving(kind), drift));
    }
    let (tenant, registry) = (caller.tenant.clone(), state.registry.clone());
    let work = move |store: &mut Store| {
        let (id, now) = (tenant.tenant.id, clock::now());
        let found = match asked {
            None => store.jobs(id, &JobFilter::default(), JOBS_SHOWN)?.unwrap_or_default(),
            Some(asked) => match store.job(id, &asked)? {
                Some(job) => vec![job],
                None => match store.jobs_of_group(id, &asked)? {
                    jobs if jobs.is_empty() => return Err(no_job()),
                    jobs => jobs,
                },
            },
        };
        let mut models = Vec::new();
        for (kind, (version, state), drift) in serving {
            let trained = last_trained(&registry, &tenant.tenant.name, kind);
            let due = next_due(store, &registry, &tenant, kind, now)?;
            models.push(TrainedModelStatus {
                model: kind.as_str().to_owned(),
                champion_version: version,
                state: state.to_owned(),
                last_trained_at: trained.map(Instant),
                next_due_at: due.map(Instant),
                drift,
            });
        }
        let jobs = found.iter().map(|job| training_job(job, now)).collect();
        Ok(TrainingStatus { jobs, models })
    };
    json(&state.database.run(work).await?)
}
