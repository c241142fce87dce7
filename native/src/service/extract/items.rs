//! The items of a batch, kept as text, so that one that is wrong fails alone.

use std::fmt;

use chatsignal_api::error::ErrorCode;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{read_json, text};
use crate::service::error::ApiError;

/// One item as it came.
type Item<'a> = &'a RawValue;

/// Reads `{"<name>": [...]}` with at most `limit` items.
pub(crate) fn items<'a>(
    bytes: &'a [u8],
    name: &str,
    limit: usize,
) -> Result<Vec<Item<'a>>, ApiError> {
    let mut reader = serde_json::Deserializer::from_str(text(bytes)?);
    let mut too_many = None;
    let body = Body { name, limit, too_many: &mut too_many };
    let read = reader.deserialize_map(body).and_then(|items| reader.end().map(|()| items));
    if let Some(count) = too_many {
        return Err(ApiError::new(ErrorCode::BatchTooLarge)
            .at(format!("/{name}"), format!("{count} items; a batch has at most {limit}")));
    }
    read.map_err(|error| {
        if !error.is_data() {
            return ApiError::new(ErrorCode::InvalidJson).detail(error.to_string());
        }
        // The shape of the whole: the reader of structures tells which field it is.
        let shape = read_json::<IgnoredAny>(bytes, "");
        shape.err().unwrap_or_else(|| field_error(&error, name))
    })
}

fn field_error(error: &serde_json::Error, name: &str) -> ApiError {
    let text = error.to_string();
    let detail = text.split(" at line ").next().unwrap_or_default();
    if detail.starts_with("unknown field") {
        return ApiError::new(ErrorCode::UnknownField).at("", detail);
    }
    if detail.starts_with("missing field") {
        return ApiError::new(ErrorCode::MissingField).at(format!("/{name}"), "is needed");
    }
    ApiError::new(ErrorCode::InvalidField).at(format!("/{name}"), detail)
}

struct Body<'n> {
    name: &'n str,
    limit: usize,
    too_many: &'n mut Option<usize>,
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Vec<Item<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the list {}", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != self.name {
                let key: String = key.chars().take(64).collect();
                return Err(A::Error::custom(format!(
                    "unknown field `{key}`, expected `{}`",
                    self.name
                )));
            }
            if found.is_some() {
                return Err(A::Error::custom("the list is there twice"));
            }
            found = Some(map.next_value_seed(List { limit: self.limit, too_many: self.too_many })?);
        }
        found.ok_or_else(|| A::Error::custom(format!("missing field `{}`", self.name)))
    }
}

struct List<'n> {
    limit: usize,
    too_many: &'n mut Option<usize>,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Vec<Item<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Vec<Item<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < self.limit {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(items),
            }
        }
        // The rest is counted, not kept.
        let mut count = items.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        if count > self.limit {
            *self.too_many = Some(count);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_text_and_are_counted() {
        let found = items(br#"{"leads":[{"a":1}, "x" ,3]}"#, "leads", 3).expect("a list");
        assert_eq!(
            found.iter().map(|item| item.get()).collect::<Vec<_>>(),
            [r#"{"a":1}"#, "\"x\"", "3"]
        );
        for (body, code) in [
            (r#"{"leads":[1,2,3,4]}"#, ErrorCode::BatchTooLarge),
            (r#"{"leads":[1,}"#, ErrorCode::InvalidJson),
            (r#"{"leads":[1]} x"#, ErrorCode::InvalidJson),
            (r#"{"leads":{}}"#, ErrorCode::InvalidField),
            (r#"{"leads":[],"leads":[]}"#, ErrorCode::InvalidField),
            (r#"{"leeds":[]}"#, ErrorCode::UnknownField),
            ("{}", ErrorCode::MissingField),
            ("[]", ErrorCode::InvalidField),
        ] {
            let error = items(body.as_bytes(), "leads", 3).expect_err(body);
            assert_eq!(error.problem.code, code, "{body}");
        }
    }
}
