//! Voice messages: their text, and the language that is spoken.

use chatsignal_api::error::Problem;
use chatsignal_api::voice::{
    RecordingUpload, SpokenLanguage, TranscribeRequest, Transcription, TranscriptionAccepted,
    VoiceLanguages, VoiceUpload,
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
    let asked =
        OpenApiRouter::new().routes(routes!(transcribe)).routes(routes!(list_spoken_languages));
    let uploads = OpenApiRouter::new()
        .routes(routes!(transcribe_upload))
        .routes(routes!(translate_upload))
        .routes(routes!(detect_spoken_language));
    let uploads = guarded(uploads, state, Scope::Score, Class::Upload);
    guarded(asked, state, Scope::Score, Class::Io).merge(uploads)
}

engine_route! {
    "Text of a voice message by id, address or base64.", "voice", Problem as "application/problem+json",
    transcribe = post "/api/v1/ml/voice/transcribe", CheckedJson<TranscribeRequest> (content = TranscribeRequest),
    (status = 200, body = Transcription),
    (status = 202, description = "A long recording: a job was made of it", body = TranscriptionAccepted)
}

engine_route! {
    "Text of an uploaded voice message.", "voice", Problem as "application/problem+json",
    transcribe_upload = post "/api/v1/ml/voice/transcribe-upload", CheckedUpload<VoiceUpload> (content = VoiceUpload, content_type = "multipart/form-data"),
    (status = 200, body = Transcription),
    (status = 202, description = "A long recording: a job was made of it", body = TranscriptionAccepted)
}

engine_route! {
    "English text of an uploaded voice message.", "voice", Problem as "application/problem+json",
    translate_upload = post "/api/v1/ml/voice/translate-upload", CheckedUpload<VoiceUpload> (content = VoiceUpload, content_type = "multipart/form-data"),
    (status = 200, body = Transcription),
    (status = 202, description = "A long recording: a job was made of it", body = TranscriptionAccepted)
}

engine_route! {
    "Language of an uploaded voice message.", "voice", Problem as "application/problem+json",
    detect_spoken_language = post "/api/v1/ml/voice/detect-language-upload", CheckedUpload<RecordingUpload> (content = RecordingUpload, content_type = "multipart/form-data"),
    (status = 200, body = SpokenLanguage)
}

engine_route! {
    "Languages that are understood.", "voice", Problem as "application/problem+json",
    list_spoken_languages = get "/api/v1/ml/voice/supported-languages", (status = 200, body = VoiceLanguages)
}
