//! Errors as JavaScript gets them: `[code] detail`, with a code of the service's table. The
//! TypeScript face turns them into its own classes.

use std::fmt::Display;

use chatsignal_api::error::ErrorCode;
use wasm_bindgen::prelude::JsError;

/// Something that a caller did wrong, or that cannot be done.
#[derive(Debug)]
pub(crate) struct Fault {
    code: ErrorCode,
    detail: String,
}

impl Fault {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// A field with a wrong value.
    pub(crate) fn field(detail: impl Display) -> Self {
        Self::new(ErrorCode::InvalidField, detail.to_string())
    }

    /// A contact that is not in the log.
    pub(crate) fn unknown_contact() -> Self {
        Self::new(
            ErrorCode::NotFound,
            "nothing was known of this contact at that instant: read its events first",
        )
    }
}

impl From<Fault> for JsError {
    fn from(fault: Fault) -> Self {
        Self::new(&format!("[{}] {}", fault.code.as_str(), fault.detail))
    }
}
