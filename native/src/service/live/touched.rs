//! Contacts whose events have come and who wait to be scored again, each once.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chatsignal_core::id::ContactId;
use tokio::sync::Notify;

use crate::service::tenants::TenantState;
use crate::store::TenantId;

/// Contacts that may wait; what comes on top is scored when something happens to it again.
const WAITING_MAX: usize = 50_000;

/// The contacts of one tenant that wait.
struct Waiting {
    tenant: Arc<TenantState>,
    contacts: HashSet<ContactId>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Touched {
    waiting: Mutex<HashMap<TenantId, Waiting>>,
    come: Notify,
}

impl fmt::Debug for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Touched")
    }
}

impl Touched {
    /// Notes contacts of a tenant; never waits.
    pub(crate) fn note(&self, tenant: &Arc<TenantState>, contacts: HashSet<ContactId>) {
        if contacts.is_empty() {
            return;
        }
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = WAITING_MAX - all.values().map(|w| w.contacts.len()).sum::<usize>();
        let waiting = all
            .entry(tenant.tenant.id)
            .or_insert_with(|| Waiting { tenant: Arc::clone(tenant), contacts: HashSet::new() });
        waiting.contacts.extend(contacts.into_iter().take(room));
        drop(all);
        self.come.notify_one();
    }

    /// Waits until a contact waits.
    pub(crate) async fn wait(&self) {
        loop {
            let come = self.come.notified();
            if !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return;
            }
            come.await;
        }
    }

    /// Up to `limit` contacts of one tenant.
    pub(crate) fn take(&self, limit: usize) -> Option<(Arc<TenantState>, Vec<ContactId>)> {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let id = *all.keys().next()?;
        let waiting = all.get_mut(&id)?;
        let taken: Vec<ContactId> = waiting.contacts.iter().take(limit).copied().collect();
        for contact in &taken {
            waiting.contacts.remove(contact);
        }
        let tenant = Arc::clone(&waiting.tenant);
        if waiting.contacts.is_empty() {
            all.remove(&id);
        }
        Some((tenant, taken))
    }
}
