//! How far each import has come; written in the transaction of the events it counts.

use rusqlite::OptionalExtension;

use super::{Batch, Inserted, Store, StoreError, TenantId};

/// Progress of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Records of the source that are in the store.
    pub position: u64,
    /// What became of them.
    pub inserted: Inserted,
    /// Last value of the watermark column of an incremental source.
    pub watermark: Option<String>,
    /// Whether the end of the source was reached.
    pub done: bool,
}

impl Store {
    /// Progress of the import named by `source`, a hash of its content and options.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn import_progress(
        &self,
        tenant: TenantId,
        source: &[u8; 32],
    ) -> Result<Option<ImportProgress>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT position, new, duplicate, erased, watermark, done FROM imports
             WHERE tenant = ?1 AND source = ?2",
        )?;
        let progress = statement.query_row((tenant.0, source), |row| {
            Ok(ImportProgress {
                position: row.get::<_, i64>(0)?.unsigned_abs(),
                inserted: Inserted {
                    new: row.get::<_, i64>(1)?.unsigned_abs(),
                    duplicate: row.get::<_, i64>(2)?.unsigned_abs(),
                    erased: row.get::<_, i64>(3)?.unsigned_abs(),
                },
                watermark: row.get(4)?,
                done: row.get(5)?,
            })
        });
        Ok(progress.optional()?)
    }
}

impl Batch<'_> {
    /// Records progress; it becomes permanent with the events of this batch.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_progress(
        &self,
        source: &[u8; 32],
        progress: &ImportProgress,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO imports
                 (tenant, source, position, new, duplicate, erased, watermark, done)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(rusqlite::params![
                self.tenant.id.0,
                source,
                progress.position as i64,
                progress.inserted.new as i64,
                progress.inserted.duplicate as i64,
                progress.inserted.erased as i64,
                progress.watermark,
                progress.done,
            ])?;
        Ok(())
    }
}
