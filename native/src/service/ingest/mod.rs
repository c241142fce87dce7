//! Events from streams and webhooks into the log.

mod lines;
mod stream;

use std::sync::Arc;

use chatsignal_ingest::{Availability, Context, Hasher, Ingested};

pub(super) use stream::{Taking, take};

use super::tenants::TenantState;
use crate::cli::clock;
use crate::timezone::TenantTime;

/// Runs a reader on input of a tenant that is received now.
pub(super) fn read(
    tenant: &Arc<TenantState>,
    reader: impl FnOnce(Context<'_>, &mut Ingested),
) -> Ingested {
    let hasher: &Hasher = &tenant.hasher;
    let local = TenantTime::new(tenant.settings().timezone.clone());
    let availability = Availability::Received(clock::now());
    let mut found = Ingested::default();
    reader(Context { hasher, local: &local, availability }, &mut found);
    found
}
