//! What is wrong with a field of a request.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// A field of a request that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// Path of the field, its parts set apart by `/`.
    pub field: String,
    /// The rule, as the end of a sentence about the field.
    pub rule: Cow<'static, str>,
}

impl FieldFault {
    pub(crate) fn new(field: impl Into<String>, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)
    }
}

impl core::error::Error for FieldFault {}
