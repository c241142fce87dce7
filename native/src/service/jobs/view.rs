//! Jobs as they are shown.

use chatsignal_api::job::{JobAccepted, TrainingJob};
use chatsignal_api::time::Instant;
use chatsignal_core::time::TimestampMs;

use crate::store::jobs::{Enqueued, Job};

/// Share of the work after which the pace says something about the rest.
const PACE_FROM: f64 = 0.1;

/// A job that was put into the queue.
pub(crate) fn accepted(enqueued: &Enqueued) -> JobAccepted {
    let Enqueued { job, created } = enqueued;
    JobAccepted {
        job_id: job.job_id.clone(),
        model: job.model.as_str().to_owned(),
        status: job.step.status,
        created: *created,
        status_url: format!("/api/v1/ml/training/status?job_id={}", job.job_id),
        events_url: format!("/api/v1/jobs/{}/events", job.job_id),
    }
}

/// A job at the instant `now`.
pub(crate) fn training_job(job: &Job, now: TimestampMs) -> TrainingJob {
    let elapsed_s = job.started_at.map(|started| {
        let until = job.finished_at.unwrap_or(now);
        until.0.saturating_sub(started.0).max(0) as f64 / 1_000.0
    });
    let progress = job.step.progress;
    let eta_s = elapsed_s
        .filter(|_| job.finished_at.is_none() && progress >= PACE_FROM)
        .map(|elapsed| (elapsed * (1.0 - progress) / progress * 10.0).round() / 10.0);
    let outcome = job.outcome.as_deref().and_then(|json| serde_json::from_str(json).ok());
    TrainingJob {
        job_id: job.job_id.clone(),
        model: job.model.as_str().to_owned(),
        status: job.step.status,
        stage: job.step.stage.clone(),
        progress,
        eta_s,
        scheduled: job.scheduled,
        created_at: Instant(job.created_at),
        started_at: job.started_at.map(Instant),
        finished_at: job.finished_at.map(Instant),
        elapsed_s,
        attempts: job.attempts,
        cancel_requested: job.cancel,
        outcome: outcome.unwrap_or_default(),
        error: job.error.clone(),
    }
}
