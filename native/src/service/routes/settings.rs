//! The tenant's settings.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::settings::{SettingsPatch, TenantSettings};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::tagged::{names, tag_of, tagged};
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::extract::{Fields, NoQuery, RawJson, read_json};
use crate::service::settings::{changes, wire};
use crate::service::state::AppState;
use crate::store::Store;
use crate::store::settings::Settings;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let read = OpenApiRouter::new().routes(routes!(get_settings));
    let write = OpenApiRouter::new().routes(routes!(change_settings));
    guarded(read, state, Scope::Score, Class::Io).merge(guarded(
        write,
        state,
        Scope::Admin,
        Class::Io,
    ))
}

/// Every setting.
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "settings",
    responses(
        (status = 200, body = TenantSettings, headers(("ETag" = String, description = "Send it in If-Match with a change"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_settings(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    _: NoQuery,
) -> Result<Response, ApiError> {
    let id = caller.tenant.tenant.id;
    let settings = state.database.run(move |store| Ok(store.settings(id)?)).await?;
    tagged(&headers, &wire(&settings))
}

/// Changes settings, all or none.
///
/// What is left out stays, null goes back to the default. With `If-Match` nothing is changed when
/// the settings are no longer those of the tag (409).
#[utoipa::path(
    patch, path = "/api/v1/settings", tag = "settings",
    params(("If-Match" = Option<String>, Header, description = "ETag of the settings that are to be changed")),
    request_body = SettingsPatch,
    responses(
        (status = 200, body = TenantSettings, headers(("ETag" = String, description = "Of the settings now"))),
        (status = "4XX", description = "Every value that is wrong", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["admin"])),
)]
async fn change_settings(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    _: NoQuery,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let fields: Fields = read_json(&body, "")?;
    let changes = changes(fields)?;
    let shared = state.clone();
    let work = move |store: &mut Store| {
        let texts: Vec<(&str, &str)> =
            changes.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let expected = |settings: &Settings| {
            let tag = serde_json::to_vec(&wire(settings)).map(|body| tag_of(&body));
            tag.is_ok_and(|tag| names(&headers, &header::IF_MATCH, &tag) != Some(false))
        };
        let changed = store.change_settings(caller.tenant.tenant.id, &texts, expected)?;
        let settings = changed.ok_or_else(|| {
            ApiError::new(ErrorCode::VersionConflict)
                .detail("the settings are no longer those of If-Match: read them again")
        })?;
        shared.refresh(store)?;
        Ok(wire(&settings))
    };
    tagged(&HeaderMap::new(), &state.database.run(work).await?)
}
