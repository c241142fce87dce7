//! Lead scores.

use std::sync::Arc;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::lead::{LeadPrediction, LeadRequest};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::feature::{FeatureVector, LEAD_FEATURES};
use chatsignal_core::recommend;
use chatsignal_core::score::{LeadOptions, Scored, Tier};

use super::input::{Input, Ways, choose};
use super::{Ask, Event, Scene, features};
use crate::scoring;
use crate::service::error::ApiError;
use crate::service::models::{LeadModel, Model, Models};

impl Ask for LeadRequest<Event> {
    type Answer = LeadPrediction;
    type Model = LeadModel;
    const ITEMS: &'static str = "leads";

    fn id(&self) -> Option<&str> {
        self.lead_id.as_deref()
    }

    fn has_features(&self) -> bool {
        self.features.is_some()
    }

    fn model(models: &Models) -> Result<Arc<LeadModel>, ApiError> {
        models.lead.get()
    }

    fn answer(self, model: &LeadModel, scene: &Scene<'_>) -> Result<LeadPrediction, ApiError> {
        check_previous(&self, scene)?;
        let ways = Ways {
            id_field: "lead_id",
            id: self.lead_id.as_deref(),
            features: self.features,
            events: self.events,
            as_of: self.as_of,
        };
        let input = choose(ways, scene)?;
        let explain = scene.explain.into();
        match input {
            Input::Features(given) => {
                let row: FeatureVector<LEAD_FEATURES> =
                    features::vector(ModelKind::Lead, &given, scene)?;
                let options = LeadOptions {
                    consent: Consent::default(),
                    previous: self.previous_score,
                    explain,
                };
                let scored = model.scorer().score(&row, &options);
                let action = match &scored {
                    Scored::Score(score) => {
                        let contributions = score
                            .reasons
                            .as_ref()
                            .map_or(&[][..], |reasons| &reasons.contributions);
                        recommend::next_action(
                            score.tier,
                            &row.values,
                            contributions,
                            options.consent,
                        )
                    }
                    Scored::Suppressed(_) => None,
                };
                let as_of = self.as_of.map_or(scene.now, |at| at.0);
                let origin = scene.origin(model.served(), as_of);
                Ok(LeadPrediction::new(self.lead_id, &scored, action.as_ref(), origin))
            }
            Input::History(history) => {
                let origin = scene.origin(model.served(), history.as_of);
                let mut answer = scoring::lead(model.scorer(), &history.subject(), explain, origin);
                if self.lead_id.is_some() {
                    answer.lead_id = self.lead_id;
                }
                Ok(answer)
            }
        }
    }

    fn label(answer: &LeadPrediction) -> &'static str {
        answer.quality_tier.map_or("suppressed", Tier::as_str)
    }
}

/// Refuses a score before that can be none.
pub(super) fn check_previous(
    request: &LeadRequest<Event>,
    scene: &Scene<'_>,
) -> Result<(), ApiError> {
    if request.previous_score.is_some_and(|score| !(0.0..=100.0).contains(&score)) {
        let place = scene.pointer("previous_score");
        return Err(ApiError::new(ErrorCode::InvalidField).at(place, "a score is 0 to 100"));
    }
    Ok(())
}
