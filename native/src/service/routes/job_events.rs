//! One training job, followed by server-sent events.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::error::Problem;
use chatsignal_api::stream::ServerSentEvent;

use super::jobs::no_job;
use crate::cli::clock;
use crate::service::auth::Caller;
use crate::service::error::ApiError;
use crate::service::event_stream::{EventStream, Gone, HEARTBEAT, LAST_EVENT_ID, event};
use crate::service::extract::{JobPath, NoQuery};
use crate::service::jobs::training_job;
use crate::service::state::AppState;
use crate::store::TenantId;
use crate::store::jobs::Job;

/// How often the job is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Longest life of a stream; the client connects again and goes on.
const STREAM_MAX: Duration = Duration::from_secs(15 * 60);

/// Follows a training job.
///
/// Each event is the job as `GET /api/v1/jobs/{job_id}` answers it: `progress` whenever it has
/// changed, `end` when it has ended, and then the stream ends too. An event's id is the number of
/// the change; with `Last-Event-ID` only what came after it is sent.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job_id}/events", tag = "training",
    params(
        ("job_id" = String, Path, description = "Identity of the job"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that was seen"),
    ),
    responses(
        (status = 200, description = "Events", body = ServerSentEvent, content_type = "text/event-stream"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["train"])),
)]
pub(super) async fn follow_job(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    JobPath(job_id): JobPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (tenant, job_id) = (caller.tenant.tenant.id, job_id);
    let places = state.stream_places(&caller)?;
    let job = find(&state, tenant, job_id).await?.ok_or_else(no_job)?;
    let last = headers.get(LAST_EVENT_ID);
    let seen = last.and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let (stream, answer) = EventStream::open();
    tokio::spawn(async move {
        // A key that was revoked meanwhile ends the stream.
        let may_go_on = || state.keys.still_opens(&headers, tenant);
        // A client that has gone away has heard enough.
        let _ = follow(&state, job, seen, stream, may_go_on).await;
        drop(places);
    });
    Ok(answer)
}

async fn find(state: &AppState, tenant: TenantId, job_id: String) -> Result<Option<Job>, ApiError> {
    state.database.run(move |store| Ok(store.job(tenant, &job_id)?)).await
}

async fn follow(
    state: &AppState,
    mut job: Job,
    mut seen: Option<u64>,
    stream: EventStream,
    may_go_on: impl Fn() -> bool,
) -> Result<(), Gone> {
    let (start, mut spoke) = (Instant::now(), Instant::now());
    stream.hello().await?;
    // While the service stops, open streams must not hold it up.
    while state.is_ready() && may_go_on() && start.elapsed() < STREAM_MAX {
        if job.step.status.is_final() {
            return stream.put(told("end", &job)).await;
        }
        if seen.is_none_or(|seen| seen != job.revision) {
            seen = Some(job.revision);
            stream.put(told("progress", &job)).await?;
            spoke = Instant::now();
        }
        if spoke.elapsed() >= HEARTBEAT {
            stream.heartbeat().await?;
            spoke = Instant::now();
        }
        tokio::time::sleep(LOOK).await;
        match find(state, job.tenant, job.job_id.clone()).await {
            Ok(Some(found)) => job = found,
            // Forgotten meanwhile.
            Ok(None) => return Ok(()),
            // The store is out of reach for the moment.
            Err(_) => {}
        }
    }
    Ok(())
}

fn told(name: &str, job: &Job) -> Bytes {
    event(name, Some(job.revision), &training_job(job, clock::now()))
}
