//! What a worker does with jobs: takes, renews, ends, gives back.

use chatsignal_api::job::JobStatus;
use chatsignal_core::time::TimestampMs;
use rusqlite::{OptionalExtension, TransactionBehavior};

use super::{ATTEMPTS_MAX, COLUMNS, Job, job};
use crate::store::{Store, StoreError};

/// How far a job has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where it stands.
    pub status: JobStatus,
    /// The step within the status, in words.
    pub stage: String,
    /// Share of the work that is done, 0 to 1.
    pub progress: f64,
}

/// A job that a worker holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// The job.
    pub job: Job,
    /// Told with every change: it holds until somebody else takes the job.
    pub token: i64,
}

/// What a worker hears when it renews its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Go on.
    Held,
    /// Somebody cancelled the job.
    Cancelled,
    /// Another worker has the job.
    Lost,
}

/// How a job ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// A final status.
    pub status: JobStatus,
    /// What came out, as JSON.
    pub outcome: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Store {
    /// Takes the next job, for `lease_ms` from `now` on: one that people asked for before a
    /// scheduled one, the older first. A job whose worker gives no sign of life any more is taken
    /// up again, at most [`ATTEMPTS_MAX`] times. `None` when nothing is to be done.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn take_job(
        &mut self,
        owner: &str,
        now: TimestampMs,
        lease_ms: i64,
    ) -> Result<Option<Lease>, StoreError> {
        // Most looks find nothing: they must not take the lock for writing.
        let anything = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM jobs WHERE finished_at IS NULL
                 AND (lease_until < ?1 OR (lease_until IS NULL AND run_after <= ?1)) LIMIT 1",
            )?
            .query_row([now.0], |_| Ok(()))
            .optional()?;
        if anything.is_none() {
            return Ok(None);
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Leases that ended: cancelled meanwhile, or begun too often.
        transaction.execute(
            "UPDATE jobs SET status = 'cancelled', finished_at = ?1, lease_owner = NULL,
             lease_until = NULL, lease_token = lease_token + 1, revision = revision + 1
             WHERE finished_at IS NULL AND lease_until < ?1 AND cancel",
            [now.0],
        )?;
        transaction.execute(
            "UPDATE jobs SET status = 'failed', finished_at = ?1, lease_owner = NULL,
             lease_until = NULL, lease_token = lease_token + 1, revision = revision + 1,
             error = 'the process that trained ended ' || attempts || ' times before it was done'
             WHERE finished_at IS NULL AND lease_until < ?1 AND attempts >= ?2",
            (now.0, ATTEMPTS_MAX),
        )?;
        let taken = transaction
            .prepare_cached(&format!(
                "UPDATE jobs SET status = 'extracting', stage = '', progress = 0, started_at = ?1,
                 attempts = attempts + 1, lease_owner = ?2, lease_until = ?3,
                 lease_token = lease_token + 1, revision = revision + 1
                 WHERE seq = (
                   SELECT seq FROM jobs WHERE finished_at IS NULL
                   AND (lease_until < ?1 OR (lease_until IS NULL AND run_after <= ?1))
                   ORDER BY scheduled, seq LIMIT 1)
                 RETURNING {COLUMNS}, lease_token"
            ))?
            .query_row((now.0, owner, now.0.saturating_add(lease_ms)), |row| {
                Ok(Lease { job: job(row)?, token: row.get("lease_token")? })
            })
            .optional()?;
        transaction.commit()?;
        Ok(taken)
    }

    /// Renews a lease and, where there is something new, writes how far the job has come.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn renew_job(
        &self,
        lease: &Lease,
        step: Option<&Step>,
        now: TimestampMs,
        lease_ms: i64,
    ) -> Result<Renewal, StoreError> {
        let (status, stage, progress) = match step {
            Some(step) => {
                (Some(step.status.as_str()), Some(step.stage.as_str()), Some(step.progress))
            }
            None => (None, None, None),
        };
        let mut statement = self.connection.prepare_cached(
            "UPDATE jobs SET lease_until = ?3, status = coalesce(?4, status),
             stage = coalesce(?5, stage), progress = coalesce(?6, progress),
             revision = revision + (?4 IS NOT NULL)
             WHERE job_id = ?1 AND lease_token = ?2 AND finished_at IS NULL RETURNING cancel",
        )?;
        let until = now.0.saturating_add(lease_ms);
        let key = (&lease.job.job_id, lease.token, until, status, stage, progress);
        let cancel: Option<bool> = statement.query_row(key, |row| row.get(0)).optional()?;
        Ok(renewal(cancel))
    }

    /// Whether a lease still holds, without renewing it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn watch_job(&self, lease: &Lease) -> Result<Renewal, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT cancel FROM jobs
             WHERE job_id = ?1 AND lease_token = ?2 AND finished_at IS NULL",
        )?;
        let key = (&lease.job.job_id, lease.token);
        Ok(renewal(statement.query_row(key, |row| row.get(0)).optional()?))
    }

    /// Ends a job. Whether the lease still held; if not, nothing was changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish_job(
        &self,
        lease: &Lease,
        ending: &Ending,
        now: TimestampMs,
    ) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE jobs SET status = ?3, outcome = ?4, error = ?5, finished_at = ?6,
             progress = iif(?3 IN ('succeeded', 'refused'), 1, progress),
             lease_owner = NULL, lease_until = NULL, revision = revision + 1
             WHERE job_id = ?1 AND lease_token = ?2 AND finished_at IS NULL",
        )?;
        let changed = statement.execute((
            &lease.job.job_id,
            lease.token,
            ending.status.as_str(),
            &ending.outcome,
            &ending.error,
            now.0,
        ))?;
        Ok(changed > 0)
    }

    /// Puts a job back into the queue, to be taken from `run_after` on. `undone`: the attempt does
    /// not count, for it was not the job's fault. Whether the lease still held.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn give_back_job(
        &self,
        lease: &Lease,
        run_after: TimestampMs,
        undone: bool,
    ) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE jobs SET status = 'queued', stage = '', progress = 0, run_after = ?3,
             attempts = attempts - ?4, started_at = NULL, lease_owner = NULL, lease_until = NULL,
             lease_token = lease_token + 1, revision = revision + 1
             WHERE job_id = ?1 AND lease_token = ?2 AND finished_at IS NULL",
        )?;
        let changed = statement.execute((&lease.job.job_id, lease.token, run_after.0, undone))?;
        Ok(changed > 0)
    }
}

fn renewal(cancel: Option<bool>) -> Renewal {
    match cancel {
        None => Renewal::Lost,
        Some(true) => Renewal::Cancelled,
        Some(false) => Renewal::Held,
    }
}
