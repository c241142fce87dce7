//! Looking a database over.

use super::{Store, StoreError, TenantId, migrate};

/// What a tenant has, in rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries of the directory (a name, a number...).
    pub directory: u64,
    /// Ids joined to another.
    pub aliases: u64,
    /// Erased ids.
    pub erased: u64,
    /// Imports that were cut off.
    pub unfinished_imports: u64,
}

impl Store {
    /// What SQLite finds wrong with the file; empty when it is sound.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(5)")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        let found: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// The schema version of the file and the newest that this build knows.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn schema_versions(&self) -> Result<(u32, u32), StoreError> {
        Ok((migrate::version(&self.connection)?, migrate::VERSION))
    }

    /// Rows of a tenant.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn counts(&self, tenant: TenantId) -> Result<Counts, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            let count: i64 = self.connection.query_row(sql, [tenant.0], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        };
        Ok(Counts {
            directory: count("SELECT count(*) FROM directory WHERE tenant = ?1")?,
            aliases: count("SELECT count(*) FROM contact_alias WHERE tenant = ?1")?,
            erased: count("SELECT count(*) FROM tombstones WHERE tenant = ?1")?,
            // An incremental import keeps a watermark and is never done.
            unfinished_imports: count(
                "SELECT count(*) FROM imports WHERE tenant = ?1 AND NOT done AND watermark IS NULL
                 AND position > 0",
            )?,
        })
    }
}
