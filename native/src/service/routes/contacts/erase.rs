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

/// Further tries to empty the write-ahead log while others read.
const TRIES: u32 = 8;
/// Wait before each of them.
const WAIT: Duration = Duration::from_millis(500);

/// Erases; the rows are gone when this answers, whatever it answers.
pub(super) async fn erase(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
) -> Result<Response, ApiError> {
    // The file is rewritten once, and once only is it said up to when the past is erased: what comes
    // in meanwhile stays.
    let (tenant, now) = (Arc::clone(&caller.tenant), clock::now());
    let work = move |store: &mut Store| {
        // Lists know the contact by the id that stands for all of theirs.
        let shown = store.contact_line(tenant.tenant.id, contact)?.map(|line| line.contact);
        let erased = store.erase_contact(&tenant.tenant, contact, now);
        // The rows may be gone although the file could not be rewritten.
        let gone = matches!(store.contact_line(tenant.tenant.id, contact), Ok(None));
        if let Some(shown) = shown.filter(|_| gone) {
            tenant.changes.withdraw(shown, WithdrawnReason::Erased);
        }
        Ok(erased?)
    };
    let mut emptied = state.database.run(work).await?.log_emptied;
    for _ in 0..TRIES {
        if emptied {
            break;
        }
        tokio::time::sleep(WAIT).await;
        emptied = state.database.run(|store| Ok(store.empty_log()?)).await?;
    }
    if emptied {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    // A reader keeps old pages of the write-ahead log in place.
    Err(ApiError::new(ErrorCode::StoreUnavailable)
        .detail("the contact is erased from the tables; a reader keeps the log of writes: send it again")
        .retry_after(Duration::from_secs(5)))
}
