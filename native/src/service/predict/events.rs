//! Events inside a request: the format of `docs/EVENTS.md`, one contact, folded for this answer and
//! then forgotten.

use chatsignal_api::error::ErrorCode;
use chatsignal_core::event::Event;
use chatsignal_ingest::{Availability, Context, Ingested, ndjson};

use super::Scene;
use crate::service::error::ApiError;
use crate::timezone::TenantTime;

/// Reads the events of one contact, in the order of [`Event::cmp_in_contact`], each once.
pub(super) fn read(lines: &[super::Event], scene: &Scene<'_>) -> Result<Vec<Event>, ApiError> {
    if lines.is_empty() || lines.len() > scene.events_max {
        let detail = format!("{} events; a request has 1 to {}", lines.len(), scene.events_max);
        return Err(ApiError::new(ErrorCode::InvalidField).at(scene.pointer("events"), detail));
    }
    let local = TenantTime::new(scene.settings.timezone.clone());
    let context = Context {
        hasher: &scene.tenant.hasher,
        local: &local,
        availability: Availability::Occurred { lag_ms: 0 },
    };
    let mut reader = ndjson::Reader::new(context, Some(&scene.tenant.tenant.name));
    let mut found = Ingested::default();
    for (index, line) in lines.iter().enumerate() {
        reader.line(index as u64, line.get().as_bytes(), &mut found);
    }
    if !found.rejects.is_empty() {
        let mut error = ApiError::new(ErrorCode::InvalidField);
        for reject in found.rejects.iter().take(20) {
            let field = reject.field.replace('.', "/");
            let slash = if field.is_empty() { "" } else { "/" };
            let place = scene.pointer(&format!("events/{}{slash}{field}", reject.line));
            error = error.at(place, reject.reason.to_string());
        }
        return Err(error);
    }
    let mut events = found.events;
    let first = events.first().map(|event| event.contact_id);
    if let Some(other) = events.iter().position(|event| Some(event.contact_id) != first) {
        let place = scene.pointer(&format!("events/{other}/contact_id"));
        return Err(ApiError::new(ErrorCode::InvalidField).at(place, "is another contact"));
    }
    events.sort_by(Event::cmp_in_contact);
    events.dedup_by_key(|event| event.event_id);
    Ok(events)
}
