//! The registry of models: what versions there are, and which of them scores.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::registry::{
    AliasRequest, ModelAliases, ModelVersion, MovableAlias, VersionCard, VersionsPage,
};
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::json;
use super::tagged::tagged;
use crate::registry::{ModelRegistry, RegistryError, VersionInfo};
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::{ModelPath, NoQuery, Query, RawJson, VersionPath, read_json};
use crate::service::state::AppState;

/// Versions on a page when nothing is said.
const PAGE: usize = 20;
/// Most versions on a page.
const PAGE_MAX: usize = 100;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let read = OpenApiRouter::new()
        .routes(routes!(list_versions))
        .routes(routes!(get_version))
        .routes(routes!(get_card))
        .routes(routes!(get_aliases));
    let change = OpenApiRouter::new().routes(routes!(move_alias));
    guarded(read, state, Scope::Score, Class::Io).merge(guarded(
        change,
        state,
        Scope::Admin,
        Class::Io,
    ))
}

/// Which versions.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VersionsQuery {
    /// Versions on the page, 1 to 100; 20 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<u32>,
}

/// Versions of a model, the newest first.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/versions", tag = "registry",
    params(("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"), VersionsQuery),
    responses(
        (status = 200, body = VersionsPage, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn list_versions(
    State(state): State<AppState>,
    caller: Caller,
    ModelPath(kind): ModelPath,
    Query(query): Query<VersionsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        let rule = "limit: must be from 1 to 100";
        return Err(ApiError::new(ErrorCode::InvalidParameter).detail(rule));
    }
    let before = query.cursor.unwrap_or(u32::MAX);
    let page = waiting(&state, &caller, move |registry, tenant| {
        // One more than asked for: is there a next page?
        let mut found = registry.list_before(tenant, kind, before, limit + 1)?;
        found.reverse();
        let more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| more).map(|info| info.version.to_string());
        let versions = found.iter().map(|info| version(registry, tenant, kind, info).0).collect();
        Ok(VersionsPage { model: kind.as_str().to_owned(), versions, next_cursor })
    });
    tagged(&headers, &page.await?)
}

/// One version with its card.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/versions/{version}", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("version" = u32, Path, description = "Number of the version"),
    ),
    responses(
        (status = 200, body = VersionCard<Object>),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_version(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    text: VersionPath,
) -> Result<Response, ApiError> {
    let number = number(text)?;
    let found = waiting(&state, &caller, move |registry, tenant| {
        let before = number.saturating_add(1);
        let info = registry.list_before(tenant, kind, before, 1)?.pop();
        let info = info.filter(|info| info.version == number).ok_or_else(no_version)?;
        let (version, card) = version(registry, tenant, kind, &info);
        Ok(VersionCard { model: kind.as_str().to_owned(), version, card })
    });
    json(&found.await?)
}

/// The card of one version for people, in Markdown.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/versions/{version}/card", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("version" = u32, Path, description = "Number of the version"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/markdown"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_card(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    text: VersionPath,
) -> Result<Response, ApiError> {
    let number = number(text)?;
    let card = waiting(&state, &caller, move |registry, tenant| {
        Ok(registry.read_file(tenant, kind, number, "card.md")?)
    });
    let content_type = HeaderValue::from_static("text/markdown; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, content_type)], card.await?).into_response())
}

/// Which versions the names of a model point to, and which one scores.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/aliases", tag = "registry",
    params(("model" = chatsignal_api::openapi::KindName, Path, description = "Which model")),
    responses(
        (status = 200, body = ModelAliases, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_aliases(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    tagged(&headers, &aliases(&state, &caller, kind).await?)
}

/// Makes a version champion or challenger.
///
/// A new champion scores every request that begins after the answer; those in flight keep the
/// model that they began with. The champion so far becomes `previous`.
#[utoipa::path(
    post, path = "/api/v1/registry/{model}/aliases", tag = "registry",
    params(("model" = chatsignal_api::openapi::KindName, Path, description = "Which model")),
    request_body = AliasRequest,
    responses(
        (status = 200, body = ModelAliases),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["admin"])),
)]
async fn move_alias(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let request: AliasRequest = read_json(&body, "")?;
    let change = change(&request)?;
    let (tenant, metrics) = (caller.tenant.clone(), state.metrics.clone());
    let moved = waiting(&state, &caller, move |registry, name| {
        match change {
            Change::Champion(version) => registry.activate(name, kind, version),
            Change::Rollback => registry.rollback(name, kind),
            Change::Challenger(version) => registry.set_challenger(name, kind, version),
        }
        .map_err(conflict)?;
        tenant.refresh_models(registry, &metrics);
        Ok(())
    });
    moved.await?;
    json(&aliases(&state, &caller, kind).await?)
}

/// What is to be moved where.
#[derive(Clone, Copy, Debug)]
enum Change {
    Champion(u32),
    Rollback,
    Challenger(Option<u32>),
}

fn change(request: &AliasRequest) -> Result<Change, ApiError> {
    let wrong = |code, rule: &str| Err(ApiError::new(code).at("/version", rule));
    let number = |text: &str| text.parse().ok().filter(|number: &u32| *number > 0);
    match (request.alias, request.version.as_deref()) {
        (MovableAlias::Champion, Some("previous")) => Ok(Change::Rollback),
        (MovableAlias::Champion, None) => {
            wrong(ErrorCode::MissingField, "a champion is a number or \"previous\"")
        }
        (MovableAlias::Challenger, None) => Ok(Change::Challenger(None)),
        (alias, Some(text)) => match (alias, number(text)) {
            (MovableAlias::Champion, Some(version)) => Ok(Change::Champion(version)),
            (MovableAlias::Challenger, Some(version)) => Ok(Change::Challenger(Some(version))),
            (_, None) => wrong(ErrorCode::InvalidField, "must be the number of a version, as text"),
        },
    }
}

/// What the state of the registry does not allow, as the caller is told it.
fn conflict(error: RegistryError) -> ApiError {
    let conflict = |detail: &str| ApiError::new(ErrorCode::VersionConflict).detail(detail);
    match error {
        RegistryError::NoPrevious(_) => conflict("no version was champion before the present one"),
        RegistryError::Damaged { .. } => {
            tracing::error!(%error, "the registry of models");
            conflict("a file of the version is damaged")
        }
        error => error.into(),
    }
}

async fn aliases(
    state: &AppState,
    caller: &Caller,
    kind: ModelKind,
) -> Result<ModelAliases, ApiError> {
    let models = caller.tenant.models(&state.registry, &state.metrics).await?;
    let (serving, _) = models.serving(kind);
    let aliases =
        waiting(state, caller, move |registry, tenant| Ok(registry.aliases(tenant, kind)?));
    let aliases = aliases.await?;
    let text = |version: Option<u32>| version.map(|version| version.to_string());
    Ok(ModelAliases {
        model: kind.as_str().to_owned(),
        serving,
        champion: text(aliases.champion),
        challenger: text(aliases.challenger),
        previous: text(aliases.previous),
    })
}

/// A version as it is shown, and its card where it has one.
fn version(
    registry: &ModelRegistry,
    tenant: &str,
    kind: ModelKind,
    info: &VersionInfo,
) -> (ModelVersion, Option<Value>) {
    let card = registry.read_file(tenant, kind, info.version, "card.json");
    let damaged = matches!(card, Err(RegistryError::Damaged { .. }));
    let card: Option<Value> = card.ok().and_then(|json| serde_json::from_slice(&json).ok());
    let evaluation = card.as_ref().map(|card| &card["evaluation"]);
    let figures = evaluation.and_then(|evaluation| evaluation["metrics"].as_object());
    let figures = figures.into_iter().flatten();
    let metrics =
        figures.filter_map(|(name, figure)| Some((name.clone(), figure["value"].as_f64()?)));
    let manifest = info.manifest.as_ref().ok();
    let version = ModelVersion {
        version: info.version.to_string(),
        aliases: info.aliases.iter().map(|alias| alias.as_str().to_owned()).collect(),
        state: manifest.map(|manifest| manifest.state.clone()),
        created_at: manifest.map(|manifest| Instant(TimestampMs(manifest.published_at_ms))),
        trained_through: manifest.map(|manifest| Instant(TimestampMs(manifest.trained_through_ms))),
        feature_set_hash: manifest.map(|manifest| format!("x64:{}", manifest.schema_fingerprint)),
        model_sha256: manifest.map(|manifest| manifest.model_sha256.clone()),
        simulated: evaluation.and_then(|evaluation| evaluation["simulated"].as_bool()),
        metrics: metrics.collect(),
        damaged: damaged || manifest.is_none(),
    };
    (version, card)
}

/// The number of a version; its text is part of a path.
fn number(VersionPath(text): VersionPath) -> Result<u32, ApiError> {
    text.parse().map_err(|_| no_version())
}

fn no_version() -> ApiError {
    ApiError::new(ErrorCode::NotFound).detail("there is no such version")
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
