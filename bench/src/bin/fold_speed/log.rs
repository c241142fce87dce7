//! The simulated log.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chatsignal_core::time::TimestampMs;
use chatsignal_native::store::{Store, Tenant};
use chatsignal_train::synth::{Preset, Simulator};

/// A store with a log.
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    pub(crate) events: usize,
    pub(crate) contacts: usize,
    /// When the newest event became known: the instant of the features.
    pub(crate) as_of: TimestampMs,
}

impl Log {
    /// Opens the store.
    pub(crate) fn open(path: &Path) -> Result<(Store, Tenant)> {
        let store = Store::open(path)?;
        let tenant = store.tenant("default")?;
        Ok((store, tenant))
    }
}

/// Makes the store of the first simulated contacts with at least so many events, if it is not there.
pub(crate) fn make(path: &Path, events: usize) -> Result<Log> {
    let mut store = Store::open_or_create(path)?;
    let tenant = store.tenant_or_create("default")?;
    if store.newest_available(tenant.id)?.is_none() {
        let simulator = Simulator::new(Preset::Realistic, u32::MAX, 1);
        let mut made = 0;
        let whole = simulator.contacts().take_while(|contact| {
            let wanted = made < events;
            made += contact.events.len();
            wanted
        });
        store.insert_events(&tenant, whole.flat_map(|contact| contact.events))?;
    }
    let contacts = store.contacts(tenant.id)?;
    Ok(Log {
        path: path.to_owned(),
        events: contacts.iter().map(|contact| contact.events as usize).sum(),
        contacts: contacts.len(),
        as_of: store.newest_available(tenant.id)?.unwrap_or_default(),
    })
}
