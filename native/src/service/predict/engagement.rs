//! The probability of a reply to one send.

use std::sync::Arc;

use chatsignal_api::engagement::{EngagementPrediction, EngagementRequest};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::feature::{ENGAGEMENT_FEATURES, FeatureVector};
use chatsignal_core::score::EngagementLevel;
use chatsignal_scoring::{Sending, engagement_of_send};

use super::input::{Input, Ways, choose};
use super::{Ask, Event, Scene, features};
use crate::service::error::ApiError;
use crate::service::models::{EngagementModel, Model, Models};
use crate::timezone::Zone;

impl Ask for EngagementRequest<Event> {
    type Answer = EngagementPrediction;
    type Model = EngagementModel;
    const ITEMS: &'static str = "contacts";

    fn id(&self) -> Option<&str> {
        self.contact_id.as_deref()
    }

    fn has_features(&self) -> bool {
        self.features.is_some()
    }

    fn model(models: &Models) -> Result<Arc<EngagementModel>, ApiError> {
        models.engagement.get()
    }

    fn answer(
        self,
        model: &EngagementModel,
        scene: &Scene<'_>,
    ) -> Result<EngagementPrediction, ApiError> {
        let sending = sending(&self, scene)?;
        let ways = Ways {
            id_field: "contact_id",
            id: self.contact_id.as_deref(),
            features: self.features,
            events: self.events,
            as_of: self.as_of,
        };
        let explain = scene.explain.into();
        let origin = scene.origin(model.served(), sending.as_of);
        let predictor = model.scorer();
        match choose(ways, scene)? {
            Input::Features(given) => {
                let row: FeatureVector<ENGAGEMENT_FEATURES> =
                    features::vector(ModelKind::Engagement, &given, scene)?;
                let scored = predictor.predict(&row, Consent::default(), explain);
                Ok(EngagementPrediction::new(self.contact_id, &scored, Vec::new(), origin))
            }
            Input::History(history) => {
                let subject = history.subject();
                let candidate = sending.candidate(&subject, &Zone(&scene.settings.timezone));
                let contact = self.contact_id.unwrap_or_else(|| subject.contact.to_string());
                Ok(engagement_of_send(predictor, contact, &subject, &candidate, explain, origin))
            }
        }
    }

    fn label(answer: &EngagementPrediction) -> &'static str {
        answer.level.map_or("suppressed", EngagementLevel::as_str)
    }
}

/// The send that is asked about, checked.
pub(super) fn sending(
    request: &EngagementRequest<Event>,
    scene: &Scene<'_>,
) -> Result<Sending, ApiError> {
    Sending::new(request, scene.now).map_err(|fault| scene.fault(&fault))
}
