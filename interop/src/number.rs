//! Numbers of model files: read without a detour over another type, from JSON text or from typed
//! binary, as number or as text.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::NAN_LETTER;

/// A type of number that files hold.
pub(crate) trait Number: Sized {
    /// From text.
    fn from_text(text: &str) -> Option<Self>;
    /// From a whole number.
    fn from_whole(number: i64) -> Option<Self>;
    /// From a number with a fraction.
    fn from_real(number: f64) -> Option<Self>;
}

impl Number for f32 {
    /// Rounded once: JSON libraries often round to f64 first.
    fn from_text(text: &str) -> Option<Self> {
        if text == NAN_LETTER { Some(Self::NAN) } else { text.parse().ok() }
    }

    fn from_whole(number: i64) -> Option<Self> {
        Some(number as f32)
    }

    fn from_real(number: f64) -> Option<Self> {
        Some(number as f32)
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Number for $type {
            fn from_text(text: &str) -> Option<Self> {
                // Flags were once written as words.
                match text {
                    "true" => Some(1),
                    "false" => Some(0),
                    _ => text.parse().ok(),
                }
            }

            fn from_whole(number: i64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_real(_: f64) -> Option<Self> {
                None
            }
        }
    )*};
}
whole!(u8, i32, u32, i64);

/// One number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Num<T>(pub(crate) T);

const NOT_A_NUMBER: &str = "is not a number of the range that belongs here";

impl<'de, T: Number> Deserialize<'de> for Num<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        if !input.is_human_readable() {
            return input.deserialize_any(NumVisitor(PhantomData)).map(Self);
        }
        let text = <&RawValue>::deserialize(input)?.get();
        let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let number = T::from_text(inside.unwrap_or(text).trim());
        number.map(Self).ok_or_else(|| D::Error::custom(NOT_A_NUMBER))
    }
}

struct NumVisitor<T>(PhantomData<T>);

impl<T: Number> Visitor<'_> for NumVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<T, E> {
        self.visit_i64(i64::from(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_whole(number).ok_or_else(|| E::custom(NOT_A_NUMBER))
    }

    fn visit_f32<E: Error>(self, number: f32) -> Result<T, E> {
        self.visit_f64(f64::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::from_real(number).ok_or_else(|| E::custom(NOT_A_NUMBER))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text.trim()).ok_or_else(|| E::custom(NOT_A_NUMBER))
    }
}

/// Numbers, at most half as much again as they need in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Number> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Number> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List<T>, A::Error> {
        // A hint comes from binary files alone, and was held against their length.
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0));
        while let Some(Num(number)) = items.next_element()? {
            push(&mut list, number);
        }
        Ok(List(list))
    }
}

/// Grows by half: doubling would hold three times what is needed while it moves.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 2).max(8));
    }
    list.push(item);
}

/// A text, or a number as the file writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        if !input.is_human_readable() {
            return input.deserialize_any(TextVisitor);
        }
        let text = <&RawValue>::deserialize(input)?.get();
        if !text.starts_with('"') {
            return Ok(Self(text.to_owned()));
        }
        serde_json::from_str(text).map(Self).map_err(D::Error::custom)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(alloc::format!("{number}")))
    }

    fn visit_f32<E: Error>(self, number: f32) -> Result<Text, E> {
        Ok(Text(alloc::format!("{number:?}")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
        Ok(Text(alloc::format!("{number:?}")))
    }
}
