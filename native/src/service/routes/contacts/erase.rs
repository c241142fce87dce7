//! Erasure of a contact.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::ErrorCode;
use chatsignal_api::stream::WithdrawnReason;
use chatsignal_core::id::ContactId;

use crate::cli::clock;
use crate::service::auth::Caller;
use crate::service::error::ApiError;
use crate::service::state::AppState;
use crate::store::Store;

/// Erases; the rows are gone when this answers, whatever it answers.
pub(super) async fn erase(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
) -> Result<Response, ApiError> {
    let (tenant, now) = (Arc::clone(&caller.tenant), clock::now());
    let work = move |store: &mut Store| {
        // Lists know the contact by the id that stands for all of theirs.
        let shown = store.contact_line(tenant.tenant.id, contact)?.map(|line| line.contact);
        let copies = store.erase_rows(&tenant.tenant, contact, now)?.copies;
        if let Some(shown) = shown {
            tenant.changes.withdraw(shown, WithdrawnReason::Erased);
        }
        Ok(copies)
    };
    let copies = state.database.run(work).await?;
    if !copies || state.erasures.complete().await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // A reader keeps old pages of the write-ahead log in place.
    Err(ApiError::new(ErrorCode::StoreUnavailable)
        .detail("the contact is erased from the tables; a reader keeps the log of writes: send it again")
        .retry_after(Duration::from_secs(5)))
}
