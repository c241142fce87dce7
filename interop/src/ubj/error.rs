//! What is wrong with a UBJSON document, and where.

use alloc::borrow::Cow;
use alloc::string::ToString;
use core::fmt;

/// What is wrong and at which byte.
#[derive(Debug)]
pub(crate) struct UbjError {
    /// The byte, once it is known.
    pub(crate) at: Option<usize>,
    pub(crate) reason: Cow<'static, str>,
}

impl UbjError {
    pub(super) fn at(at: usize, reason: &'static str) -> Self {
        Self { at: Some(at), reason: reason.into() }
    }

    /// The same, at `at` unless a place is known.
    pub(super) fn or_at(mut self, at: usize) -> Self {
        self.at = self.at.or(Some(at));
        self
    }
}

impl fmt::Display for UbjError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl core::error::Error for UbjError {}

impl serde::de::Error for UbjError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { at: None, reason: message.to_string().into() }
    }
}
