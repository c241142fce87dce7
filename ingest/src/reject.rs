//! What could not be taken in, and why. Never holds a value from the input.

use alloc::string::String;
use core::fmt;

use chatsignal_core::event::ValueError;

/// One piece of input that made no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Line of the input, from 1; 0 where the input has no lines (a webhook).
    pub line: u64,
    /// Path of the field, e.g. `entry[0].changes[0].value.messages[2].timestamp`, or the column;
    /// empty when the whole line is meant.
    pub field: String,
    /// What was wrong with it.
    pub reason: Reason,
}

/// Why a piece of input was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The field is absent or empty.
    Missing,
    /// The field is not of the type named.
    Expected(&'static str),
    /// A value breaks the rule named.
    Rule(&'static str),
    /// The object has a field that the format does not know.
    UnknownField,
    /// The object has the field twice.
    DuplicateField,
    /// The text is not JSON, or nested too deeply; the column where reading stopped.
    NotJson {
        /// Column, from 1.
        column: u64,
    },
    /// The input is not UTF-8.
    NotUtf8,
    /// The input is longer than the limit, in the unit named.
    TooLarge {
        /// The limit.
        limit: u64,
        /// Its unit.
        unit: &'static str,
    },
    /// The date does not exist in the calendar, or in the order of day and month that was chosen.
    NoSuchDate,
}

impl Reason {
    /// The name of the reason, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Expected(_) => "wrong_type",
            Self::Rule(_) => "rule_broken",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField => "duplicate_field",
            Self::NotJson { .. } => "not_json",
            Self::NotUtf8 => "not_utf8",
            Self::TooLarge { .. } => "too_large",
            Self::NoSuchDate => "no_such_date",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Expected(what) => write!(f, "must be {what}"),
            Self::Rule(rule) => f.write_str(rule),
            Self::UnknownField => f.write_str("is not a field of this format"),
            Self::DuplicateField => f.write_str("is there twice"),
            Self::NotJson { column } => write!(f, "is not JSON (column {column})"),
            Self::NotUtf8 => f.write_str("is not UTF-8"),
            Self::TooLarge { limit, unit } => write!(f, "is longer than {limit} {unit}"),
            Self::NoSuchDate => f.write_str("is a date that does not exist"),
        }
    }
}

impl From<ValueError> for Reason {
    fn from(error: ValueError) -> Self {
        Self::Rule(error.rule)
    }
}

impl Reject {
    pub(crate) fn new(line: u64, field: impl Into<String>, reason: Reason) -> Self {
        Self { line, field: field.into(), reason }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        let field = if self.field.is_empty() { "the input" } else { self.field.as_str() };
        write!(f, "{field} {}", self.reason)
    }
}

impl core::error::Error for Reject {}

/// A field name from the input, if it may be shown: at most 40 ASCII letters, digits, `_`, `-`, `.`,
/// and not digits alone (a full name or a phone number as a key does not pass).
pub(crate) fn shown(name: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.len() <= 40 && name.chars().all(plain) && !name.chars().all(|c| c.is_ascii_digit()) {
        name
    } else {
        "(unprintable name)"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_reject_reads_as_a_sentence_and_hides_values() {
        let reject = Reject::new(3, "data.amount", Reason::Expected("a number"));
        assert_eq!(reject.to_string(), "line 3: data.amount must be a number");
        assert_eq!(Reject::new(0, "", Reason::NotUtf8).to_string(), "the input is not UTF-8");
        assert_eq!(shown("amount_e4"), "amount_e4");
        for hidden in ["Ana Pérez", "4915112345678", "x\n"] {
            assert_eq!(shown(hidden), "(unprintable name)");
        }
    }
}
