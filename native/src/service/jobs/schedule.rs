//! Periodic training: the setting `retrain_days` of a tenant.
//!
//! A model is due that many days after its last job ended or its newest version was published. After
//! a pause of the service it is due once. Few scheduled jobs wait at a time, however many are due, and
//! those that people ask for go first.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use crate::registry::ModelRegistry;
use crate::service::state::AppState;
use crate::service::tenants::TenantState;
use crate::store::jobs::NewJob;
use crate::store::{Store, StoreError};

/// When the newest version of a model was published.
pub(crate) fn last_trained(
    registry: &ModelRegistry,
    tenant: &str,
    kind: ModelKind,
) -> Option<TimestampMs> {
    let newest = registry.list_before(tenant, kind, u32::MAX, 1).ok()?.pop()?;
    newest.manifest.ok().map(|manifest| TimestampMs(manifest.published_at_ms))
}

/// When the schedule trains a model again; `now` when it was never trained, none without a schedule.
pub(crate) fn next_due(
    store: &Store,
    registry: &ModelRegistry,
    tenant: &TenantState,
    kind: ModelKind,
    now: TimestampMs,
) -> Result<Option<TimestampMs>, StoreError> {
    let days = tenant.settings().retrain_days;
    if days == 0 {
        return Ok(None);
    }
    let due = |end: TimestampMs| end.plus_ms(i64::from(days) * DAY_MS);
    let last = store.last_job_end(tenant.tenant.id, kind)?;
    if let Some(later) = last.map(due).filter(|due| *due > now) {
        return Ok(Some(later));
    }
    let last = last.max(last_trained(registry, &tenant.tenant.name, kind));
    Ok(Some(last.map_or(now, due)))
}

/// Puts jobs that are due into the queue.
pub(super) async fn enqueue_due(state: &AppState) {
    let shared = state.clone();
    let work = move |store: &mut Store| {
        let mut tenants = shared.tenants.all();
        tenants.retain(|tenant| tenant.settings().retrain_days > 0);
        if tenants.is_empty() {
            return Ok(());
        }
        let now = shared.clock.now();
        let mut room = shared.config.train_concurrency.saturating_sub(store.open_scheduled_jobs()?);
        for tenant in tenants {
            for kind in ModelKind::TRAINED {
                if room == 0 {
                    return Ok(());
                }
                let due = next_due(store, &shared.registry, &tenant, kind, now)?;
                if due.is_some_and(|due| due <= now) && enqueue(store, &tenant, kind, now)? {
                    room -= 1;
                }
            }
        }
        Ok(())
    };
    if let Err(error) = state.control.run(work).await {
        tracing::warn!(code = error.problem.code.as_str(), "the schedule of training");
    }
}

fn enqueue(
    store: &mut Store,
    tenant: &TenantState,
    kind: ModelKind,
    now: TimestampMs,
) -> Result<bool, StoreError> {
    let request = serde_json::json!({ "model": kind.as_str() }).to_string();
    let new = NewJob { model: kind, request, scheduled: true };
    let period_ms = i64::from(tenant.settings().retrain_days) * DAY_MS;
    store.enqueue_due_job(tenant.tenant.id, &new, period_ms, now)
}
