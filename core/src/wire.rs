//! Bounded little-endian reading and writing, shared by the artifact and the binary event form.
//!
//! The reader never allocates more than the bytes it was given can justify: a declared length is
//! checked against what is left before anything is reserved.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use crate::say::Piece::{Number, Text};
use crate::say::say;

/// Why bytes could not be read, and where. One pointer wide: most of the code of a decoder hands
/// such an error on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError(Box<WireFault>);

impl Deref for WireError {
    type Target = WireFault;

    fn deref(&self) -> &WireFault {
        &self.0
    }
}

/// What a [`WireError`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFault {
    /// Byte offset at which reading stopped.
    pub offset: usize,
    /// What was being read.
    pub what: &'static str,
    /// What was wrong with it.
    pub reason: WireReason,
}

/// What was wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireReason {
    /// The input ends before the value does.
    Truncated,
    /// A declared count or length is above its limit or above what the input can hold.
    TooLarge,
    /// The value is outside its set or range.
    Invalid,
    /// A string is not UTF-8.
    NotUtf8,
    /// Bytes are left over after the last value.
    Trailing,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            WireReason::Truncated => "the input ends too early",
            WireReason::TooLarge => "the declared size is too large",
            WireReason::Invalid => "the value is not allowed",
            WireReason::NotUtf8 => "the text is not UTF-8",
            WireReason::Trailing => "bytes are left over",
        };
        let at = Number(self.offset as u64);
        say(f, &[Text(self.what), Text(" at byte "), at, Text(": "), Text(reason)])
    }
}

impl core::error::Error for WireError {}

/// Appends values to a byte vector.
#[derive(Debug, Default)]
pub struct Writer {
    /// What has been written so far.
    pub bytes: Vec<u8>,
}

macro_rules! write_number {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        #[doc = concat!("Appends a `", stringify!($type), "`, little-endian.")]
        pub fn $name(&mut self, value: $type) {
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    )+};
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    write_number!(u8: u8, u16: u16, u32: u32, u64: u64, i16: i16, i32: i32, i64: i64, f32: f32, f64: f64);

    /// Appends one byte, 0 or 1.
    pub fn bool(&mut self, value: bool) {
        self.u8(u8::from(value));
    }

    /// Appends a count as `u32`. Counts in this crate are bounded far below `u32::MAX`.
    pub fn count(&mut self, value: usize) {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    /// Appends raw bytes, without their length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a count and the bytes.
    pub fn blob(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    /// Appends a string as a count of bytes and UTF-8.
    pub fn string(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }
}

/// Takes values from the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

macro_rules! read_number {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        #[doc = concat!("Reads a `", stringify!($type), "`, little-endian.")]
        ///
        /// # Errors
        /// When the input ends too early.
        #[inline]
        pub fn $name(&mut self, what: &'static str) -> Result<$type, WireError> {
            self.array(what).map(|bytes| <$type>::from_le_bytes(*bytes))
        }
    )+};
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    read_number!(u8: u8, u16: u16, u32: u32, u64: u64, i16: i16, i32: i32, i64: i64, f32: f32, f64: f64);

    /// Bytes read so far.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes not yet read.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// An error at the current offset.
    #[cold]
    #[must_use]
    pub fn error(&self, what: &'static str, reason: WireReason) -> WireError {
        WireError(Box::new(WireFault { offset: self.offset, what, reason }))
    }

    /// Reads `N` bytes.
    ///
    /// # Errors
    /// When the input ends too early.
    #[inline]
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<&'a [u8; N], WireError> {
        match self.bytes.get(self.offset..).and_then(<[u8]>::first_chunk) {
            Some(chunk) => {
                self.offset += N;
                Ok(chunk)
            }
            None => Err(self.error(what, WireReason::Truncated)),
        }
    }

    /// Reads `length` bytes.
    ///
    /// # Errors
    /// When the input ends too early.
    #[inline]
    pub fn raw(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        if length > self.remaining() {
            return Err(self.error(what, WireReason::Truncated));
        }
        let slice = &self.bytes[self.offset..self.offset + length];
        self.offset += length;
        Ok(slice)
    }

    /// Reads a byte that must be 0 or 1.
    ///
    /// # Errors
    /// When the input ends too early or the byte is something else.
    #[inline]
    pub fn bool(&mut self, what: &'static str) -> Result<bool, WireError> {
        let here = self.clone();
        match self.u8(what)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(here.error(what, WireReason::Invalid)),
        }
    }

    /// Reads an f64 that must be finite.
    ///
    /// # Errors
    /// When the input ends too early or the value is infinite or NaN.
    pub fn finite(&mut self, what: &'static str) -> Result<f64, WireError> {
        let here = self.clone();
        let value = self.f64(what)?;
        if value.is_finite() { Ok(value) } else { Err(here.error(what, WireReason::Invalid)) }
    }

    /// Reads a count of items of at least `item_bytes` bytes each; at most `max` and at most what
    /// the rest of the input can hold.
    ///
    /// # Errors
    /// When the input ends too early or the count is too large.
    pub fn count(
        &mut self,
        max: usize,
        item_bytes: usize,
        what: &'static str,
    ) -> Result<usize, WireError> {
        let here = self.clone();
        let count = self.u32(what)? as usize;
        if count > max || count.saturating_mul(item_bytes.max(1)) > self.remaining() {
            return Err(here.error(what, WireReason::TooLarge));
        }
        Ok(count)
    }

    /// Reads a counted blob of at most `max` bytes.
    ///
    /// # Errors
    /// When the input ends too early or the blob is too long.
    pub fn blob(&mut self, max: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let length = self.count(max, 1, what)?;
        self.raw(length, what)
    }

    /// Reads a counted UTF-8 string of at most `max` bytes.
    ///
    /// # Errors
    /// When the input ends too early, the string is too long or not UTF-8.
    pub fn string(&mut self, max: usize, what: &'static str) -> Result<String, WireError> {
        let here = self.clone();
        core::str::from_utf8(self.blob(max, what)?)
            .map(String::from)
            .map_err(|_| here.error(what, WireReason::NotUtf8))
    }

    /// Succeeds when every byte has been read.
    ///
    /// # Errors
    /// When bytes are left over.
    pub fn finish(&self, what: &'static str) -> Result<(), WireError> {
        if self.remaining() == 0 { Ok(()) } else { Err(self.error(what, WireReason::Trailing)) }
    }
}
