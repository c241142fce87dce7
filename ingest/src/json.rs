//! Reading JSON: trees without duplicate fields, and objects whose every field must be taken.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use crate::reject::{Reason, Reject, shown};

/// Parses JSON of another system: of a field that is there twice the last counts.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Reason> {
    serde_json::from_slice(bytes).map_err(|error| not_json(bytes, &error))
}

/// A text that is there and not empty.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Parses JSON of our own formats: a field that is there twice is refused.
pub(crate) fn parse_strict(bytes: &[u8], line: u64) -> Result<Value, Reject> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut duplicate = None;
    let parsed = Strict { duplicate: &mut duplicate }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| match (error.classify(), duplicate) {
        (Category::Data, Some(field)) => Reject::new(line, field, Reason::DuplicateField),
        _ => Reject::new(line, "", not_json(bytes, &error)),
    })
}

fn not_json(bytes: &[u8], error: &serde_json::Error) -> Reason {
    if core::str::from_utf8(bytes).is_err() {
        return Reason::NotUtf8;
    }
    Reason::NotJson { column: error.column() as u64 }
}

struct Strict<'d> {
    duplicate: &'d mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(String::from(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = list.next_element_seed(Strict { duplicate: &mut *self.duplicate })? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if out.contains_key(&key) {
                *self.duplicate = Some(String::from(shown(&key)));
                return Err(A::Error::custom("duplicate field"));
            }
            let value = map.next_value_seed(Strict { duplicate: &mut *self.duplicate })?;
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }
}

/// An object of our own format: fields are taken one by one, and what is left over is refused.
pub(crate) struct Object {
    line: u64,
    prefix: &'static str,
    fields: Map<String, Value>,
}

impl Object {
    pub(crate) fn new(value: Value, line: u64, prefix: &'static str) -> Result<Self, Reject> {
        match value {
            Value::Object(fields) => Ok(Self { line, prefix, fields }),
            _ => {
                Err(Reject::new(line, prefix.trim_end_matches('.'), Reason::Expected("an object")))
            }
        }
    }

    pub(crate) fn reject(&self, field: &str, reason: Reason) -> Reject {
        Reject::new(self.line, format!("{}{field}", self.prefix), reason)
    }

    /// The field, unless it is absent or null.
    pub(crate) fn optional(&mut self, field: &str) -> Option<Value> {
        self.fields.remove(field).filter(|value| !value.is_null())
    }

    pub(crate) fn required(&mut self, field: &str) -> Result<Value, Reject> {
        self.optional(field).ok_or_else(|| self.reject(field, Reason::Missing))
    }

    pub(crate) fn optional_text(&mut self, field: &str) -> Result<Option<String>, Reject> {
        match self.optional(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => {
                Err(self.reject(field, Reason::Missing))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.reject(field, Reason::Expected("a string"))),
        }
    }

    pub(crate) fn text(&mut self, field: &str) -> Result<String, Reject> {
        self.optional_text(field)?.ok_or_else(|| self.reject(field, Reason::Missing))
    }

    pub(crate) fn flag(&mut self, field: &str) -> Result<bool, Reject> {
        match self.optional(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.reject(field, Reason::Expected("true or false"))),
        }
    }

    /// A name from a closed set.
    pub(crate) fn optional_name<T>(
        &mut self,
        field: &str,
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Reject> {
        let Some(text) = self.optional_text(field)? else { return Ok(None) };
        match from_name(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.reject(field, Reason::Expected("one of the names of the format"))),
        }
    }

    pub(crate) fn name<T>(
        &mut self,
        field: &str,
        from_name: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Reject> {
        self.optional_name(field, from_name)?.ok_or_else(|| self.reject(field, Reason::Missing))
    }

    pub(crate) fn optional_integer<T: TryFrom<i64>>(
        &mut self,
        field: &str,
        expected: &'static str,
    ) -> Result<Option<T>, Reject> {
        let Some(value) = self.optional(field) else { return Ok(None) };
        value
            .as_i64()
            .and_then(|number| T::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| self.reject(field, Reason::Expected(expected)))
    }

    pub(crate) fn integer<T: TryFrom<i64>>(
        &mut self,
        field: &str,
        expected: &'static str,
    ) -> Result<T, Reject> {
        self.optional_integer(field, expected)?.ok_or_else(|| self.reject(field, Reason::Missing))
    }

    /// Refuses the first field that nobody took.
    pub(crate) fn finish(self) -> Result<(), Reject> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.reject(shown(name), Reason::UnknownField)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_twice_is_refused_at_any_depth() {
        let refused =
            |text: &str| parse_strict(text.as_bytes(), 7).map_err(|r| (r.field, r.reason));
        assert_eq!(
            refused(r#"{"a":[{"b":1,"b":2}]}"#),
            Err((String::from("b"), Reason::DuplicateField))
        );
        assert!(refused(r#"{"a":{"b":1},"c":{"b":2}}"#).is_ok());
        assert_eq!(refused(r#"{"a":1} x"#), Err((String::new(), Reason::NotJson { column: 9 })));
        for bad in ["", "{", "[1,", "nul", "1e999", "\"\\ud800\"", &"[".repeat(100_000)] {
            assert!(matches!(refused(bad), Err((_, Reason::NotJson { .. }))), "{bad:.20}");
        }
        assert_eq!(parse_strict(b"\"\xff\"", 1).map_err(|r| r.reason), Err(Reason::NotUtf8));
    }

    #[test]
    fn what_nobody_took_is_refused_by_name() {
        let value = parse_strict(br#"{"a":1,"extra":2}"#, 1);
        let object = value.and_then(|v| Object::new(v, 1, "data."));
        let refused = object.and_then(|mut o| {
            o.integer::<u8>("a", "a number")?;
            o.finish()
        });
        assert_eq!(refused, Err(Reject::new(1, "data.extra", Reason::UnknownField)));
    }
}
