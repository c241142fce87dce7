//! The contacts of the log: lists, one contact, its scores, events and feedback, its erasure.

mod erase;
mod history;
mod levels;
mod list;
mod page;
mod timeline;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chatsignal_api::contacts::{Contact, ContactPage, ContactQuery, ContactSearch};
use chatsignal_api::error::{ErrorCode, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guarded;
use super::scoring::json;
use super::tagged::tagged;
use crate::service::admission::Class;
use crate::service::auth::{Caller, Scope};
use crate::service::contact_id;
use crate::service::error::ApiError;
use crate::service::extract::{ContactPath, NoQuery, Query, RawJson, read_json};
use crate::service::state::AppState;

/// Longest part of a name to look for, bytes.
const NAME_BYTES_MAX: usize = 128;

/// The routes.
pub(super) fn routes(state: &AppState) -> OpenApiRouter<AppState> {
    let read = OpenApiRouter::new()
        .routes(routes!(list_contacts))
        .routes(routes!(search_contacts))
        .routes(routes!(get_contact))
        .routes(routes!(list_scores))
        .routes(routes!(list_explanations))
        .routes(routes!(list_events))
        .routes(routes!(list_feedback));
    let erase = OpenApiRouter::new().routes(routes!(erase_contact));
    guarded(read, state, Scope::Score, Class::Io).merge(guarded(
        erase,
        state,
        Scope::Admin,
        Class::Io,
    ))
}

/// Contacts, a page at a time.
///
/// Filtered and sorted by the newest scores that were kept, by activity and by consent. Levels are
/// those of the cut-offs that hold now. Of who objected to profiling no scores are shown, and no filter by scores finds them.
#[utoipa::path(
    get, path = "/api/v1/contacts", tag = "contacts",
    params(ContactQuery),
    responses(
        (status = 200, body = ContactPage, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn list_contacts(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ContactQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = list::Asked::from_query(query)?;
    tagged(&headers, &list::page(&state, caller, asked).await?)
}

/// Contacts whose name has a part, a page at a time.
///
/// A name stands in the body and never in an address, which proxies write to their logs.
#[utoipa::path(
    post, path = "/api/v1/contacts/search", tag = "contacts",
    request_body = ContactSearch,
    responses(
        (status = 200, body = ContactPage),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn search_contacts(
    State(state): State<AppState>,
    caller: Caller,
    _: NoQuery,
    RawJson(body): RawJson,
) -> Result<Response, ApiError> {
    let ContactSearch { name, filter } = read_json(&body, "")?;
    let wrong = name.trim().is_empty() || name.len() > NAME_BYTES_MAX;
    if wrong || name.chars().any(char::is_control) {
        let detail = format!("has 1 to {NAME_BYTES_MAX} bytes and no control characters");
        return Err(ApiError::new(ErrorCode::InvalidField).at("/name", detail));
    }
    let asked = list::Asked::from_search(name.trim().to_owned(), filter)?;
    json(&list::page(&state, caller, asked).await?)
}

/// One contact.
#[utoipa::path(
    get, path = "/api/v1/contacts/{contact_id}", tag = "contacts",
    params(("contact_id" = String, Path, description = "Our id, 32 hexadecimal digits")),
    responses(
        (status = 200, body = Contact),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn get_contact(
    State(state): State<AppState>,
    caller: Caller,
    ContactPath(contact): ContactPath,
    _: NoQuery,
) -> Result<Response, ApiError> {
    let levels = levels::Levels::of(&state, &caller).await?;
    let found = state.database.run(move |store| {
        let line = store
            .contact_line(caller.tenant.tenant.id, contact)?
            .ok_or_else(contact_id::not_found)?;
        list::contact(store, &caller, &levels, line)
    });
    json(&found.await?)
}

/// Erases a contact with all that is known of them.
///
/// Events, directory, scores, explanations and feedback under every id of theirs; what happened up
/// to now never comes back, not even by another import. Erasing again is no error.
#[utoipa::path(
    delete, path = "/api/v1/contacts/{contact_id}", tag = "contacts",
    params(("contact_id" = String, Path, description = "Our id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "Nothing is known of them (any more)"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "The store is out of reach: send it again", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["admin"])),
)]
async fn erase_contact(
    State(state): State<AppState>,
    caller: Caller,
    ContactPath(contact): ContactPath,
    _: NoQuery,
) -> Result<Response, ApiError> {
    erase::erase(&state, caller, contact).await
}

/// Scores of one contact, newest first.
///
/// Each with the level that it had by the cut-offs of then. None are shown while the contact objects to profiling.
#[utoipa::path(
    get, path = "/api/v1/contacts/{contact_id}/scores", tag = "contacts",
    params(("contact_id" = String, Path, description = "Our id, 32 hexadecimal digits"), history::HistoryQuery),
    responses(
        (status = 200, body = chatsignal_api::contacts::ScorePage, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn list_scores(
    State(state): State<AppState>,
    caller: Caller,
    ContactPath(contact): ContactPath,
    Query(query): Query<history::HistoryQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    tagged(&headers, &history::scores(&state, caller, contact, query).await?)
}

/// Explanations of one contact's scores, newest first.
///
/// None are shown while the contact objects to profiling.
#[utoipa::path(
    get, path = "/api/v1/contacts/{contact_id}/explanations", tag = "contacts",
    params(("contact_id" = String, Path, description = "Our id, 32 hexadecimal digits"), history::HistoryQuery),
    responses(
        (status = 200, body = chatsignal_api::contacts::ExplanationPage<serde_json::Value>, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn list_explanations(
    State(state): State<AppState>,
    caller: Caller,
    ContactPath(contact): ContactPath,
    Query(query): Query<history::HistoryQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    tagged(&headers, &history::explanations(&state, caller, contact, query).await?)
}

/// Events of one contact, newest first.
///
/// What happened and when, in the format of docs/EVENTS.md: no text, name or number is in it.
#[utoipa::path(
    get, path = "/api/v1/contacts/{contact_id}/events", tag = "contacts",
    params(("contact_id" = String, Path, description = "Our id, 32 hexadecimal digits"), timeline::EventsQuery),
    responses(
        (status = 200, body = chatsignal_api::contacts::EventPage, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn list_events(
    State(state): State<AppState>,
    caller: Caller,
    ContactPath(contact): ContactPath,
    Query(query): Query<timeline::EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    tagged(&headers, &timeline::events(&state, caller, contact, query).await?)
}

/// What people said of one contact's scores and recommendations, newest first.
#[utoipa::path(
    get, path = "/api/v1/contacts/{contact_id}/feedback", tag = "contacts",
    params(("contact_id" = String, Path, description = "Our id, 32 hexadecimal digits")),
    responses(
        (status = 200, body = chatsignal_api::contacts::ContactFeedback, headers(("ETag" = String, description = "Send it back in If-None-Match"))),
        (status = 304, description = "Nothing has changed"),
        (status = "4XX", description = "What is wrong with the request", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Overload, or the store out of reach", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = ["score"])),
)]
async fn list_feedback(
    State(state): State<AppState>,
    caller: Caller,
    ContactPath(contact): ContactPath,
    _: NoQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    tagged(&headers, &timeline::feedback(&state, caller, contact).await?)
}
