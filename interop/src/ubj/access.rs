//! The elements of a container, one after the other.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor, value::BorrowedStrDeserializer};
use serde::forward_to_deserialize_any;

use super::marker::Marker;
use super::{Deserializer, UbjError};

/// What a container says of its elements before the first.
pub(super) struct Header {
    /// Type of every element.
    pub(super) item: Option<Marker>,
    /// How many they are; the input has room for as many.
    pub(super) count: Option<usize>,
}

/// Walks through a container.
pub(super) struct Items<'a, 'de> {
    input: &'a mut Deserializer<'de>,
    item: Option<Marker>,
    /// How many are left, where the container said it.
    left: Option<usize>,
    object: bool,
    ended: bool,
}

impl<'a, 'de> Items<'a, 'de> {
    pub(super) fn new(input: &'a mut Deserializer<'de>, header: Header, object: bool) -> Self {
        let Header { item, count } = header;
        Self { input, item, left: count, object, ended: false }
    }

    /// Whether there is another element; steps over the closing of a container without a count.
    fn another(&mut self) -> Result<bool, UbjError> {
        if let Some(left) = &mut self.left {
            let another = *left > 0;
            *left = left.saturating_sub(1);
            return Ok(another);
        }
        if self.ended {
            return Ok(false);
        }
        while self.input.peek()? == b'N' {
            self.input.at += 1;
        }
        if self.input.peek()? == if self.object { b'}' } else { b']' } {
            self.input.at += 1;
            self.ended = true;
        }
        Ok(!self.ended)
    }

    /// Fails when the visitor left elements behind.
    pub(super) fn finish(mut self) -> Result<(), UbjError> {
        if self.another()? {
            return Err(self.input.error("a container has more elements than expected"));
        }
        Ok(())
    }

    fn element<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, UbjError> {
        match self.item {
            None => seed.deserialize(&mut *self.input),
            Some(item) => seed.deserialize(Typed { input: self.input, item }),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = UbjError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, UbjError> {
        if self.another()? { self.element(seed).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = UbjError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, UbjError> {
        if !self.another()? {
            return Ok(None);
        }
        let key = self.input.text()?;
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, UbjError> {
        self.element(seed)
    }
}

/// An element of a typed container: its marker stands at the container.
struct Typed<'a, 'de> {
    input: &'a mut Deserializer<'de>,
    item: Marker,
}

impl<'de> serde::Deserializer<'de> for Typed<'_, 'de> {
    type Error = UbjError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UbjError> {
        self.input.value(self.item, visitor)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
