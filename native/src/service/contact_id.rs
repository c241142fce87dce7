//! Ids of contacts as callers give them: ours, or the one that a source gave.

use chatsignal_api::error::ErrorCode;
use chatsignal_core::id::ContactId;

use super::error::ApiError;
use super::tenants::TenantState;

/// Longest id, bytes.
const BYTES_MAX: usize = 256;

/// What is wrong with an id that can be none.
pub(crate) fn check(id: &str) -> Result<(), String> {
    if (1..=BYTES_MAX).contains(&id.len()) {
        return Ok(());
    }
    Err(format!("an id has 1 to {BYTES_MAX} bytes"))
}

/// The contact of an id: our id as it is, any other text by the tenant's key.
///
/// # Errors
/// `not_found` for the id that stands for the business itself.
pub(crate) fn read(tenant: &TenantState, id: &str) -> Result<ContactId, ApiError> {
    let contact = id.parse().unwrap_or_else(|_| tenant.hasher.contact(id));
    if contact == ContactId::BUSINESS {
        return Err(not_found());
    }
    Ok(contact)
}

/// The error of an id under which nothing is kept.
pub(crate) fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound).detail("no contact of the log has this id")
}
