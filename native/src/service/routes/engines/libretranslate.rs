//! Translations in the form of LibreTranslate.

use chatsignal_api::inference::PlainError;
use chatsignal_api::libretranslate::{
    LibreDetectRequest, LibreDetection, LibreLanguage, LibreTranslateRequest, LibreTranslation,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::engine_route;
use crate::service::admission::Class;
use crate::service::auth::Scope;
use crate::service::routes::guarded;
use crate::service::state::AppState;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let routes = OpenApiRouter::new()
        .routes(routes!(libre_translate))
        .routes(routes!(libre_detect))
        .routes(routes!(libre_languages));
    guarded(routes, state, Scope::Score, Class::Io)
}

engine_route! {
    "Translates a text, in the form of LibreTranslate.", "translation", PlainError as "application/json",
    libre_translate = post "/translate", CheckedJsonOrForm<LibreTranslateRequest> (content((LibreTranslateRequest = "application/json"), (LibreTranslateRequest = "application/x-www-form-urlencoded"))),
    (status = 200, body = LibreTranslation)
}

engine_route! {
    "Language of a text, in the form of LibreTranslate.", "translation", PlainError as "application/json",
    libre_detect = post "/detect", CheckedJsonOrForm<LibreDetectRequest> (content((LibreDetectRequest = "application/json"), (LibreDetectRequest = "application/x-www-form-urlencoded"))),
    (status = 200, body = Vec<LibreDetection>)
}

engine_route! {
    "Languages that can be translated, in the form of LibreTranslate.", "translation", PlainError as "application/json",
    libre_languages = get "/languages", (status = 200, body = Vec<LibreLanguage>)
}
