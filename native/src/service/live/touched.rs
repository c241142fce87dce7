//! Contacts whose events have come and who wait to be scored again, each once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chatsignal_core::id::ContactId;
use tokio::sync::Notify;

use crate::service::tenants::TenantState;
use crate::store::TenantId;

/// Contacts of one tenant that may wait here; what comes on top waits in the database alone, where it
/// is found when these are done.
const WAITING_MAX: usize = 50_000;

/// The contacts of one tenant that wait.
struct Waiting {
    tenant: Arc<TenantState>,
    contacts: HashSet<ContactId>,
}

/// Who waits, and whose turn it is: tenants take turns.
#[derive(Default)]
struct Queue {
    of: HashMap<TenantId, Waiting>,
    turns: VecDeque<TenantId>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Touched {
    waiting: Mutex<Queue>,
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
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Queue { of, turns } = &mut *queue;
        let waiting = of.entry(tenant.tenant.id).or_insert_with(|| {
            turns.push_back(tenant.tenant.id);
            Waiting { tenant: Arc::clone(tenant), contacts: HashSet::new() }
        });
        let room = WAITING_MAX - waiting.contacts.len();
        waiting.contacts.extend(contacts.into_iter().take(room));
        drop(queue);
        self.come.notify_one();
    }

    /// Waits until a contact waits.
    pub(crate) async fn wait(&self) {
        loop {
            let come = self.come.notified();
            if !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).turns.is_empty() {
                return;
            }
            come.await;
        }
    }

    /// Up to `limit` contacts of the tenant whose turn it is.
    pub(crate) fn take(&self, limit: usize) -> Option<(Arc<TenantState>, Vec<ContactId>)> {
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Queue { of, turns } = &mut *queue;
        let id = turns.pop_front()?;
        let waiting = of.get_mut(&id)?;
        let taken: Vec<ContactId> = waiting.contacts.iter().take(limit).copied().collect();
        for contact in &taken {
            waiting.contacts.remove(contact);
        }
        let tenant = Arc::clone(&waiting.tenant);
        if waiting.contacts.is_empty() {
            of.remove(&id);
        } else {
            turns.push_back(id);
        }
        Some((tenant, taken))
    }
}
