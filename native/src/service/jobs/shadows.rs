//! Challengers whose time in the shadow is over.

use crate::service::error::ApiError;
use crate::service::state::AppState;
use crate::service::tenants::TenantState;
use crate::shadow::{self, Review, Subject};
use crate::store::Store;
use crate::training::TrainingError;
use chatsignal_core::artifact::ModelKind;

/// How many looks at the queue of jobs come between two looks at the shadows.
pub(super) const LOOKS_BETWEEN: u32 = 60;

/// Reviews every challenger that is due, one after the other, on a connection of its own: a review
/// may read the whole log.
pub(super) async fn review_due(state: AppState) {
    let work = move || {
        let store = Store::open(&state.config.db)?;
        for tenant in state.tenants.all() {
            for kind in ModelKind::TRAINED {
                if let Err(error) = review(&state, &tenant, &store, kind) {
                    // Tried again with the next look.
                    let kind = kind.as_str();
                    tracing::warn!(kind, %error, "a challenger can't be reviewed");
                }
            }
        }
        Ok::<(), ApiError>(())
    };
    let outcome = tokio::task::spawn_blocking(work).await;
    if let Err(error) = outcome.unwrap_or_else(|fault| Err(ApiError::task(&fault))) {
        tracing::warn!(code = error.problem.code.as_str(), "challengers in the shadow");
    }
}

fn review(
    state: &AppState,
    tenant: &TenantState,
    store: &Store,
    kind: ModelKind,
) -> Result<(), TrainingError> {
    let settings = tenant.settings();
    let subject = Subject { tenant: &tenant.tenant, settings: &settings, kind };
    let found = shadow::review(subject, &state.registry, store, state.clock.now())?;
    let kind = kind.as_str();
    match found {
        Some(Review::Ended(version, verdict, reason)) => {
            tracing::info!(kind, version, verdict = verdict.as_str(), reason, "a shadow ends");
            tenant.refresh_models(&state.registry, &state.metrics);
        }
        Some(Review::GoesOn(version, reason)) => {
            tracing::info!(kind, version, reason, "a shadow goes on");
        }
        None => {}
    }
    Ok(())
}
