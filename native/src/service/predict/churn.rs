//! Churn risks.

use std::sync::Arc;

use chatsignal_api::churn::{ChurnPrediction, ChurnRequest};
use chatsignal_api::error::ErrorCode;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::feature::{CHURN_FEATURES, FeatureVector};
use chatsignal_core::recommend;

use super::input::{Input, Ways, choose};
use super::{Ask, Event, Scene, features};
use crate::scoring;
use crate::service::error::ApiError;
use crate::service::models::{ChurnModel, Model, Models};

impl Ask for ChurnRequest<Event> {
    type Answer = ChurnPrediction;
    type Model = ChurnModel;
    const ITEMS: &'static str = "customers";

    fn id(&self) -> Option<&str> {
        self.customer_id.as_deref()
    }

    fn has_features(&self) -> bool {
        self.features.is_some()
    }

    fn model(models: &Models) -> Result<Arc<ChurnModel>, ApiError> {
        models.churn.get()
    }

    fn answer(self, model: &ChurnModel, scene: &Scene<'_>) -> Result<ChurnPrediction, ApiError> {
        check_horizon(&self, model, scene)?;
        let ways = Ways {
            id_field: "customer_id",
            id: self.customer_id.as_deref(),
            features: self.features,
            events: self.events,
            as_of: self.as_of,
        };
        let input = choose(ways, scene)?;
        let explain = scene.explain.into();
        match input {
            Input::Features(given) => {
                let row: FeatureVector<CHURN_FEATURES> =
                    features::vector(ModelKind::Churn, &given, scene)?;
                let risk = model.scorer().predict(&row, explain);
                let contributions =
                    risk.reasons.as_ref().map_or(&[][..], |reasons| &reasons.contributions);
                let advice = recommend::retention(&row.values, contributions, Consent::default());
                let as_of = self.as_of.map_or(scene.now, |at| at.0);
                let origin = scene.origin(model.served(), as_of);
                Ok(ChurnPrediction::new(self.customer_id, &risk, &advice, origin))
            }
            Input::History(history) => {
                let origin = scene.origin(model.served(), history.as_of);
                let mut answer =
                    scoring::churn(model.scorer(), &history.subject(), explain, origin);
                if self.customer_id.is_some() {
                    answer.customer_id = self.customer_id;
                }
                Ok(answer)
            }
        }
    }

    fn label(answer: &ChurnPrediction) -> &'static str {
        answer.risk_level.as_str()
    }
}

/// Refuses a horizon that is not the model's.
pub(super) fn check_horizon(
    request: &ChurnRequest<Event>,
    model: &ChurnModel,
    scene: &Scene<'_>,
) -> Result<(), ApiError> {
    let horizon = model.scorer().horizon_days();
    if request.horizon_days.is_none_or(|asked| asked == horizon) {
        return Ok(());
    }
    let detail = format!("the model in use looks {horizon} days ahead");
    Err(ApiError::new(ErrorCode::HorizonMismatch).at(scene.pointer("horizon_days"), detail))
}
