//! The best hour to write.

use std::sync::Arc;

use chatsignal_api::send_time::{OptimalTime, OptimalTimeRequest};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{ENGAGEMENT_FEATURES, FeatureVector};
use chatsignal_scoring::Decision;

use super::input::{Input, Ways, choose};
use super::{Ask, Event, Scene, features};
use crate::scoring;
use crate::service::error::ApiError;
use crate::service::models::{EngagementModel, Model, Models};
use crate::timezone::{self, TenantTime, Zone};

impl Ask for OptimalTimeRequest<Event> {
    type Answer = OptimalTime;
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

    fn answer(self, model: &EngagementModel, scene: &Scene<'_>) -> Result<OptimalTime, ApiError> {
        let decision =
            Decision::new(&self, scene.now, scoring::send_rules(scene.settings), |name| {
                let zone = timezone::zone(name).ok()?;
                Some(Box::new(TenantTime::new(zone)))
            })
            .map_err(|fault| scene.fault(&fault))?;
        let ways = Ways {
            id_field: "contact_id",
            id: self.contact_id.as_deref(),
            features: self.features,
            events: self.events,
            as_of: self.as_of,
        };
        let (predictor, explain) = (model.scorer(), scene.explain.into());
        let tenant = Zone(&scene.settings.timezone);
        let origin = scene.origin(model.served(), decision.as_of);
        match choose(ways, scene)? {
            Input::Features(given) => {
                let row: FeatureVector<ENGAGEMENT_FEATURES> =
                    features::vector(ModelKind::Engagement, &given, scene)?;
                let id = self.contact_id;
                Ok(decision.by_features(predictor, id, &row, &tenant, explain, origin))
            }
            Input::History(history) => {
                let subject = history.subject();
                let id = self.contact_id.or_else(|| Some(subject.contact.to_string()));
                Ok(decision.by_history(predictor, id, &subject, &tenant, explain, origin))
            }
        }
    }

    fn label(answer: &OptimalTime) -> &'static str {
        if answer.optimal_hour.is_some() { "planned" } else { "blocked" }
    }
}
