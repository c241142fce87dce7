//! Mood of texts and conversations.

use chatsignal_api::batch::Batch;
use chatsignal_api::error::Problem;
use chatsignal_api::sentiment::{
    ConversationAnalysis, ConversationRequest, SentimentAnalysis, SentimentBatchRequest,
    SentimentRequest,
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
        .routes(routes!(analyze_sentiment))
        .routes(routes!(analyze_sentiment_batch))
        .routes(routes!(analyze_conversation));
    guarded(routes, state, Scope::Score, Class::Io)
}

engine_route! {
    "Sentiment, emotion and risk of one text.", "sentiment", Problem as "application/problem+json",
    analyze_sentiment = post "/api/v1/ml/sentiment/analyze", CheckedJson<SentimentRequest> (content = SentimentRequest),
    (status = 200, body = SentimentAnalysis)
}

engine_route! {
    "The same for many texts.", "sentiment", Problem as "application/problem+json",
    analyze_sentiment_batch = post "/api/v1/ml/sentiment/batch", CheckedJson<SentimentBatchRequest> (content = SentimentBatchRequest),
    (status = 200, body = Batch<SentimentAnalysis>)
}

engine_route! {
    "Trend of a conversation.", "sentiment", Problem as "application/problem+json",
    analyze_conversation = post "/api/v1/ml/sentiment/conversation", CheckedJson<ConversationRequest> (content = ConversationRequest),
    (status = 200, body = ConversationAnalysis)
}
