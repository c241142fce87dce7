//! Where a request's features come from: exactly one of features, events and an id.

use chatsignal_api::error::ErrorCode;
use chatsignal_api::prediction::Features;
use chatsignal_api::time::Instant;
use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::country::Country;

use super::{Scene, events};
use crate::scoring::Subject;
use crate::service::contact_id;
use crate::service::error::ApiError;
use crate::service::live::Stored;

/// The input of one answer.
pub(super) enum Input {
    /// The features themselves.
    Features(Features),
    /// What happened to the contact.
    History(History),
}

/// What happened to one contact.
pub(super) struct History {
    contact: ContactId,
    told: Told,
    country: Option<Country>,
    /// The instant of the answer.
    pub(super) as_of: TimestampMs,
}

/// By what it is known.
enum Told {
    /// Events of the request.
    Events(Vec<Event>),
    /// The log.
    State(Box<Stored>),
}

impl History {
    /// The contact as it was known then.
    pub(super) fn subject(&self) -> Subject<'_> {
        let subject = match &self.told {
            Told::Events(events) => Subject::new(self.contact, events, self.as_of),
            Told::State(stored) => stored.subject(self.as_of),
        };
        Subject { country: self.country, ..subject }
    }
}

/// A request's three ways.
pub(super) struct Ways<'a> {
    /// Name of the field of the id.
    pub(super) id_field: &'static str,
    pub(super) id: Option<&'a str>,
    pub(super) features: Option<Features>,
    pub(super) events: Option<Vec<super::Event>>,
    pub(super) as_of: Option<Instant>,
}

/// Refuses an id that can be none.
pub(super) fn check_id(field: &str, id: Option<&str>, scene: &Scene<'_>) -> Result<(), ApiError> {
    id.map_or(Ok(()), contact_id::check)
        .map_err(|rule| ApiError::new(ErrorCode::InvalidField).at(scene.pointer(field), rule))
}

/// Decides for the one way that was taken.
pub(super) fn choose(ways: Ways<'_>, scene: &Scene<'_>) -> Result<Input, ApiError> {
    check_id(ways.id_field, ways.id, scene)?;
    let as_of = ways.as_of.map_or(scene.now, |at| at.0);
    match (ways.features, ways.events, ways.id) {
        (Some(_), Some(_), _) => Err(ApiError::new(ErrorCode::InvalidField)
            .at(scene.pointer("events"), "give features or events, not both")),
        (Some(features), None, _) => Ok(Input::Features(features)),
        (None, Some(lines), _) => {
            let events = events::read(&lines, scene)?;
            let contact = events.first().map_or(ContactId([0; 16]), |event| event.contact_id);
            let told = Told::Events(events);
            Ok(Input::History(History { contact, told, country: None, as_of }))
        }
        (None, None, Some(id)) => stored(id, as_of, scene).map(Input::History),
        (None, None, None) => {
            let detail = format!("give features, events or {}", ways.id_field);
            Err(ApiError::new(ErrorCode::MissingField).at(scene.pointer("features"), detail))
        }
    }
}

/// The log of a contact: by our id, or by the one that a source gave.
fn stored(id: &str, as_of: TimestampMs, scene: &Scene<'_>) -> Result<History, ApiError> {
    let store = scene.store.ok_or_else(|| ApiError::internal("a log was needed and not opened"))?;
    let store = store.get()?;
    let tenant = scene.tenant.tenant.id;
    let contact = contact_id::read(scene.tenant, id)?;
    let stored = Stored::read(store, tenant, contact, as_of)?.ok_or_else(contact_id::not_found)?;
    // An answer about the past says nothing of the state that is kept now.
    if stored.is_long() && as_of >= scene.now {
        // The next answer shall not cost as much: its state is kept from now on.
        scene.touched.note(scene.tenant, [stored.contact()].into());
    }
    let country = store.person(tenant, contact)?.country;
    let told = Told::State(Box::new(stored));
    Ok(History { contact, told, country, as_of })
}
