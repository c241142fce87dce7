//! Churn risks.

use chatsignal_api::churn::{ChurnBatchRequest, ChurnPrediction, ChurnRequest};

use super::model::model_routes;

model_routes! {
    tag: "churn-prediction", about: "The churn risk of one customer, and what to do about it.",
    predict_churn "/api/v1/ml/models/churn-prediction/predict",
    predict_churn_batch "/api/v1/ml/models/churn-prediction/batch",
    get_churn_importance "/api/v1/ml/models/churn-prediction/feature-importance",
    ChurnRequest, ChurnBatchRequest -> ChurnPrediction
}

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    model_routes(state)
}
