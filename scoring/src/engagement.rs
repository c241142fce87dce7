//! The probability of a reply to one send.

use alloc::string::String;

use chatsignal_api::engagement::{EngagementPrediction, EngagementRequest, Message};
use chatsignal_api::prediction::Origin;
use chatsignal_core::event::{LanguageTag, MessageCategory};
use chatsignal_core::feature::{EngagementRaw, SendCandidate};
use chatsignal_core::recommend::send_advice;
use chatsignal_core::score::{EngagementPredictor, Explain};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::LocalTime;

use crate::fault::FieldFault;
use crate::subject::Subject;

/// The send that is asked about, checked.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// The instant of the decision.
    pub as_of: TimestampMs,
    send_at: TimestampMs,
    offset: Option<UtcOffsetMin>,
    message: SendCandidate,
}

impl Sending {
    /// Reads a request; `now` is the decision where it names none.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn new<E>(request: &EngagementRequest<E>, now: TimestampMs) -> Result<Self, FieldFault> {
        let message = message(&request.message)?;
        let offset = offset(request.utc_offset_minutes)?;
        let as_of = request.as_of.map_or(now, |at| at.0);
        let send_at = request.send_at.map_or(as_of, |at| at.0);
        if send_at < as_of {
            return Err(FieldFault::new("send_at", "lies before the decision"));
        }
        Ok(Self { as_of, send_at, offset, message })
    }

    /// The send to a contact: in the offset that was given, else in the contact's own.
    #[must_use]
    pub fn candidate(&self, subject: &Subject<'_>, tenant: &dyn LocalTime) -> SendCandidate {
        let utc_offset = self.offset.unwrap_or_else(|| subject.local_offset(tenant).0);
        SendCandidate { send_at: self.send_at, utc_offset, ..self.message }
    }
}

/// The probability of a reply to a send, with advice on it; the answer bears the id `contact`.
#[must_use]
pub fn engagement_of_send(
    predictor: &EngagementPredictor<'_>,
    contact: String,
    subject: &Subject<'_>,
    candidate: &SendCandidate,
    explain: Explain,
    origin: Origin,
) -> EngagementPrediction {
    let raw = EngagementRaw::extract(&subject.state, subject.as_of);
    let row = predictor.features(&raw, candidate);
    let scored = predictor.predict(&row, subject.state.consent(), explain);
    let advice = send_advice(predictor, &raw, candidate, None);
    let advice = advice.into_iter().map(|advice| advice.text()).collect();
    EngagementPrediction::new(Some(contact), &scored, advice, origin)
}

/// The send that a message describes; its instant and offset are still to be set.
///
/// # Errors
/// The first field that breaks a rule.
pub fn message(message: &Message) -> Result<SendCandidate, FieldFault> {
    let category = message.category.as_deref().map(|name| {
        let rule = "is one of marketing, utility, authentication, service";
        MessageCategory::from_name(name).ok_or_else(|| FieldFault::new("message/category", rule))
    });
    let language = message.language.as_deref().map(|tag| {
        LanguageTag::new(tag)
            .map_err(|error| FieldFault::new("message/language", alloc::format!("{error}")))
    });
    Ok(SendCandidate {
        category: category.transpose()?,
        language: language.transpose()?,
        chars: message.length,
        has_media: message.has_media,
        has_buttons: message.has_buttons,
        ..SendCandidate::at(TimestampMs(0), UtcOffsetMin(0))
    })
}

/// An offset that a request gives, in minutes.
///
/// # Errors
/// When there is no such offset.
pub fn offset(minutes: Option<i16>) -> Result<Option<UtcOffsetMin>, FieldFault> {
    let offset = minutes.map(UtcOffsetMin);
    if offset.is_some_and(|offset| !offset.is_valid()) {
        return Err(FieldFault::new("utc_offset_minutes", "is -1080 to 1080 minutes"));
    }
    Ok(offset)
}
