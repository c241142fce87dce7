//! The database and tenant that a command works on: arguments that many commands share.

use std::path::PathBuf;

use chatsignal_core::id::ContactId;
use chatsignal_ingest::Hasher;

use crate::store::{Store, StoreError, Tenant};

/// Which database and which tenant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Workspace {
    /// Database file.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "chatsignal.db",
        env = "CHATSIGNAL_DB",
        global = true
    )]
    pub(crate) db: PathBuf,
    /// Tenant: one business. Nothing is shared between tenants.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "default",
        env = "CHATSIGNAL_TENANT",
        global = true
    )]
    pub(crate) tenant: String,
}

impl Workspace {
    /// Opens a database and a tenant that exist.
    pub(crate) fn open(&self) -> Result<(Store, Tenant), StoreError> {
        let store = Store::open(&self.db)?;
        let tenant = store.tenant(&self.tenant)?;
        Ok((store, tenant))
    }

    /// Opens the database and the tenant, making what is missing.
    pub(crate) fn open_or_create(&self) -> Result<(Store, Tenant), StoreError> {
        let mut store = Store::open_or_create(&self.db)?;
        let tenant = store.tenant_or_create(&self.tenant)?;
        Ok((store, tenant))
    }
}

/// The contact that a text on the command line means: an id of 32 hexadecimal digits, a phone
/// number, or the id that a source gave the person.
pub(crate) fn contact_id(tenant: &Tenant, text: &str) -> ContactId {
    text.parse().unwrap_or_else(|_| Hasher::new(&tenant.key).contact(text))
}
