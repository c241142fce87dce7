//! The LibreTranslate form of translations, as JSON or as a form. Its requests are others' too: unknown
//! fields are passed over, and so is `api_key`, since keys travel in the header `Authorization`.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::checked::{Check, Checked, batch, wrong};
use crate::error::ErrorCode;
use crate::language::{LanguageChoice, LanguageTag};
use crate::text::OneOrMany;

/// Most alternatives that can be asked for.
pub const ALTERNATIVES_MAX: u8 = 10;

/// What the text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LibreFormat {
    /// A text.
    #[default]
    Text,
    /// Markup: tags are kept.
    Html,
}

/// Asks for a text, or a list of texts, in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibreTranslateRequest {
    /// The text, or in JSON a list of texts (`--batch-items-max`).
    pub q: OneOrMany,
    /// The text's language, or `auto`.
    pub source: LanguageChoice,
    /// The language to translate into.
    pub target: LanguageTag,
    /// What the text is.
    #[serde(default)]
    pub format: LibreFormat,
    /// How many further translations are wanted, 0 to 10.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 10))]
    pub alternatives: u8,
}

impl Check for LibreTranslateRequest {
    fn check(&self, items_max: usize) -> Checked {
        check_texts(&self.q, items_max)?;
        if self.alternatives <= ALTERNATIVES_MAX {
            return Ok(());
        }
        let detail = alloc::format!("is 0 to {ALTERNATIVES_MAX}");
        wrong(ErrorCode::InvalidField, "/alternatives".into(), detail)
    }
}

fn check_texts(q: &OneOrMany, items_max: usize) -> Checked {
    match q {
        OneOrMany::One(_) => Ok(()),
        OneOrMany::Many(texts) => batch("q", texts.len(), items_max),
    }
}

/// Asks for the language of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibreDetectRequest {
    /// The text.
    pub q: OneOrMany,
}

impl Check for LibreDetectRequest {
    fn check(&self, items_max: usize) -> Checked {
        check_texts(&self.q, items_max)
    }
}

/// A language that a text may be in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibreDetection {
    /// 0 to 100.
    pub confidence: f64,
    /// The language.
    pub language: LanguageTag,
}

/// One thing, or one for each text of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum OneOrEach<T> {
    /// Of the one text.
    One(T),
    /// Of each text of the list.
    Each(Vec<T>),
}

/// The text in another language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LibreTranslation {
    /// The translation.
    pub translated_text: OneOrEach<String>,
    /// The language that was detected, where the source was `auto`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detected_language: Option<OneOrEach<LibreDetection>>,
    /// Further translations, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alternatives: Option<OneOrEach<Vec<String>>>,
}

/// A language that can be translated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LibreLanguage {
    /// The language.
    pub code: LanguageTag,
    /// Its English name.
    pub name: String,
    /// The languages that it can be translated into.
    pub targets: Vec<LanguageTag>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libretranslate_takes_is_taken() {
        let code = |json: &str| {
            let request: LibreTranslateRequest = serde_json::from_str(json).expect(json);
            request.check(2).err().map(|problem| problem.code)
        };
        for json in [
            r#"{"q":"Hello","source":"auto","target":"es"}"#,
            r#"{"q":["a","b"],"source":"en","target":"zh-Hans","format":"html","alternatives":3,"api_key":""}"#,
        ] {
            assert_eq!(code(json), None, "{json}");
        }
        let many = r#"{"q":["a","b","c"],"source":"en","target":"es"}"#;
        assert_eq!(code(many), Some(ErrorCode::BatchTooLarge));
        let alternatives = r#"{"q":"a","source":"en","target":"es","alternatives":11}"#;
        assert_eq!(code(alternatives), Some(ErrorCode::InvalidField));
        for json in [
            r#"{"q":"","source":"en","target":"es"}"#,
            r#"{"q":"a","target":"es"}"#,
            r#"{"q":"a","source":"en","target":"auto"}"#,
            r#"{"q":"a","source":"en","target":"es","format":"pdf"}"#,
        ] {
            assert!(serde_json::from_str::<LibreTranslateRequest>(json).is_err(), "{json}");
        }
    }
}
