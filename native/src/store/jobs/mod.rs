//! Training jobs: one queue in the database for every process that serves it.
//!
//! A worker takes a job under a lease ([`Store::take_job`]) and renews it while it works
//! ([`Store::renew_job`]). Everything that it writes carries the token of its lease and changes
//! nothing once another worker has taken the job.

mod queue;
mod read;
#[cfg(test)]
mod tests;
mod work;

use chatsignal_api::job::JobStatus;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;
use rusqlite::Row;

use super::{StoreError, TenantId};

pub use queue::{Enqueued, NewJob};
pub use read::JobFilter;
pub use work::{Ending, Lease, Renewal, Step};

/// Times that a job is begun before it counts as failed: one that takes its process down each time
/// must not do so for ever.
pub const ATTEMPTS_MAX: u32 = 5;
/// Ended jobs of a tenant that are kept.
pub const KEPT_MAX: u32 = 500;
/// Members of groups of jobs of a tenant that are kept. A group that is asked for while its jobs
/// are open makes no job, so that the number of jobs is no limit for it.
pub const GROUP_MEMBERS_MAX: u32 = 3 * KEPT_MAX;

/// A job as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its identity: `t_` and 32 hexadecimal digits.
    pub job_id: String,
    /// Whose.
    pub tenant: TenantId,
    /// Which model.
    pub model: ModelKind,
    /// What was asked for, as JSON.
    pub request: String,
    /// Whether the schedule made it.
    pub scheduled: bool,
    /// Where it stands.
    pub step: Step,
    /// Counts every change.
    pub revision: u64,
    /// When it was asked for.
    pub created_at: TimestampMs,
    /// When its present or last attempt began.
    pub started_at: Option<TimestampMs>,
    /// When it ended.
    pub finished_at: Option<TimestampMs>,
    /// How many times it was begun.
    pub attempts: u32,
    /// Whether somebody cancelled it.
    pub cancel: bool,
    /// What came out, as JSON.
    pub outcome: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// The columns that [`job`] reads, in its order.
const COLUMNS: &str =
    "job_id, tenant, model, request, scheduled, status, stage, progress, revision,
    created_at, started_at, finished_at, attempts, cancel, outcome, error";

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let at = |ms: Option<i64>| ms.map(TimestampMs);
    let unknown = |column: usize, name: String| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, name.into())
    };
    let (model, status): (String, String) = (row.get(2)?, row.get(5)?);
    Ok(Job {
        job_id: row.get(0)?,
        tenant: TenantId(row.get(1)?),
        model: ModelKind::from_name(&model).ok_or_else(|| unknown(2, model))?,
        request: row.get(3)?,
        scheduled: row.get(4)?,
        step: Step {
            status: JobStatus::from_name(&status).ok_or_else(|| unknown(5, status))?,
            stage: row.get(6)?,
            progress: row.get(7)?,
        },
        revision: row.get::<_, i64>(8)?.unsigned_abs(),
        created_at: TimestampMs(row.get(9)?),
        started_at: at(row.get(10)?),
        finished_at: at(row.get(11)?),
        attempts: row.get(12)?,
        cancel: row.get(13)?,
        outcome: row.get(14)?,
        error: row.get(15)?,
    })
}

/// Whether a text has the form of an identity of a job or of a group of jobs.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("t_").is_some_and(|digits| digits.len() == 32 && digits.bytes().all(hex))
}

/// A fresh identity of a job or of a group of jobs.
fn fresh_id() -> Result<String, StoreError> {
    Ok(format!("t_{}", super::keys::random_hex::<16>()?))
}
