//! How jobs come into the queue, and how they are cancelled.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{COLUMNS, GROUP_MEMBERS_MAX, Job, KEPT_MAX, fresh_id, job};
use crate::store::{Store, StoreError, TenantId};

/// A job to be.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which model.
    pub model: ModelKind,
    /// What is asked for, as JSON.
    pub request: String,
    /// Whether the schedule makes it: it stands behind those that people ask for.
    pub scheduled: bool,
}

/// What became of a new job.
#[derive(Clone, Debug, PartialEq)]
pub struct Enqueued {
    /// The job; the open one of the same model where there was one.
    pub job: Job,
    /// Whether it is new.
    pub created: bool,
}

impl Store {
    /// Puts a job into the queue, unless its model has one that has not ended yet.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn enqueue_job(
        &mut self,
        tenant: TenantId,
        new: &NewJob,
        now: TimestampMs,
    ) -> Result<Enqueued, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let enqueued = enqueue(&transaction, tenant, new, now)?;
        prune(&transaction, tenant)?;
        transaction.commit()?;
        Ok(enqueued)
    }

    /// Puts jobs into the queue together; the identity of the group and the jobs in order.
    ///
    /// # Errors
    /// When the file cannot be written; then none is in the queue.
    pub fn enqueue_jobs(
        &mut self,
        tenant: TenantId,
        new: &[NewJob],
        now: TimestampMs,
    ) -> Result<(String, Vec<Enqueued>), StoreError> {
        let group = fresh_id()?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut all = Vec::with_capacity(new.len());
        for (position, new) in new.iter().enumerate() {
            let enqueued = enqueue(&transaction, tenant, new, now)?;
            transaction.execute(
                "INSERT INTO job_groups (tenant, group_id, position, job_id) VALUES (?1, ?2, ?3, ?4)",
                (tenant.0, &group, position as i64, &enqueued.job.job_id),
            )?;
            all.push(enqueued);
        }
        prune(&transaction, tenant)?;
        transaction.commit()?;
        Ok((group, all))
    }

    /// Puts a scheduled job into the queue if it is due: the model has no open job, and the last
    /// one (but for those that were asked for and cancelled) ended at least `period_ms` ago. Whether it
    /// was due.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn enqueue_due_job(
        &mut self,
        tenant: TenantId,
        new: &NewJob,
        period_ms: i64,
        now: TimestampMs,
    ) -> Result<bool, StoreError> {
        let is_due = |connection: &Connection| -> Result<bool, StoreError> {
            Ok(open(connection, tenant, new.model)?.is_none()
                && last_end(connection, tenant, new.model)?
                    .is_none_or(|end| end.0.saturating_add(period_ms) <= now.0))
        };
        // Most looks find nothing due: they must not take the lock for writing.
        if !is_due(&self.connection)? {
            return Ok(false);
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let due = is_due(&transaction)?;
        if due {
            enqueue(&transaction, tenant, new, now)?;
            prune(&transaction, tenant)?;
        }
        transaction.commit()?;
        Ok(due)
    }

    /// Cancels a job of a tenant: at once while it waits, at its next step while it runs, not at
    /// all when it has ended. The job as it is then; `None` when there is none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn cancel_job(
        &mut self,
        tenant: TenantId,
        job_id: &str,
        now: TimestampMs,
    ) -> Result<Option<Job>, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let key = (tenant.0, job_id, now.0);
        transaction.execute(
            "UPDATE jobs SET status = 'cancelled', cancel = 1, finished_at = ?3,
             revision = revision + 1
             WHERE tenant = ?1 AND job_id = ?2 AND status = 'queued'",
            key,
        )?;
        transaction.execute(
            "UPDATE jobs SET cancel = 1, revision = revision + 1
             WHERE tenant = ?1 AND job_id = ?2 AND finished_at IS NULL AND NOT cancel",
            (tenant.0, job_id),
        )?;
        let found = super::read::by_id(&transaction, tenant, job_id)?;
        transaction.commit()?;
        Ok(found)
    }
}

fn enqueue(
    connection: &Connection,
    tenant: TenantId,
    new: &NewJob,
    now: TimestampMs,
) -> Result<Enqueued, StoreError> {
    if let Some(job) = open(connection, tenant, new.model)? {
        return Ok(Enqueued { job, created: false });
    }
    let job = connection
        .prepare_cached(&format!(
            "INSERT INTO jobs (job_id, tenant, model, request, scheduled, status, created_at, run_after)
             VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?6) RETURNING {COLUMNS}"
        ))?
        .query_row(
            (fresh_id()?, tenant.0, new.model.as_str(), &new.request, new.scheduled, now.0),
            job,
        )?;
    Ok(Enqueued { job, created: true })
}

fn open(
    connection: &Connection,
    tenant: TenantId,
    model: ModelKind,
) -> Result<Option<Job>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM jobs WHERE tenant = ?1 AND model = ?2 AND finished_at IS NULL"
    ))?;
    Ok(statement.query_row((tenant.0, model.as_str()), job).optional()?)
}

/// When the last job of a model ended; one that was asked for and cancelled does not count, a
/// scheduled one that was cancelled waits for its next turn.
pub(super) fn last_end(
    connection: &Connection,
    tenant: TenantId,
    model: ModelKind,
) -> Result<Option<TimestampMs>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT max(finished_at) FROM jobs
         WHERE tenant = ?1 AND model = ?2 AND (scheduled OR status <> 'cancelled')",
    )?;
    let end: Option<i64> = statement.query_row((tenant.0, model.as_str()), |row| row.get(0))?;
    Ok(end.map(TimestampMs))
}

/// Forgets the oldest ended jobs of a tenant beyond [`KEPT_MAX`], and the oldest groups of jobs
/// whose members are more than [`GROUP_MEMBERS_MAX`].
fn prune(connection: &Connection, tenant: TenantId) -> Result<(), StoreError> {
    let forgotten = connection
        .prepare_cached(
            "DELETE FROM jobs WHERE tenant = ?1 AND finished_at IS NOT NULL AND seq <= (
               SELECT seq FROM jobs WHERE tenant = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute((tenant.0, KEPT_MAX))?;
    if forgotten > 0 {
        connection.execute(
            "DELETE FROM job_groups WHERE tenant = ?1
             AND job_id NOT IN (SELECT job_id FROM jobs WHERE tenant = ?1)",
            [tenant.0],
        )?;
    }
    connection
        .prepare_cached(
            "DELETE FROM job_groups WHERE tenant = ?1 AND group_id IN (
               SELECT group_id FROM job_groups WHERE tenant = ?1 AND seq <= (
                 SELECT seq FROM job_groups WHERE tenant = ?1
                 ORDER BY seq DESC LIMIT 1 OFFSET ?2))",
        )?
        .execute((tenant.0, GROUP_MEMBERS_MAX))?;
    Ok(())
}
