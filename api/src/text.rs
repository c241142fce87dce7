//! Texts of people that an engine is to read, one by one or many.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::checked::{Checked, batch, checked_text, exactly_one};
use crate::language::LanguageTag;

/// Longest text, characters. WhatsApp's own limit of a message is 4,096.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// Longest id of an item, characters.
pub const ITEM_ID_CHARS_MAX: usize = 256;

checked_text! {
    Text = |text| !text.trim().is_empty(), TEXT_CHARS_MAX,
        "Must have 1 to 10000 characters and not be blank.", "A text.";
    ItemId = |id| !id.is_empty() && !id.contains(char::is_control), ITEM_ID_CHARS_MAX,
        "Must have 1 to 256 characters, none of them a control character.",
        "The caller's id of an item; it comes back in the answer.";
}

/// One text of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TextItem {
    /// Comes back in the answer.
    #[serde(default)]
    pub id: Option<ItemId>,
    /// The text.
    pub text: Text,
    /// Its language; detected when left out.
    #[serde(default)]
    pub language: Option<LanguageTag>,
}

/// Texts come either as `texts` or as `items`.
pub(crate) fn check_texts<T>(
    texts: Option<&[Text]>,
    items: Option<&[T]>,
    items_max: usize,
) -> Checked {
    exactly_one(&[("texts", texts.is_some()), ("items", items.is_some())])?;
    texts.map_or(Ok(()), |texts| batch("texts", texts.len(), items_max))?;
    items.map_or(Ok(()), |items| batch("items", items.len(), items_max))
}

/// One text or a list of them, as some protocols have it in one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OneOrMany {
    /// One.
    One(Text),
    /// Many.
    Many(Vec<Text>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> serde::de::Visitor<'de> for Texts {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                let text = Text::try_from(String::from(text)).map_err(E::custom)?;
                Ok(OneOrMany::One(text))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<OneOrMany, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(OneOrMany::Many(texts))
            }
        }

        deserializer.deserialize_any(Texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_characters_and_not_too_many() {
        assert!(Text::parse(" a ").is_some());
        assert!(Text::parse(&"ü".repeat(TEXT_CHARS_MAX)).is_some());
        for text in ["", " \n\t", "\u{a0}", &"x".repeat(TEXT_CHARS_MAX + 1)] {
            assert_eq!(Text::parse(text), None);
        }
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        let secret = "\u{1}secret".repeat(40);
        let json = serde_json::to_string(&secret).expect("writes");
        let error = serde_json::from_str::<ItemId>(&json).expect_err("control characters");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn one_text_or_many() {
        let read = |json: &str| serde_json::from_str::<OneOrMany>(json);
        assert!(matches!(read("\"a\""), Ok(OneOrMany::One(_))));
        assert!(matches!(read("[\"a\",\"b\"]"), Ok(OneOrMany::Many(texts)) if texts.len() == 2));
        for json in ["\" \"", "[\"a\",\"\"]", "7", "{}", "null", "[[]]"] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
