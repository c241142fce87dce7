//! Erasure of a contact.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chatsignal_api::error::ErrorCode;
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
    let (tenant, now) = (caller.tenant.tenant.clone(), clock::now());
    let work = move |store: &mut Store| Ok(store.erase_rows(&tenant, contact, now)?.copies);
    let copies = state.database.run(work).await?;
    if !copies || state.erasures.complete().await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // A reader keeps old pages of the write-ahead log in place.
    Err(ApiError::new(ErrorCode::StoreUnavailable)
        .detail("the contact is erased from the tables; a reader keeps the log of writes: send it again")
        .retry_after(Duration::from_secs(5)))
}
