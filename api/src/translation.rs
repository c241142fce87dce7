//! Texts in other languages, and the language that a text is in.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::checked::{Check, Checked, checked_text, distinct};
use crate::engine::EngineOrigin;
use crate::error::ErrorCode;
use crate::language::{LanguageChoice, LanguageGuess, LanguageTag};
use crate::text::{ItemId, Text, check_texts};

/// Most languages that one text is translated into at once.
pub const TARGET_LANGUAGES_MAX: usize = 50;
/// Most parts of a text that are kept as they are.
pub const PRESERVE_MAX: usize = 100;
/// Longest such part, characters.
pub const PRESERVE_CHARS_MAX: usize = 200;
/// Longest id of a glossary, characters.
pub const GLOSSARY_ID_CHARS_MAX: usize = 64;

checked_text! {
    Preserved = |text| !text.trim().is_empty(), PRESERVE_CHARS_MAX,
        "Must have 1 to 200 characters and not be blank.",
        "A part of the text that is kept as it is, like `{{1}}`.";
    GlossaryId = is_glossary_id, GLOSSARY_ID_CHARS_MAX,
        "Must have 1 to 64 letters, digits and signs of `._-`.", "Words with a fixed translation.";
}

fn is_glossary_id(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.bytes().all(sign)
}

/// How the reader is spoken to, where the language has several ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Formality {
    /// As the engine does.
    #[default]
    Default,
    /// Like a stranger.
    More,
    /// Like a friend.
    Less,
}

/// Asks for one text in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TranslateRequest {
    /// The text.
    pub text: Text,
    /// The language to translate into.
    pub target_language: LanguageTag,
    /// The text's language, or `auto`.
    #[serde(default)]
    pub source_language: LanguageChoice,
    /// How the reader is spoken to.
    #[serde(default)]
    pub formality: Formality,
    /// Parts that are kept as they are, at most 100; placeholders like `{{1}}` always are.
    #[serde(default)]
    pub preserve: Vec<Preserved>,
    /// A glossary.
    #[serde(default)]
    pub glossary_id: Option<GlossaryId>,
}

impl Check for TranslateRequest {
    fn check(&self, _items_max: usize) -> Checked {
        if self.preserve.is_empty() {
            return Ok(());
        }
        distinct("preserve", &self.preserve, PRESERVE_MAX)
    }
}

/// One text in another language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Translation {
    /// The text in the target language.
    pub translated_text: String,
    /// The language that it was in.
    pub source_language: LanguageTag,
    /// Whether that language was detected.
    pub detected: bool,
    /// How sure the detection was, 0 to 1; null where it was not detected.
    pub detection_confidence: Option<f64>,
    /// The language that it is in now.
    pub target_language: LanguageTag,
    /// What translated it.
    pub engine: String,
    /// Whether it was translated before.
    pub cached: bool,
    /// Whether every placeholder and every part to be kept is there.
    pub placeholders_ok: bool,
    /// Characters of the text.
    pub characters: usize,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

/// One text of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TranslateItem {
    /// Comes back in the answer.
    #[serde(default)]
    pub id: Option<ItemId>,
    /// The text.
    pub text: Text,
    /// Its language, or `auto`.
    #[serde(default)]
    pub source_language: LanguageChoice,
}

/// Asks for many texts in another language: `texts`, or `items` with ids and languages. At most
/// 1,000 (`--batch-items-max`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TranslateBatchRequest {
    /// The texts; each one's language is detected.
    #[serde(default)]
    pub texts: Option<Vec<Text>>,
    /// The texts with what is known of them.
    #[serde(default, deserialize_with = "crate::object::nullable_list")]
    pub items: Option<Vec<TranslateItem>>,
    /// The language to translate into.
    pub target_language: LanguageTag,
}

impl Check for TranslateBatchRequest {
    fn check(&self, items_max: usize) -> Checked {
        check_texts(self.texts.as_deref(), self.items.as_deref(), items_max)
    }
}

/// One text of a batch in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchTranslation {
    /// The text in the target language.
    pub translated_text: String,
    /// The language that it was in.
    pub source_language: LanguageTag,
    /// Whether every placeholder is there.
    pub placeholders_ok: bool,
}

/// Asks for the language of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DetectLanguageRequest {
    /// The text.
    pub text: Text,
}

impl Check for DetectLanguageRequest {
    fn check(&self, _items_max: usize) -> Checked {
        Ok(())
    }
}

/// The language of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DetectedLanguage {
    /// The likeliest language; `und` where there is none.
    pub language: LanguageTag,
    /// Its English name.
    pub language_name: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Whether it may be relied on: of a short text it may not.
    pub reliable: bool,
    /// The script, by its four letters (ISO 15924), like `Latn`.
    pub script: String,
    /// What else it may be, likeliest first.
    pub alternatives: Vec<LanguageGuess>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

/// Asks for one text in several languages, 1 to 50, none of them twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MultilingualRequest {
    /// The text.
    pub text: Text,
    /// The text's language, or `auto`.
    #[serde(default)]
    pub source_language: LanguageChoice,
    /// The languages to translate into.
    pub target_languages: Vec<LanguageTag>,
}

impl Check for MultilingualRequest {
    fn check(&self, _items_max: usize) -> Checked {
        distinct("target_languages", &self.target_languages, TARGET_LANGUAGES_MAX)
    }
}

/// The text in one of several languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OneTranslation {
    /// The text in that language.
    pub translated_text: String,
    /// Whether every placeholder is there.
    pub placeholders_ok: bool,
}

/// Why there is no text in one of several languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailedTranslation {
    /// What happened.
    pub code: ErrorCode,
}

/// One text in several languages; one that fails does not fail the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MultilingualTranslation {
    /// The language that it was in.
    pub source_language: LanguageTag,
    /// The texts by language.
    pub translations: BTreeMap<String, OneTranslation>,
    /// What failed, by language.
    pub failed: BTreeMap<String, FailedTranslation>,
    /// Time that it took, milliseconds.
    pub elapsed_ms: u64,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

/// Which way a language can be translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TranslationDirection {
    /// Out of it.
    From,
    /// Into it.
    To,
}

/// A language that can be translated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationLanguage {
    /// The language.
    pub code: LanguageTag,
    /// Its English name.
    pub name: String,
    /// Its own name.
    pub native_name: String,
    /// Which ways.
    pub directions: Vec<TranslationDirection>,
    /// What translates it.
    pub engine: String,
}

/// What can be translated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranslationLanguages {
    /// Languages.
    pub count: usize,
    /// The languages.
    pub languages: Vec<TranslationLanguage>,
}

/// A language that many people write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PopularLanguage {
    /// The language.
    pub code: LanguageTag,
    /// Its English name.
    pub name: String,
    /// 1 = the most people.
    pub rank: u32,
}

/// The languages that most people write, of those that can be translated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PopularLanguages {
    /// The languages, first rank first.
    pub languages: Vec<PopularLanguage>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T: Check + serde::de::DeserializeOwned>(json: &str) -> Option<ErrorCode> {
        let request: T = serde_json::from_str(json).expect(json);
        request.check(2).err().map(|problem| problem.code)
    }

    #[test]
    fn one_text_names_its_target() {
        let whole = r#"{"text":"Hello {{1}}","target_language":"es","source_language":"auto",
            "formality":"more","preserve":["{{1}}"],"glossary_id":null}"#;
        assert_eq!(code::<TranslateRequest>(whole), None);
        let twice = r#"{"text":"a","target_language":"es","preserve":["b","b"]}"#;
        assert_eq!(code::<TranslateRequest>(twice), Some(ErrorCode::InvalidField));
        for json in [
            r#"{"text":"a"}"#,
            r#"{"text":" ","target_language":"es"}"#,
            r#"{"text":"a","target_language":"auto"}"#,
            r#"{"text":"a","target_language":"es","preserve":[""]}"#,
            r#"{"text":"a","target_language":"es","formality":"rude"}"#,
            r#"{"text":"a","target_language":"es","glossary_id":"../x"}"#,
            r#"{"text":"a","target":"es"}"#,
        ] {
            assert!(serde_json::from_str::<TranslateRequest>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn many_texts_come_one_way() {
        let texts = r#"{"texts":["a"],"target_language":"es"}"#;
        let items =
            r#"{"items":[{"id":"1","text":"a","source_language":"pt"}],"target_language":"es"}"#;
        assert_eq!(code::<TranslateBatchRequest>(texts), None);
        assert_eq!(code::<TranslateBatchRequest>(items), None);
        let none = r#"{"target_language":"es"}"#;
        assert_eq!(code::<TranslateBatchRequest>(none), Some(ErrorCode::MissingField));
        let many = r#"{"texts":["a","b","c"],"target_language":"es"}"#;
        assert_eq!(code::<TranslateBatchRequest>(many), Some(ErrorCode::BatchTooLarge));
    }

    #[test]
    fn several_languages_are_different_ones() {
        let request = |languages: &str| {
            let json = alloc::format!(r#"{{"text":"a","target_languages":[{languages}]}}"#);
            code::<MultilingualRequest>(&json)
        };
        assert_eq!(request(r#""es","hi","pt-BR""#), None);
        assert_eq!(request(""), Some(ErrorCode::InvalidField));
        assert_eq!(request(r#""es","es""#), Some(ErrorCode::InvalidField));
        let many = alloc::vec![r#""es""#; TARGET_LANGUAGES_MAX + 1].join(",");
        assert_eq!(request(&many), Some(ErrorCode::InvalidField));
    }
}
