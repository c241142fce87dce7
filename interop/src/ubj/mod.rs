//! UBJSON (draft 12) as a serde data format: what XGBoost writes as `.ubj`. Big-endian; containers
//! may state the type and number of their elements.
//!
//! Nothing is allocated on the word of the input: a stated count is held against the bytes that
//! are left, and nesting is limited.

mod access;
mod error;
mod marker;

use core::str;

use serde::de::{self, Visitor};

use access::{Header, Items};
pub(crate) use error::UbjError;
use marker::Marker;

/// Deepest nesting of containers.
const DEPTH_MAX: usize = 64;

/// Reads a value that fills the whole input.
pub(crate) fn from_slice<'de, T: de::Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, UbjError> {
    let mut input = Deserializer { bytes, at: 0, depth: 0 };
    let value = T::deserialize(&mut input).map_err(|error| error.or_at(input.at))?;
    match input.bytes.get(input.at) {
        None => Ok(value),
        Some(_) => Err(input.error("bytes follow the end of the document")),
    }
}

/// The input and the place reached in it.
struct Deserializer<'de> {
    bytes: &'de [u8],
    at: usize,
    depth: usize,
}

impl<'de> Deserializer<'de> {
    fn error(&self, reason: &'static str) -> UbjError {
        UbjError::at(self.at, reason)
    }

    fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Result<&'de [u8], UbjError> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| self.error("the input ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], UbjError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    fn peek(&self) -> Result<u8, UbjError> {
        self.bytes.get(self.at).copied().ok_or_else(|| self.error("the input ends too early"))
    }

    /// The marker of the next value; no-operations before it are skipped.
    fn marker(&mut self) -> Result<Marker, UbjError> {
        while self.peek()? == b'N' {
            self.at += 1;
        }
        let byte = self.peek()?;
        let marker = Marker::from_byte(byte).ok_or_else(|| self.error("no such type of value"))?;
        self.at += 1;
        Ok(marker)
    }

    /// A whole number after its marker.
    fn integer(&mut self, marker: Marker) -> Result<Option<i64>, UbjError> {
        Ok(Some(match marker {
            Marker::Int8 => i64::from(i8::from_be_bytes(self.array()?)),
            Marker::Uint8 => i64::from(u8::from_be_bytes(self.array()?)),
            Marker::Int16 => i64::from(i16::from_be_bytes(self.array()?)),
            Marker::Int32 => i64::from(i32::from_be_bytes(self.array()?)),
            Marker::Int64 => i64::from_be_bytes(self.array()?),
            _ => return Ok(None),
        }))
    }

    /// A length or count: a whole number with its marker, not below 0.
    fn length(&mut self) -> Result<usize, UbjError> {
        let marker = self.marker()?;
        let length = self.integer(marker)?.and_then(|n| usize::try_from(n).ok());
        length.ok_or_else(|| self.error("a length must be a whole number of 0 or more"))
    }

    fn text(&mut self) -> Result<&'de str, UbjError> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        str::from_utf8(bytes).map_err(|_| self.error("a text is not UTF-8"))
    }

    /// What stands between the opening of a container and its first element.
    fn header(&mut self) -> Result<Header, UbjError> {
        let mut header = Header { item: None, count: None };
        if self.peek()? == b'$' {
            self.at += 1;
            let item = self.marker()?;
            let size = item.fixed_bytes();
            if size.is_none() {
                return Err(self.error("a typed container must hold numbers"));
            }
            header.item = Some(item);
        }
        if self.peek()? == b'#' {
            self.at += 1;
            let count = self.length()?;
            // Every element takes at least one byte.
            let bytes = header.item.and_then(Marker::fixed_bytes).unwrap_or(1);
            if count.checked_mul(bytes).is_none_or(|bytes| bytes > self.remaining()) {
                return Err(self.error("a container says it is longer than the input"));
            }
            header.count = Some(count);
        } else if header.item.is_some() {
            return Err(self.error("a typed container must say its count"));
        }
        Ok(header)
    }

    fn enter(&mut self) -> Result<(), UbjError> {
        self.depth += 1;
        if self.depth <= DEPTH_MAX { Ok(()) } else { Err(self.error("is nested too deeply")) }
    }

    /// Visits the value after its marker.
    fn value<V: Visitor<'de>>(&mut self, marker: Marker, visitor: V) -> Result<V::Value, UbjError> {
        match marker {
            Marker::Null => visitor.visit_unit(),
            Marker::True => visitor.visit_bool(true),
            Marker::False => visitor.visit_bool(false),
            Marker::Float32 => visitor.visit_f32(f32::from_be_bytes(self.array()?)),
            Marker::Float64 => visitor.visit_f64(f64::from_be_bytes(self.array()?)),
            Marker::Char => {
                let byte = self.take(1)?;
                let text = str::from_utf8(byte).map_err(|_| self.error("a text is not UTF-8"))?;
                visitor.visit_borrowed_str(text)
            }
            Marker::Text | Marker::Decimal => visitor.visit_borrowed_str(self.text()?),
            Marker::Array | Marker::Object => {
                self.enter()?;
                let header = self.header()?;
                let mut items = Items::new(self, header, marker == Marker::Object);
                let value = if marker == Marker::Object {
                    visitor.visit_map(&mut items)?
                } else {
                    visitor.visit_seq(&mut items)?
                };
                items.finish()?;
                self.depth -= 1;
                Ok(value)
            }
            whole => match self.integer(whole)? {
                Some(number) => visitor.visit_i64(number),
                None => Err(self.error("no such type of value")),
            },
        }
    }
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = UbjError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UbjError> {
        let marker = self.marker()?;
        self.value(marker, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UbjError> {
        if self.peek()? == Marker::Null.byte() {
            self.at += 1;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, UbjError> {
        visitor.visit_newtype_struct(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
