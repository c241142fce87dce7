//! The lines of a text model, with their numbers, and the values in them.

use alloc::format;
use alloc::string::String;
use core::str::FromStr;

use crate::ImportError;

/// A line: its number, counted from 1, and its text without the end of line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

/// The lines of a file in order. Lines may end in CRLF.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().map(|(at, text)| Line { number: at + 1, text: text.trim_end() })
}

/// A key with the text behind its `=`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) line: usize,
    pub(super) key: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    /// The line as `key=value`; a line without `=` is a key alone.
    pub(super) fn field(self) -> Field<'a> {
        let (key, text) = self.text.split_once('=').unwrap_or((self.text, ""));
        Field { line: self.number, key: key.trim(), text: text.trim() }
    }

    /// A fault of the line as a whole.
    pub(super) fn fault(self, reason: &'static str) -> ImportError {
        ImportError::malformed(format!("line {}", self.number), reason)
    }
}

impl<'a> Field<'a> {
    fn place(self) -> String {
        format!("line {}, {}", self.line, self.key)
    }

    /// A fault of the field.
    pub(super) fn fault(self, reason: &'static str) -> ImportError {
        ImportError::malformed(self.place(), reason)
    }

    /// A fault of one of its values.
    pub(super) fn fault_at(self, at: usize, reason: &'static str) -> ImportError {
        ImportError::malformed(format!("{}[{at}]", self.place()), reason)
    }

    /// The only value.
    pub(super) fn value<T: FromStr>(self) -> Result<T, ImportError> {
        self.text.parse().map_err(|_| self.fault("not a number, or out of range"))
    }

    /// The values, parted by spaces: exactly `count`.
    pub(super) fn values<T: FromStr + 'a>(
        self,
        count: usize,
    ) -> Result<impl Iterator<Item = Result<T, ImportError>> + 'a, ImportError> {
        let tokens = self.text.split_ascii_whitespace();
        if tokens.clone().count() != count {
            return Err(self.fault("holds more or fewer values than it must"));
        }
        Ok(tokens.enumerate().map(move |(at, token)| {
            token.parse().map_err(|_| self.fault_at(at, "not a number, or out of range"))
        }))
    }
}
