//! People known under several ids. The canonical id of a person is the smallest of the group, so
//! that it does not depend on the order in which the ids were joined.

use chatsignal_core::id::ContactId;
use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError, TenantId, feedback, overview, scores, states};

/// The id under which a person's events are kept.
pub(super) fn canonical(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<ContactId, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT canonical FROM contact_alias WHERE tenant = ?1 AND contact = ?2")?;
    let found = statement.query_row((tenant.0, contact.0), |row| row.get(0)).optional()?;
    Ok(found.map_or(contact, ContactId))
}

/// Joins two people; whether they were two before.
pub(super) fn join(
    connection: &Connection,
    tenant: TenantId,
    a: ContactId,
    b: ContactId,
) -> Result<bool, StoreError> {
    let a = canonical(connection, tenant, a)?;
    let b = canonical(connection, tenant, b)?;
    let (keep, give_up) = (a.min(b), a.max(b));
    if keep == give_up {
        return Ok(false);
    }
    let ids = (tenant.0, keep.0, give_up.0);
    for sql in [
        "UPDATE contact_alias SET canonical = ?2 WHERE tenant = ?1 AND canonical = ?3",
        "INSERT INTO contact_alias (tenant, contact, canonical) VALUES (?1, ?3, ?2)",
        "UPDATE events SET contact = ?2 WHERE tenant = ?1 AND contact = ?3",
    ] {
        connection.prepare_cached(sql)?.execute(ids)?;
    }
    scores::give(connection, tenant, give_up, keep)?;
    states::drop_state(connection, tenant, keep)?;
    states::drop_state(connection, tenant, give_up)?;
    feedback::give(connection, tenant, give_up, keep)?;
    overview::joined(connection, tenant, give_up, keep)?;
    Ok(true)
}

/// Every id of a person, the canonical one first.
pub(super) fn group(
    connection: &Connection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<Vec<ContactId>, StoreError> {
    let canonical = canonical(connection, tenant, contact)?;
    let mut statement = connection.prepare_cached(
        "SELECT contact FROM contact_alias WHERE tenant = ?1 AND canonical = ?2 ORDER BY contact",
    )?;
    let others = statement.query_map((tenant.0, canonical.0), |row| row.get(0).map(ContactId))?;
    let mut group = vec![canonical];
    for other in others {
        group.push(other?);
    }
    Ok(group)
}

impl Store {
    /// The canonical id of a person known under `contact`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn canonical(&self, tenant: TenantId, contact: ContactId) -> Result<ContactId, StoreError> {
        canonical(&self.connection, tenant, contact)
    }
}
