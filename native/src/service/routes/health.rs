//! Is it alive, is it ready, how is it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::health::{CallerInfo, Component, Health, HealthStatus};
use chatsignal_api::time::Instant;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::scoring::json;
use crate::service::admission::Class;
use crate::service::auth::Scope;
use crate::service::error::ApiError;
use crate::service::extract::{NoQuery, Query};
use crate::service::models::{Model, Slot};
use crate::service::state::AppState;

/// How long the database may take to say that it is there.
const DATABASE_WAIT: Duration = Duration::from_secs(2);

/// When to ask again while every model is out of reach.
const RETRY: Duration = Duration::from_secs(5);

/// The routes. They are open to everyone and not counted in any class, so that they answer under
/// load.
pub(super) fn routes(_: &AppState) -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_health))
        .routes(routes!(get_caller))
        .routes(routes!(get_livez))
        .routes(routes!(get_readyz))
}

#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HealthQuery {
    /// Whether to add engines, models and checks; needs a key where there are keys.
    #[serde(default)]
    detail: bool,
}

/// The process answers.
#[utoipa::path(get, path = "/livez", tag = "service", responses((status = 200, body = String)))]
async fn get_livez() -> &'static str {
    "ok"
}

/// Requests should be sent here: not before start-up is done, not while the service drains.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, body = String),
        (status = 503, description = "Not now", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_readyz(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    if state.is_ready() {
        return Ok("ready");
    }
    Err(ApiError::new(ErrorCode::Overloaded)
        .detail("the service is starting or stopping")
        .retry_after(Duration::from_secs(1)))
}

/// Who is calling, and what they may do. Any key will do.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "service",
    responses(
        (status = 200, body = CallerInfo),
        (status = "4XX", description = "The key is missing or is not known", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
async fn get_caller(
    State(state): State<AppState>,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let caller = state.keys.caller(&headers)?;
    let scopes = Scope::ALL.into_iter().filter(|scope| caller.has(*scope));
    json(&CallerInfo {
        tenant: caller.tenant.tenant.name.clone(),
        scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
        now: Instant(state.clock.now()),
    })
}

/// How the service is; with `detail=true` also its engines, models and checks.
///
/// `degraded`: the database or some model is out of reach, what needs neither is answered.
#[utoipa::path(
    get, path = "/api/v1/ml/health", tag = "service",
    params(HealthQuery),
    responses(
        (status = 200, body = Health),
        (status = 503, description = "Down: every model is out of reach", body = Health, headers(("Retry-After" = u64, description = "Seconds"))),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
    ),
    security((), ("key" = [])),
)]
async fn get_health(
    State(state): State<AppState>,
    Query(query): Query<HealthQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // Any key will do for the detail, and it shows the models of the key's tenant.
    let caller = if query.detail { Some(state.keys.caller(&headers)?) } else { None };
    let probe = state.control.run(|store| Ok(store.schema_versions()?));
    let database = matches!(tokio::time::timeout(DATABASE_WAIT, probe).await, Ok(Ok(_)));
    let mut health = Health {
        status: if database { HealthStatus::Ok } else { HealthStatus::Degraded },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_s: state.started.elapsed().as_secs(),
        phase1: None,
        phase2: None,
        checks: None,
    };
    let default = || state.tenants.by_name(&state.config.tenant);
    let tenant = caller.as_ref().map(|caller| Arc::clone(&caller.tenant)).or_else(default);
    let mut phase2 = BTreeMap::new();
    if let Some(tenant) = tenant {
        let models = tenant.models(&state.registry, &state.metrics).await?;
        phase2 = BTreeMap::from([
            ("lead_scoring".to_owned(), component(&models.lead)),
            ("churn_prediction".to_owned(), component(&models.churn)),
            ("engagement_prediction".to_owned(), component(&models.engagement)),
        ]);
    }
    let unavailable = phase2.values().filter(|model| model.status != "ready").count();
    if unavailable > 0 {
        let all = unavailable == phase2.len();
        health.status = if all { HealthStatus::Down } else { HealthStatus::Degraded };
    }
    if caller.is_some() {
        health.phase2 = Some(phase2);
        let engine = || Component { status: "unavailable".to_owned(), ..Component::default() };
        let engines = ["sentiment", "voice", "translation"];
        health.phase1 = Some(engines.map(|name| (name.to_owned(), engine())).into());
        let mut checks = BTreeMap::from([(
            "database".to_owned(),
            if database { "ok" } else { "out of reach" }.to_owned(),
        )]);
        let folder = state.registry.root();
        // Without models of their own there is no folder yet.
        let readable = !folder.exists() || std::fs::read_dir(folder).is_ok();
        checks
            .insert("model_dir".to_owned(), if readable { "ok" } else { "unreadable" }.to_owned());
        for class in Class::ALL {
            let name = format!("free_places_{}", class.as_str());
            checks.insert(name, state.admission.free(class).to_string());
        }
        health.checks = Some(checks);
    }
    let answer = json(&health)?;
    if health.status == HealthStatus::Down {
        let retry = [(header::RETRY_AFTER, HeaderValue::from(RETRY.as_secs()))];
        return Ok((StatusCode::SERVICE_UNAVAILABLE, retry, answer).into_response());
    }
    Ok(answer)
}

fn component<M: Model>(slot: &Slot<M>) -> Component {
    match slot.get() {
        Ok(model) => {
            let served = model.served();
            Component {
                status: "ready".to_owned(),
                version: Some(served.version.to_string()),
                state: Some(served.artifact.state.as_str().to_owned()),
                warnings: served.warnings.iter().map(ToString::to_string).collect(),
            }
        }
        Err(_) => Component { status: "unavailable".to_owned(), ..Component::default() },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::service::config::Config;

    #[test]
    fn health_does_not_wait_for_requests_that_hold_the_database() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = folder.path().join("h.db");
        let config = Config { db, db_connections: 1, ..Config::default() };
        let state = AppState::open(config).expect("opens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let (begun, begins) = tokio::sync::oneshot::channel();
            let (end, ends) = mpsc::channel::<()>();
            let hold = state.database.run(move |_| {
                let _ = begun.send(());
                ends.recv().map_err(ApiError::internal)
            });
            let ask = async {
                begins.await.expect("the connection is taken");
                let query = Query(HealthQuery { detail: false });
                let answer = get_health(State(state.clone()), query, HeaderMap::new()).await;
                end.send(()).expect("the work waits");
                let body = answer.expect("an answer").into_body();
                axum::body::to_bytes(body, 10_000).await.expect("read")
            };
            let (held, body) = tokio::join!(hold, ask);
            held.expect("ended");
            let health: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(health["status"], "ok");
        });
    }
}
