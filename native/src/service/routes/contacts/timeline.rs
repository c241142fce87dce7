//! What is kept of one contact beside the scores: its events, and what people said of it.

use chatsignal_api::contacts::{ContactFeedback, EventPage};
use chatsignal_api::error::ErrorCode;
use chatsignal_api::feedback::FeedbackEntry;
use chatsignal_api::time::Instant;
use chatsignal_core::event::Event;
use chatsignal_core::id::ContactId;
use chatsignal_ingest::ndjson;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::page;
use crate::service::auth::Caller;
use crate::service::contact_id;
use crate::service::error::ApiError;
use crate::service::state::AppState;
use crate::store::{KeptFeedback, Position, Store};

/// Which part of the events.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Events of a page, 1 to 200 [default: 50].
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// One page of events.
pub(super) async fn events(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
    query: EventsQuery,
) -> Result<EventPage<Box<RawValue>>, ApiError> {
    let limit = page::SIZE.of(query.limit, ErrorCode::InvalidParameter, "")?;
    let no_cursor = || page::no_cursor(ErrorCode::InvalidParameter, "");
    let before = query.cursor.map(|text| page::read_position(&text).ok_or_else(no_cursor));
    let before = before.transpose()?;
    let work = move |store: &mut Store| {
        let tenant = caller.tenant.tenant.id;
        // One more tells whether there is a next page.
        let mut events = store.events_before(tenant, contact, before, limit + 1)?;
        if events.is_empty() && before.is_none() {
            return Err(contact_id::not_found());
        }
        let more = events.len() > limit;
        events.truncate(limit);
        let last = events.last().filter(|_| more);
        let next_cursor = last.map(|event| page::write_position(Position::of(event)));
        let events = events.iter().map(object).collect::<Result<_, _>>()?;
        Ok(EventPage { events, next_cursor })
    };
    state.database.run(work).await
}

/// An event in the format of `docs/EVENTS.md`.
fn object(event: &Event) -> Result<Box<RawValue>, ApiError> {
    let mut line = String::new();
    ndjson::write(event, &mut line);
    RawValue::from_string(line).map_err(ApiError::internal)
}

/// The newest feedback.
pub(super) async fn feedback(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
) -> Result<ContactFeedback, ApiError> {
    let work = move |store: &mut Store| {
        let tenant = caller.tenant.tenant.id;
        store.contact_line(tenant, contact)?.ok_or_else(contact_id::not_found)?;
        Ok(store.feedback_of(tenant, contact, page::SIZE.max)?)
    };
    let kept = state.database.run(work).await?;
    Ok(ContactFeedback { feedback: kept.into_iter().map(entry).collect() })
}

fn entry(kept: KeptFeedback) -> FeedbackEntry {
    let some = |text: String| (!text.is_empty()).then_some(text);
    FeedbackEntry {
        feedback_id: kept.id.iter().map(|byte| format!("{byte:02x}")).collect(),
        created_at: Instant(kept.created_at),
        kind: kept.feedback.kind.as_str().to_owned(),
        model: some(kept.feedback.model),
        subject: some(kept.feedback.subject),
        verdict: kept.feedback.verdict,
    }
}
