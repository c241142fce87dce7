//! The routes, one file a family. A family gives its routes with their documentation; what it asks
//! of callers (scope, class of work) stands beside each route.

mod churn;
mod contacts;
mod documents;
mod engagement;
mod engines;
pub(super) mod events;
mod explain;
mod features;
mod feedback;
mod health;
mod inference;
mod job_events;
mod jobs;
mod leads;
mod limit;
mod metrics;
mod model;
mod monitoring;
mod registry;
mod scoring;
mod settings;
mod stream;
pub(super) mod tagged;
mod training;
mod webhooks;

use utoipa_axum::router::OpenApiRouter;

use super::admission::Class;
use super::auth::Scope;
use super::middleware::guard::Guard;
use super::state::AppState;

/// Every family.
pub(crate) fn all(state: &AppState) -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(health::routes(state))
        .merge(leads::routes(state))
        .merge(churn::routes(state))
        .merge(engagement::routes(state))
        .merge(engines::routes(state))
        .merge(explain::routes(state))
        .merge(features::routes(state))
        .merge(contacts::routes(state))
        .merge(settings::routes(state))
        .merge(feedback::routes(state))
        .merge(inference::routes(state))
        .merge(training::routes(state))
        .merge(jobs::routes(state))
        .merge(registry::routes(state))
        .merge(metrics::routes(state))
        .merge(events::routes(state))
        .merge(stream::routes(state))
        .merge(webhooks::routes())
        .merge(monitoring::routes(state))
}

/// The pages about the service itself; they are not in its own description.
pub(crate) use documents::pages;

/// Routes for callers with a key of `scope`, counted in `class`.
fn guarded(
    routes: OpenApiRouter<AppState>,
    state: &AppState,
    scope: Scope,
    class: Class,
) -> OpenApiRouter<AppState> {
    routes.route_layer(Guard::new(state, scope, class))
}
