//! Tenants: one business each, nothing shared.

use std::fmt;

use rusqlite::{OptionalExtension, TransactionBehavior};

use super::{Store, StoreError, limits};

/// Number of a tenant inside one database. Only the store makes one, so that every query is bound
/// to a tenant that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub(super) i64);

/// A tenant with the secret key of its ids.
#[derive(Clone)]
pub struct Tenant {
    /// Its number.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Secret key of the keyed hashes that are its ids.
    pub key: [u8; 32],
}

impl fmt::Debug for Tenant {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("id", &self.id).field("name", &self.name).finish()
    }
}

impl Store {
    /// A tenant by name.
    ///
    /// # Errors
    /// [`StoreError::NoTenant`] when there is none.
    pub fn tenant(&self, name: &str) -> Result<Tenant, StoreError> {
        match find(&self.connection, name)? {
            Some(tenant) => Ok(tenant),
            None => Err(StoreError::NoTenant {
                name: name.to_owned(),
                known: self.tenants()?.into_iter().map(|tenant| tenant.name).collect(),
            }),
        }
    }

    /// A tenant by name, made with a fresh key when there is none.
    ///
    /// # Errors
    /// When the name is empty, too long or has control characters, or the file cannot be written.
    pub fn tenant_or_create(&mut self, name: &str) -> Result<Tenant, StoreError> {
        if name.is_empty()
            || name.len() > limits::TENANT_NAME_BYTES_MAX
            || name.chars().any(char::is_control)
        {
            let rule = "a tenant's name has 1 to 128 bytes and no control characters".to_owned();
            return Err(StoreError::Setting { name: "tenant".to_owned(), rule });
        }
        if let Some(tenant) = find(&self.connection, name)? {
            return Ok(tenant);
        }
        let mut key = [0u8; 32];
        getrandom::fill(&mut key)
            .map_err(|e| StoreError::Disk(format!("the system gave no random bytes: {e}")))?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO tenants (name, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (name, key),
        )?;
        let tenant = find(&transaction, name)?;
        transaction.commit()?;
        tenant.ok_or_else(|| StoreError::Damaged("a tenant vanished".to_owned()))
    }

    /// Every tenant, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT tenant, name, key FROM tenants ORDER BY name")?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn find(connection: &rusqlite::Connection, name: &str) -> Result<Option<Tenant>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT tenant, name, key FROM tenants WHERE name = ?1")?;
    Ok(statement.query_row([name], read).optional()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant { id: TenantId(row.get(0)?), name: row.get(1)?, key: row.get(2)? })
}
