//! Versions of a model: listed, shown with their cards, published.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::registry::{ModelVersion, ShadowRun, VersionCard, VersionsPage};
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::score::ScorerError;
use chatsignal_core::time::TimestampMs;
use serde::Deserialize;
use serde_json::Value;

use super::waiting;
use crate::registry::{
    ModelRegistry, Publication, RegistryError, Served, ServedVersion, VersionInfo,
};
use crate::service::auth::Caller;
use crate::service::error::ApiError;
use crate::service::extract::{ModelFile, ModelPath, NoQuery, Query, VersionPath};
use crate::service::idempotency::{IdempotencyKey, Turn};
use crate::service::routes::limit::PageSize;
use crate::service::routes::tagged::{tagged, tagged_bytes};
use crate::service::state::AppState;

/// Versions on a page.
const PAGE: PageSize = PageSize { default: 20, max: 100 };

/// Which versions.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VersionsQuery {
    /// Versions on the page, 1 to 100; 20 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<u64>)]
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
pub(super) async fn list_versions(
    State(state): State<AppState>,
    caller: Caller,
    ModelPath(kind): ModelPath,
    Query(query): Query<VersionsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let limit = PAGE.of(query.limit, ErrorCode::InvalidParameter, "")?;
    let before = query.cursor.unwrap_or(u32::MAX);
    let page = waiting(&state, &caller, move |registry, tenant| {
        // One more than asked for: is there a next page?
        let mut found = registry.list_before(tenant, kind, before, limit + 1)?;
        found.reverse();
        let more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| more).map(|info| info.version.to_string());
        let versions = found.iter().map(|info| shown(registry, tenant, kind, info).0).collect();
        Ok(VersionsPage { model: kind.as_str().to_owned(), versions, next_cursor })
    });
    tagged(&headers, &page.await?)
}

/// Publishes a model that was trained elsewhere (the command line, a browser, another server).
///
/// It gets the next number, and scores once it is made champion. The same bytes again give the
/// version that they have. The body must come within `--body-timeout-ms`.
#[utoipa::path(
    post, path = "/api/v1/registry/{model}/versions", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day"),
    ),
    request_body(content = chatsignal_api::openapi::ModelBytes, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = ModelVersion),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn publish_version(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    key: IdempotencyKey,
    ModelFile(bytes): ModelFile,
) -> Result<Response, ApiError> {
    let route = format!("versions/{}", kind.as_str());
    let (shared, who, model) = (state.clone(), caller.clone(), bytes.clone());
    let effect =
        async move { Ok((StatusCode::CREATED, publish(&shared, &who, kind, model).await?)) };
    Turn::once(&state, &caller.tenant, key, (&route, &bytes), effect).await
}

/// Makes a file the next version, if it is a model that can score here.
async fn publish(
    state: &AppState,
    caller: &Caller,
    kind: ModelKind,
    bytes: Bytes,
) -> Result<ModelVersion, ApiError> {
    let published = waiting(state, caller, move |registry, tenant| {
        let artifact = ModelArtifact::decode(&bytes).map_err(no_model)?;
        let version = ServedVersion::Prior;
        if artifact.kind != kind {
            return Err(no_model(ScorerError::WrongKind { expected: kind, found: artifact.kind }));
        }
        Served::new(artifact, version, None, Vec::new()).can_score().map_err(no_model)?;
        let publication = Publication { model: &bytes, files: Vec::new() };
        let number = registry.publish(tenant, kind, &publication)?;
        let info = registry.list_before(tenant, kind, number.saturating_add(1), 1)?.pop();
        Ok(shown(registry, tenant, kind, &info.ok_or_else(no_version)?).0)
    });
    published.await
}

/// What a file that is no model, or none that can score here, is told.
fn no_model(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::InvalidField).at("", error.to_string())
}

/// One version with its card: figures with their intervals, baselines, calibration and importance.
///
/// `prior` is the shipped model, which scores while a tenant has none of its own.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/versions/{version}", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("version" = String, Path, description = "Number of the version, or `prior`"),
    ),
    responses(
        (status = 200, body = VersionCard<Object>, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
pub(super) async fn get_version(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    version: VersionPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let version = which(&version)?;
    let found = waiting(&state, &caller, move |registry, tenant| {
        let (version, card) = match version {
            ServedVersion::Prior => shipped(kind)?,
            ServedVersion::Version(number) => {
                let before = number.saturating_add(1);
                let info = registry.list_before(tenant, kind, before, 1)?.pop();
                let info = info.filter(|info| info.version == number).ok_or_else(no_version)?;
                shown(registry, tenant, kind, &info)
            }
        };
        Ok(VersionCard { model: kind.as_str().to_owned(), version, card })
    });
    tagged(&headers, &found.await?)
}

/// The card of one version for people, in Markdown.
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/versions/{version}/card", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("version" = String, Path, description = "Number of the version, or `prior`"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/markdown"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
pub(super) async fn get_card(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    version: VersionPath,
) -> Result<Response, ApiError> {
    let card = file(&state, &caller, kind, which(&version)?, "card.md").await?;
    let content_type = HeaderValue::from_static("text/markdown; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, content_type)], card).into_response())
}

/// The file of one version, to score with elsewhere (a browser, another server).
#[utoipa::path(
    get, path = "/api/v1/registry/{model}/versions/{version}/file", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("version" = String, Path, description = "Number of the version, or `prior`"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", body = chatsignal_api::openapi::ModelBytes, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
pub(super) async fn get_file(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    version: VersionPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let bytes = file(&state, &caller, kind, which(&version)?, "model.csm").await?;
    tagged_bytes(&headers, HeaderValue::from_static("application/octet-stream"), bytes)
}

/// A file of a version.
async fn file(
    state: &AppState,
    caller: &Caller,
    kind: ModelKind,
    version: ServedVersion,
    name: &'static str,
) -> Result<Bytes, ApiError> {
    let read = waiting(state, caller, move |registry, tenant| match version {
        ServedVersion::Prior => {
            ModelRegistry::shipped_file(kind, name).map(Bytes::from_static).ok_or_else(no_version)
        }
        ServedVersion::Version(number) => {
            Ok(registry.read_file(tenant, kind, number, name)?.into())
        }
    });
    read.await
}

/// The shipped model as a version.
fn shipped(kind: ModelKind) -> Result<(ModelVersion, Option<Value>), ApiError> {
    let artifact = ModelRegistry::shipped(kind)?;
    let card = ModelRegistry::shipped_file(kind, "card.json");
    let card = card.and_then(|json| serde_json::from_slice(json).ok());
    let version = ModelVersion {
        version: ServedVersion::Prior.to_string(),
        aliases: Vec::new(),
        state: Some(artifact.state.as_str().to_owned()),
        created_at: None,
        trained_through: Some(Instant(artifact.trained_through)),
        feature_set_hash: Some(format!("x64:{:016x}", artifact.schema.fingerprint())),
        model_sha256: None,
        simulated: simulated(card.as_ref()),
        metrics: metrics(card.as_ref()),
        damaged: false,
        shadow: None,
    };
    Ok((version, card))
}

/// The last time of a version in the shadow. A list that cannot be read shows none.
fn shadow_of(
    registry: &ModelRegistry,
    tenant: &str,
    kind: ModelKind,
    version: u32,
) -> Option<ShadowRun> {
    let instant = |ms: i64| Instant(TimestampMs(ms));
    let shadows = registry.shadows(tenant, kind).ok()?;
    let shadow = shadows.into_iter().rev().find(|shadow| shadow.version == version)?;
    let since = instant(shadow.since_ms);
    Some(match shadow.end {
        None => ShadowRun {
            status: "running".to_owned(),
            since,
            review_at: Some(instant(shadow.review_ms)),
            ended_at: None,
            reason: shadow.waits_for,
        },
        Some(end) => ShadowRun {
            status: end.verdict.as_str().to_owned(),
            since,
            review_at: None,
            ended_at: Some(instant(end.at_ms)),
            reason: Some(end.reason),
        },
    })
}

/// The figures of a card by name.
fn metrics(card: Option<&Value>) -> BTreeMap<String, f64> {
    let figures = card.and_then(|card| card["evaluation"]["metrics"].as_object());
    let figures = figures.into_iter().flatten();
    figures.filter_map(|(name, figure)| Some((name.clone(), figure["value"].as_f64()?))).collect()
}

/// Whether a card speaks of simulated data.
fn simulated(card: Option<&Value>) -> Option<bool> {
    card?["evaluation"]["simulated"].as_bool()
}

/// A version as it is shown, and its card where it has one.
fn shown(
    registry: &ModelRegistry,
    tenant: &str,
    kind: ModelKind,
    info: &VersionInfo,
) -> (ModelVersion, Option<Value>) {
    let card = registry.read_file(tenant, kind, info.version, "card.json");
    let damaged = matches!(card, Err(RegistryError::Damaged { .. }));
    let card: Option<Value> = card.ok().and_then(|json| serde_json::from_slice(&json).ok());
    let manifest = info.manifest.as_ref().ok();
    let version = ModelVersion {
        version: info.version.to_string(),
        aliases: info.aliases.iter().map(|alias| alias.as_str().to_owned()).collect(),
        state: manifest.map(|manifest| manifest.state.clone()),
        created_at: manifest.map(|manifest| Instant(TimestampMs(manifest.published_at_ms))),
        trained_through: manifest.map(|manifest| Instant(TimestampMs(manifest.trained_through_ms))),
        feature_set_hash: manifest.map(|manifest| format!("x64:{}", manifest.schema_fingerprint)),
        model_sha256: manifest.map(|manifest| manifest.model_sha256.clone()),
        simulated: simulated(card.as_ref()),
        metrics: metrics(card.as_ref()),
        damaged: damaged || manifest.is_none(),
        shadow: shadow_of(registry, tenant, kind, info.version),
    };
    (version, card)
}

/// A version as a path names it.
fn which(VersionPath(text): &VersionPath) -> Result<ServedVersion, ApiError> {
    text.parse().map_err(|_| no_version())
}

fn no_version() -> ApiError {
    ApiError::new(ErrorCode::NotFound).detail("there is no such version")
}
