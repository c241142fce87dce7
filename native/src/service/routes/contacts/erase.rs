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

/// How often the write-ahead log is tried to be emptied while others read.
const TRIES: u32 = 5;
/// Wait between two tries.
const WAIT: Duration = Duration::from_millis(200);

/// Erases; the rows are gone when this answers, whatever it answers.
pub(super) async fn erase(
    state: &AppState,
    caller: Caller,
    contact: ContactId,
) -> Result<Response, ApiError> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(WAIT).await;
        }
        let tenant = caller.tenant.tenant.clone();
        let work = move |store: &mut crate::store::Store| {
            Ok(store.erase_contact(&tenant, contact, clock::now())?)
        };
        if state.database.run(work).await?.log_emptied {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    // A reader keeps old pages of the write-ahead log in place.
    Err(ApiError::new(ErrorCode::StoreUnavailable)
        .detail("the contact is erased from the tables; a reader keeps the log of writes: send it again")
        .retry_after(Duration::from_secs(5)))
}
