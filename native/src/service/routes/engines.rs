//! Sentiment, voice and translation. Until an engine is configured every route of them answers the
//! error `engine_unavailable`, and never a made-up result.

use chatsignal_api::error::{ErrorCode, Problem};
use chatsignal_api::inference::PlainError;
use chatsignal_api::openai::OpenAiError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use crate::service::admission::Class;
use crate::service::auth::Scope;
use crate::service::error::ApiError;
use crate::service::state::AppState;

macro_rules! unavailable {
    ($($name:ident, $method:ident, $path:literal, $engine:literal, $body:ident $form:literal, $about:literal;)+) => {
        $(
            #[doc = $about]
            ///
            /// The engine is not configured in this build: the answer is the error
            /// `engine_unavailable`.
            #[utoipa::path(
                $method, path = $path, tag = $engine,
                responses(
                    (status = 503, description = "The engine is not configured", body = $body, content_type = $form),
                    (status = "4XX", description = "What is wrong with the request", body = $body, content_type = $form),
                ),
                security(("key" = ["score"])),
            )]
            async fn $name() -> ApiError {
                ApiError::new(ErrorCode::EngineUnavailable)
                    .detail(concat!("no ", $engine, " engine is configured"))
            }
        )+

        /// The routes.
        pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
            let routes = OpenApiRouter::new()$(.routes(routes!($name)))+;
            guarded(routes, state, Scope::Score, Class::Io)
        }
    };
}

unavailable! {
    analyze_sentiment, post, "/api/v1/ml/sentiment/analyze", "sentiment", Problem "application/problem+json", "Sentiment, emotion and risk of one text.";
    analyze_sentiment_batch, post, "/api/v1/ml/sentiment/batch", "sentiment", Problem "application/problem+json", "The same for many texts.";
    analyze_conversation, post, "/api/v1/ml/sentiment/conversation", "sentiment", Problem "application/problem+json", "Trend of a conversation.";
    transcribe, post, "/api/v1/ml/voice/transcribe", "voice", Problem "application/problem+json", "Text of a voice message by id, address or base64.";
    transcribe_upload, post, "/api/v1/ml/voice/transcribe-upload", "voice", Problem "application/problem+json", "Text of an uploaded voice message.";
    translate_upload, post, "/api/v1/ml/voice/translate-upload", "voice", Problem "application/problem+json", "English text of an uploaded voice message.";
    detect_spoken_language, post, "/api/v1/ml/voice/detect-language-upload", "voice", Problem "application/problem+json", "Language of an uploaded voice message.";
    list_spoken_languages, get, "/api/v1/ml/voice/supported-languages", "voice", Problem "application/problem+json", "Languages that are understood.";
    translate, post, "/api/v1/ml/translation/translate", "translation", Problem "application/problem+json", "Translates one text.";
    translate_batch, post, "/api/v1/ml/translation/batch", "translation", Problem "application/problem+json", "Translates many texts.";
    detect_language, post, "/api/v1/ml/translation/detect-language", "translation", Problem "application/problem+json", "Language of a text.";
    translate_multilingual, post, "/api/v1/ml/translation/multilingual", "translation", Problem "application/problem+json", "Translates one text into many languages.";
    list_languages, get, "/api/v1/ml/translation/supported-languages", "translation", Problem "application/problem+json", "Languages that can be translated.";
    list_popular_languages, get, "/api/v1/ml/translation/popular-languages", "translation", Problem "application/problem+json", "Languages by number of speakers.";
    openai_transcribe, post, "/v1/audio/transcriptions", "voice", OpenAiError "application/json", "Text of an uploaded recording, in the form of OpenAI.";
    openai_translate, post, "/v1/audio/translations", "voice", OpenAiError "application/json", "English text of an uploaded recording, in the form of OpenAI.";
    libre_translate, post, "/translate", "translation", PlainError "application/json", "Translates a text, in the form of LibreTranslate.";
    libre_detect, post, "/detect", "translation", PlainError "application/json", "Language of a text, in the form of LibreTranslate.";
    libre_languages, get, "/languages", "translation", PlainError "application/json", "Languages that can be translated, in the form of LibreTranslate.";
}
