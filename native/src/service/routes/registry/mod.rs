//! The registry of models: what versions there are, and which of them scores.

mod aliases;
mod versions;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use crate::registry::ModelRegistry;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let read = OpenApiRouter::new()
        .routes(routes!(versions::list_versions))
        .routes(routes!(versions::get_version))
        .routes(routes!(versions::get_card))
        .routes(routes!(aliases::get_aliases));
    let change = OpenApiRouter::new().routes(routes!(aliases::move_alias));
    let upload = OpenApiRouter::new().routes(routes!(versions::publish_version));
    let download = OpenApiRouter::new().routes(routes!(versions::get_file));
    guarded(read, state, Scope::Score, Class::Io)
        .merge(guarded(change, state, Scope::Admin, Class::Io))
        // Bodies of many megabytes: few at a time.
        .merge(guarded(upload, state, Scope::Admin, Class::Batch))
        .merge(guarded(download, state, Scope::Score, Class::Batch))
}

/// Runs what waits for the disk on a thread that may wait.
async fn waiting<T: Send + 'static>(
    state: &AppState,
    caller: &Caller,
    work: impl FnOnce(&ModelRegistry, &str) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let (registry, tenant) = (state.registry.clone(), caller.tenant.clone());
    state.database.run_lazily(move |_| work(&registry, &tenant.tenant.name)).await
}
