//! Lead scores.

use chatsignal_api::lead::{LeadBatchRequest, LeadPrediction, LeadRequest};

use super::model::model_routes;

model_routes! {
    tag: "lead-scoring", about: "Scores one lead.",
    predict_lead "/api/v1/ml/models/lead-scoring/predict",
    predict_lead_batch "/api/v1/ml/models/lead-scoring/batch",
    get_lead_importance "/api/v1/ml/models/lead-scoring/feature-importance",
    LeadRequest, LeadBatchRequest -> LeadPrediction
}

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    model_routes(state)
}
