//! Looking at jobs.

use chatsignal_api::job::JobStatus;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;
use rusqlite::{Connection, OptionalExtension};

use super::{COLUMNS, Job, job, queue};
use crate::store::{Store, StoreError, TenantId};

/// Which jobs.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobFilter<'a> {
    /// Of one model only.
    pub model: Option<ModelKind>,
    /// Of one status only.
    pub status: Option<JobStatus>,
    /// Older than this job.
    pub before: Option<&'a str>,
}

impl Store {
    /// A job of a tenant.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn job(&self, tenant: TenantId, job_id: &str) -> Result<Option<Job>, StoreError> {
        by_id(&self.connection, tenant, job_id)
    }

    /// Jobs of a tenant, the newest first, at most `limit`. `None` when there is no job
    /// `filter.before`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn jobs(
        &self,
        tenant: TenantId,
        filter: &JobFilter<'_>,
        limit: usize,
    ) -> Result<Option<Vec<Job>>, StoreError> {
        let before = match filter.before {
            None => i64::MAX,
            Some(job_id) => {
                let mut statement = self
                    .connection
                    .prepare_cached("SELECT seq FROM jobs WHERE tenant = ?1 AND job_id = ?2")?;
                let seq = statement.query_row((tenant.0, job_id), |row| row.get(0)).optional()?;
                let Some(seq) = seq else { return Ok(None) };
                seq
            }
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs WHERE tenant = ?1 AND seq < ?2
             AND (?3 IS NULL OR model = ?3) AND (?4 IS NULL OR status = ?4)
             ORDER BY seq DESC LIMIT ?5"
        ))?;
        let (model, status) =
            (filter.model.map(ModelKind::as_str), filter.status.map(JobStatus::as_str));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((tenant.0, before, model, status, limit), job)?;
        Ok(Some(rows.collect::<Result<_, _>>()?))
    }

    /// The jobs that were asked for together, in order; none for an unknown group.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn jobs_of_group(&self, tenant: TenantId, group: &str) -> Result<Vec<Job>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT job_id FROM job_groups WHERE tenant = ?1 AND group_id = ?2 ORDER BY position",
        )?;
        let ids = statement.query_map((tenant.0, group), |row| row.get::<_, String>(0))?;
        let mut jobs = Vec::new();
        for id in ids {
            jobs.extend(self.job(tenant, &id?)?);
        }
        Ok(jobs)
    }

    /// When the last job of a model that was not cancelled ended.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_job_end(
        &self,
        tenant: TenantId,
        model: ModelKind,
    ) -> Result<Option<TimestampMs>, StoreError> {
        queue::last_end(&self.connection, tenant, model)
    }

    /// Scheduled jobs of every tenant that have not ended.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_scheduled_jobs(&self) -> Result<usize, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT count(*) FROM jobs WHERE finished_at IS NULL AND scheduled")?;
        let count: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

pub(super) fn by_id(
    connection: &Connection,
    tenant: TenantId,
    job_id: &str,
) -> Result<Option<Job>, StoreError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE tenant = ?1 AND job_id = ?2"))?;
    Ok(statement.query_row((tenant.0, job_id), job).optional()?)
}
