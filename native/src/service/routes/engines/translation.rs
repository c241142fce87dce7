//! Texts in other languages.

use chatsignal_api::batch::Batch;
use chatsignal_api::error::Problem;
use chatsignal_api::translation::{
    BatchTranslation, DetectLanguageRequest, DetectedLanguage, MultilingualRequest,
    MultilingualTranslation, PopularLanguages, TranslateBatchRequest, TranslateRequest,
    Translation, TranslationLanguages,
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
        .routes(routes!(translate))
        .routes(routes!(translate_batch))
        .routes(routes!(detect_language))
        .routes(routes!(translate_multilingual))
        .routes(routes!(list_languages))
        .routes(routes!(list_popular_languages));
    guarded(routes, state, Scope::Score, Class::Io)
}

engine_route! {
    "Translates one text.", "translation", Problem as "application/problem+json",
    translate = post "/api/v1/ml/translation/translate", CheckedJson<TranslateRequest> (content = TranslateRequest),
    (status = 200, body = Translation)
}

engine_route! {
    "Translates many texts.", "translation", Problem as "application/problem+json",
    translate_batch = post "/api/v1/ml/translation/batch", CheckedJson<TranslateBatchRequest> (content = TranslateBatchRequest),
    (status = 200, body = Batch<BatchTranslation>)
}

engine_route! {
    "Language of a text.", "translation", Problem as "application/problem+json",
    detect_language = post "/api/v1/ml/translation/detect-language", CheckedJson<DetectLanguageRequest> (content = DetectLanguageRequest),
    (status = 200, body = DetectedLanguage)
}

engine_route! {
    "Translates one text into many languages.", "translation", Problem as "application/problem+json",
    translate_multilingual = post "/api/v1/ml/translation/multilingual", CheckedJson<MultilingualRequest> (content = MultilingualRequest),
    (status = 200, body = MultilingualTranslation)
}

engine_route! {
    "Languages that can be translated.", "translation", Problem as "application/problem+json",
    list_languages = get "/api/v1/ml/translation/supported-languages", (status = 200, body = TranslationLanguages)
}

engine_route! {
    "Languages by number of speakers.", "translation", Problem as "application/problem+json",
    list_popular_languages = get "/api/v1/ml/translation/popular-languages", (status = 200, body = PopularLanguages)
}
