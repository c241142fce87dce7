//! Whom a model speaks about: the contacts of the kind that it was trained on.

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::LeadStep;
use chatsignal_core::time::{DAY_MS, TimestampMs};

/// Whether the contact is an open lead: the newest step of the lead does not close it; without
/// steps, nothing was bought yet and there is a sign of interest.
#[must_use]
pub fn is_open_lead_state(state: &ContactState) -> bool {
    match state.lead_step() {
        Some(step) => !matches!(step, LeadStep::Won(_) | LeadStep::Lost),
        None => state.last_inbound_at().is_some() && state.last_paid_at().is_none(),
    }
}

/// Whether the contact wrote or paid within the horizon before `as_of`: those who did not are lost
/// already, and the model was not trained on them.
#[must_use]
pub fn is_active_state(state: &ContactState, as_of: TimestampMs, horizon_days: u32) -> bool {
    let since = as_of.plus_ms(-i64::from(horizon_days) * DAY_MS);
    state.last_inbound_at().max(state.last_paid_at()).is_some_and(|last| last > since)
}
