//! Recordings in the form of OpenAI.

use chatsignal_api::openai::{
    OpenAiError, OpenAiTranscription, OpenAiTranscriptionForm, OpenAiTranslationForm,
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
    let routes =
        OpenApiRouter::new().routes(routes!(openai_transcribe)).routes(routes!(openai_translate));
    guarded(routes, state, Scope::Score, Class::Upload)
}

engine_route! {
    "Text of an uploaded recording, in the form of OpenAI.", "voice", OpenAiError as "application/json",
    openai_transcribe = post "/v1/audio/transcriptions", CheckedUpload<OpenAiTranscriptionForm> (content = OpenAiTranscriptionForm, content_type = "multipart/form-data"),
    (status = 200, content((OpenAiTranscription = "application/json"), (String = "text/plain")))
}

engine_route! {
    "English text of an uploaded recording, in the form of OpenAI.", "voice", OpenAiError as "application/json",
    openai_translate = post "/v1/audio/translations", CheckedUpload<OpenAiTranslationForm> (content = OpenAiTranslationForm, content_type = "multipart/form-data"),
    (status = 200, content((OpenAiTranscription = "application/json"), (String = "text/plain")))
}
