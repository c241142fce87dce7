//! Sentiment, voice and translation. Requests are read and checked; until an engine is configured a
//! valid one is answered with the error `engine_unavailable`, and never with a made-up result.

mod libretranslate;
mod openai;
mod sentiment;
mod translation;
mod voice;

use std::time::Duration;

use chatsignal_api::error::ErrorCode;
use utoipa_axum::router::OpenApiRouter;

use crate::service::error::ApiError;
use crate::service::state::AppState;

/// When to ask again: an engine comes with another configuration, and so with a restart.
const RETRY: Duration = Duration::from_secs(60);

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    sentiment::routes(state)
        .merge(voice::routes(state))
        .merge(translation::routes(state))
        .merge(openai::routes(state))
        .merge(libretranslate::routes(state))
}

/// The answer to a valid request.
fn unavailable(engine: &str) -> ApiError {
    ApiError::new(ErrorCode::EngineUnavailable)
        .detail(format!("no {engine} engine is configured"))
        .retry_after(RETRY)
}

/// Makes one handler with its documentation: how the body is read and described, what the answers are.
macro_rules! engine_route {
    (
        $about:literal, $engine:literal, $problem:ident as $form:literal,
        $name:ident = post $path:literal, $body:ident<$request:ident> ($($described:tt)+),
        $($answer:tt)+
    ) => {
        #[doc = $about]
        #[doc = ""]
        #[doc = "No engine is configured in this build: a valid request is answered with the error"]
        #[doc = "`engine_unavailable`."]
        #[utoipa::path(
            post, path = $path, tag = $engine,
            request_body($($described)+),
            responses(
                $($answer)+,
                (status = 503, description = "No engine is configured", body = $problem, content_type = $form,
                 headers(("Retry-After" = u32, description = "When to ask again, seconds"))),
                (status = "4XX", description = "What is wrong with the request", body = $problem, content_type = $form),
            ),
            security(("key" = ["score"])),
        )]
        async fn $name(
            _: crate::service::extract::NoQuery,
            crate::service::extract::$body(_request): crate::service::extract::$body<$request>,
        ) -> crate::service::error::ApiError {
            super::unavailable($engine)
        }
    };
    (
        $about:literal, $engine:literal, $problem:ident as $form:literal,
        $name:ident = get $path:literal, $($answer:tt)+
    ) => {
        #[doc = $about]
        #[doc = ""]
        #[doc = "The engine tells them: while none is configured the answer is the error `engine_unavailable`."]
        #[utoipa::path(
            get, path = $path, tag = $engine,
            responses(
                $($answer)+,
                (status = 503, description = "No engine is configured", body = $problem, content_type = $form,
                 headers(("Retry-After" = u32, description = "When to ask again, seconds"))),
                (status = "4XX", description = "What is wrong with the request", body = $problem, content_type = $form),
            ),
            security(("key" = ["score"])),
        )]
        async fn $name(_: crate::service::extract::NoQuery) -> crate::service::error::ApiError {
            super::unavailable($engine)
        }
    };
}

use engine_route;
