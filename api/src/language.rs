//! Languages by their codes.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::checked::checked_text;

/// Longest tag (RFC 5646, 4.4.1: the least that must be taken).
pub const LANGUAGE_TAG_CHARS_MAX: usize = 35;

checked_text! {
    LanguageTag = is_tag, LANGUAGE_TAG_CHARS_MAX,
        "Must be a BCP 47 tag of at most 35 characters, like en, pt-BR or zh-Hans.",
        "A language by its code.";
}

/// Subtags of 1 to 8 letters and digits between `-`, or `_` as in WhatsApp's codes: a language, which
/// has 2, 3 or 5 to 8 letters, then script, region, variants and extensions. Only the form is looked at.
fn is_tag(text: &str) -> bool {
    let mut subtags = text.split(['-', '_']);
    let Some(language) = subtags.next() else { return false };
    let is_language = matches!(language.len(), 2 | 3 | 5..=8)
        && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let subtag = |subtag: &str| {
        matches!(subtag.len(), 1..=8) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    // A single letter begins an extension and cannot stand last.
    let ends = text.rsplit(['-', '_']).next().is_some_and(|last| last.len() > 1);
    is_language && ends && subtags.all(subtag)
}

/// A language, or `auto`: then it is detected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LanguageChoice {
    /// To be detected.
    #[default]
    Auto,
    /// Known.
    Tag(LanguageTag),
}

impl TryFrom<String> for LanguageChoice {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        LanguageTag::parse(&text)
            .map(Self::Tag)
            .ok_or("Must be auto or a BCP 47 tag of at most 35 characters, like en or pt-BR.")
    }
}

impl From<LanguageChoice> for String {
    fn from(choice: LanguageChoice) -> Self {
        match choice {
            LanguageChoice::Auto => Self::from("auto"),
            LanguageChoice::Tag(tag) => tag.into(),
        }
    }
}

/// A language that it may be as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LanguageGuess {
    /// The language.
    pub language: LanguageTag,
    /// 0 to 1.
    pub confidence: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_their_form() {
        for tag in
            ["en", "pt-BR", "pt_BR", "zh-Hans", "yue", "es-419", "de-CH-1901", "en-u-ca-gregory"]
        {
            assert_eq!(LanguageTag::parse(tag).expect(tag).as_str(), tag);
        }
        for text in [
            "",
            "e",
            "auto",
            "en-",
            "-en",
            "en--US",
            "en-x",
            "e1",
            "português",
            "en US",
            "en;q=1",
            "abcdefghi",
            "en-abcdefghi",
            "en\u{0}",
            "../en",
            "en-US-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd",
        ] {
            assert_eq!(LanguageTag::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_choice_is_auto_or_a_tag() {
        let read = |text: &str| serde_json::from_str::<LanguageChoice>(text);
        assert_eq!(read("\"auto\"").expect("a choice"), LanguageChoice::Auto);
        let tag = read("\"pt-BR\"").expect("a choice");
        assert_eq!(serde_json::to_string(&tag).expect("writes"), "\"pt-BR\"");
        for text in ["\"\"", "\"Auto\"", "\"automatic\u{e9}\"", "null", "7", "[]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
