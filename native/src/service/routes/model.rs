//! The three routes that every model has: one prediction, many, and what weighs in the model.

/// Makes the handlers with their documentation, and `model_routes` that registers them.
macro_rules! model_routes {
    (
        tag: $tag:literal, about: $about:literal,
        $predict:ident $predict_path:literal, $batch:ident $batch_path:literal,
        $importance:ident $importance_path:literal,
        $request:ident, $requests:ident -> $answer:ident
    ) => {
        use axum::extract::State;
        use axum::http::HeaderMap;
        use axum::response::Response;
        use chatsignal_api::batch::Batch;
        use chatsignal_api::error::Problem;
        use chatsignal_api::importance::Importance;
        use utoipa_axum::router::OpenApiRouter;
        use utoipa_axum::routes;

        use super::guarded;
        use super::scoring::{self, Asking, ExplainQuery, MethodQuery};
        use crate::service::admission::Class;
        use crate::service::auth::{Caller, Scope};
        use crate::service::error::ApiError;
        use crate::service::extract::Query;
        use crate::service::predict::Event;
        use crate::service::state::AppState;

        /// The routes of the model.
        fn model_routes(state: &AppState) -> OpenApiRouter<AppState> {
            let one = OpenApiRouter::new().routes(routes!($predict));
            let many = OpenApiRouter::new().routes(routes!($batch));
            let model = OpenApiRouter::new().routes(routes!($importance));
            guarded(one, state, Scope::Score, Class::Score)
                .merge(guarded(many, state, Scope::Score, Class::Batch))
                .merge(guarded(model, state, Scope::Score, Class::Io))
        }

        #[doc = $about]
        #[doc = ""]
        #[doc = "Takes exactly one of `features`, `events` and the id of a contact of the log."]
        #[utoipa::path(
            post, path = $predict_path, tag = $tag,
            params(ExplainQuery),
            request_body = $request,
            responses(
                (status = 200, body = $answer),
                (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
                (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
            ),
            security(("key" = ["score"])),
        )]
        async fn $predict(asking: Asking<ExplainQuery>) -> Result<Response, ApiError> {
            scoring::predict::<$request<Event>>(asking).await
        }

        /// The same for many at once.
        ///
        /// At most 1,000 items (`--batch-items-max`). An item that fails has an `error` in its place; the
        /// others are answered.
        #[utoipa::path(
            post, path = $batch_path, tag = $tag,
            params(ExplainQuery),
            request_body = $requests,
            responses(
                (status = 200, body = Batch<$answer>),
                (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
                (status = "5XX", description = "Overload, or a model or store out of reach", body = Problem, content_type = "application/problem+json"),
            ),
            security(("key" = ["score"])),
        )]
        async fn $batch(asking: Asking<ExplainQuery>) -> Result<Response, ApiError> {
            scoring::batch::<$request<Event>>(asking).await
        }

        /// What weighs in the model that scores.
        #[utoipa::path(
            get, path = $importance_path, tag = $tag,
            params(MethodQuery),
            responses(
                (status = 200, body = Importance, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
                (status = 304, description = "Nothing has changed"),
                (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
                (status = "5XX", description = "The model is out of reach, or has no evaluation", body = Problem, content_type = "application/problem+json"),
            ),
            security(("key" = ["score"])),
        )]
        async fn $importance(
            State(state): State<AppState>,
            caller: Caller,
            Query(query): Query<MethodQuery>,
            headers: HeaderMap,
        ) -> Result<Response, ApiError> {
            scoring::weights::<$request<Event>>(state, caller, query, headers).await
        }
    };
}

pub(super) use model_routes;
