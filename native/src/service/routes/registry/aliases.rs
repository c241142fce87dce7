//! Which version of a model scores, and which is tried beside it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::registry::{AliasRequest, ModelAliases, MovableAlias};
use chatsignal_core::artifact::ModelKind;

use super::waiting;
use crate::registry::{RegistryError, ServedVersion};
use crate::service::auth::Caller;
use crate::service::error::ApiError;
use crate::service::extract::{ModelPath, NoQuery, RawJson, read_json};
use crate::service::idempotency::{IdempotencyKey, Turn};
use crate::service::routes::tagged::tagged;
use crate::service::state::AppState;

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
pub(super) async fn get_aliases(
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
/// model that they began with. The champion so far becomes `previous`. With `prior` there is no
/// champion: the shipped model scores.
#[utoipa::path(
    post, path = "/api/v1/registry/{model}/aliases", tag = "registry",
    params(
        ("model" = chatsignal_api::openapi::KindName, Path, description = "Which model"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for a day"),
    ),
    request_body = AliasRequest,
    responses(
        (status = 200, body = ModelAliases),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the registry is out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["admin"])),
)]
pub(super) async fn move_alias(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    ModelPath(kind): ModelPath,
    key: IdempotencyKey,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let request: AliasRequest = read_json(&body, "")?;
    let change = change(&request)?;
    let route = format!("aliases/{}", kind.as_str());
    let (shared, who) = (state.clone(), caller.clone());
    let effect = async move {
        carry_out(&shared, &who, kind, change).await?;
        Ok((StatusCode::OK, aliases(&shared, &who, kind).await?))
    };
    Turn::once(&state, &caller.tenant, key, (&route, &body), effect).await
}

/// Moves a name, and lets the new champion score.
async fn carry_out(
    state: &AppState,
    caller: &Caller,
    kind: ModelKind,
    change: Change,
) -> Result<(), ApiError> {
    let (tenant, metrics) = (caller.tenant.clone(), state.metrics.clone());
    let moved = waiting(state, caller, move |registry, name| {
        let to_score = match change {
            Change::Champion(ServedVersion::Version(version)) => Some(version),
            Change::Champion(ServedVersion::Prior) => None,
            Change::Rollback => registry.aliases(name, kind).map_err(conflict)?.previous,
            Change::Challenger(version) => version,
        };
        if let Some(version) = to_score {
            let served = registry.get(name, kind, version).map_err(conflict)?;
            served.can_score().map_err(|error| {
                ApiError::new(ErrorCode::VersionConflict).detail(error.to_string())
            })?;
        }
        match change {
            Change::Champion(version) => registry.activate(name, kind, version),
            Change::Rollback => registry.rollback(name, kind),
            Change::Challenger(version) => registry.set_challenger(name, kind, version),
        }
        .map_err(conflict)?;
        tenant.refresh_models(registry, &metrics);
        Ok(())
    });
    moved.await
}

/// What is to be moved where.
#[derive(Clone, Copy, Debug)]
enum Change {
    Champion(ServedVersion),
    Rollback,
    Challenger(Option<u32>),
}

fn change(request: &AliasRequest) -> Result<Change, ApiError> {
    let wrong = |code, rule: &str| Err(ApiError::new(code).at("/version", rule));
    match (request.alias, request.version.as_deref()) {
        (MovableAlias::Champion, Some("previous")) => Ok(Change::Rollback),
        (MovableAlias::Champion, None) => {
            wrong(ErrorCode::MissingField, "a champion is a number, \"previous\" or \"prior\"")
        }
        (MovableAlias::Challenger, None) => Ok(Change::Challenger(None)),
        (alias, Some(text)) => match (alias, text.parse()) {
            (MovableAlias::Champion, Ok(version)) => Ok(Change::Champion(version)),
            (MovableAlias::Challenger, Ok(ServedVersion::Version(version))) => {
                Ok(Change::Challenger(Some(version)))
            }
            _ => wrong(ErrorCode::InvalidField, "must be the number of a version, as text"),
        },
    }
}

/// What the state of the registry does not allow, as the caller is told it.
fn conflict(error: RegistryError) -> ApiError {
    let conflict = |detail: &str| ApiError::new(ErrorCode::VersionConflict).detail(detail);
    match error {
        RegistryError::NoPrevious(_) => conflict("no version was activated yet"),
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
