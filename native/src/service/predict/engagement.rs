//! The probability of a reply to one send.

use std::sync::Arc;

use chatsignal_api::engagement::{EngagementPrediction, EngagementRequest, Message};
use chatsignal_api::error::ErrorCode;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::Consent;
use chatsignal_core::event::{LanguageTag, MessageCategory};
use chatsignal_core::feature::{ENGAGEMENT_FEATURES, EngagementRaw, FeatureVector, SendCandidate};
use chatsignal_core::recommend::send_advice;
use chatsignal_core::score::EngagementLevel;
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};

use super::input::{Input, Ways, choose};
use super::{Ask, Event, Scene, features};
use crate::scoring::Subject;
use crate::service::error::ApiError;
use crate::service::models::{EngagementModel, Model, Models};

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
        let sending = Sending::new(&self, scene)?;
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
                let raw = EngagementRaw::extract(&subject.state, sending.as_of);
                let candidate = sending.candidate(&subject, scene);
                let row = predictor.features(&raw, &candidate);
                let scored = predictor.predict(&row, subject.state.consent(), explain);
                let advice = send_advice(predictor, &raw, &candidate, None);
                let advice = advice.into_iter().map(|advice| advice.text()).collect();
                let contact = self.contact_id.or_else(|| Some(subject.contact.to_string()));
                Ok(EngagementPrediction::new(contact, &scored, advice, origin))
            }
        }
    }

    fn label(answer: &EngagementPrediction) -> &'static str {
        answer.level.map_or("suppressed", EngagementLevel::as_str)
    }
}

/// The send that is asked about, checked.
pub(super) struct Sending {
    /// The instant of the decision.
    pub(super) as_of: TimestampMs,
    send_at: TimestampMs,
    offset: Option<UtcOffsetMin>,
    message: SendCandidate,
}

impl Sending {
    pub(super) fn new(
        request: &EngagementRequest<Event>,
        scene: &Scene<'_>,
    ) -> Result<Self, ApiError> {
        let message = message(&request.message, scene)?;
        let offset = offset(request.utc_offset_minutes, scene)?;
        let as_of = request.as_of.map_or(scene.now, |at| at.0);
        let send_at = request.send_at.map_or(as_of, |at| at.0);
        if send_at < as_of {
            let place = scene.pointer("send_at");
            return Err(
                ApiError::new(ErrorCode::InvalidField).at(place, "lies before the decision")
            );
        }
        Ok(Self { as_of, send_at, offset, message })
    }

    /// The send to a contact: in the offset that was given, else in the contact's own.
    pub(super) fn candidate(&self, subject: &Subject<'_>, scene: &Scene<'_>) -> SendCandidate {
        let local = || subject.local_offset(&scene.settings.timezone).0;
        let utc_offset = self.offset.unwrap_or_else(local);
        SendCandidate { send_at: self.send_at, utc_offset, ..self.message }
    }
}

/// The send that a message describes; its instant and offset are still to be set.
pub(super) fn message(message: &Message, scene: &Scene<'_>) -> Result<SendCandidate, ApiError> {
    let wrong = |field: &str, detail: String| {
        ApiError::new(ErrorCode::InvalidField)
            .at(scene.pointer(&format!("message/{field}")), detail)
    };
    let category = message.category.as_deref().map(|name| {
        MessageCategory::from_name(name).ok_or_else(|| {
            wrong("category", "is one of marketing, utility, authentication, service".to_owned())
        })
    });
    let language = message
        .language
        .as_deref()
        .map(|tag| LanguageTag::new(tag).map_err(|error| wrong("language", error.to_string())));
    Ok(SendCandidate {
        category: category.transpose()?,
        language: language.transpose()?,
        chars: message.length,
        has_media: message.has_media,
        has_buttons: message.has_buttons,
        ..SendCandidate::at(TimestampMs(0), UtcOffsetMin(0))
    })
}

/// An offset that a request gives.
pub(super) fn offset(
    minutes: Option<i16>,
    scene: &Scene<'_>,
) -> Result<Option<UtcOffsetMin>, ApiError> {
    let offset = minutes.map(UtcOffsetMin);
    if offset.is_some_and(|offset| !offset.is_valid()) {
        let place = scene.pointer("utc_offset_minutes");
        return Err(ApiError::new(ErrorCode::InvalidField).at(place, "is -1080 to 1080 minutes"));
    }
    Ok(offset)
}
