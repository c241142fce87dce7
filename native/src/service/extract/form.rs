//! The fields of a form: each value is a word, and becomes what the field is of.

use chatsignal_api::error::ErrorCode;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::json::{pointer, refusal};
use crate::service::error::ApiError;

/// The content type of forms without files.
pub(super) const TYPE: &str = "application/x-www-form-urlencoded";
/// Most fields of a form.
pub(super) const FIELDS_MAX: usize = 32;

/// The fields of a body of that type. One more than there may be is enough to see that they are too
/// many.
pub(super) fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).take(FIELDS_MAX + 1).map(|(k, v)| (k.into(), v.into())).collect()
}

/// Reads a structure from fields. A name that ends with `[]` may be there often: its values are a list.
pub(super) fn read<T: DeserializeOwned>(fields: Vec<(String, String)>) -> Result<T, ApiError> {
    if fields.len() > FIELDS_MAX {
        let detail = format!("a form has at most {FIELDS_MAX} fields");
        return Err(ApiError::new(ErrorCode::InvalidForm).detail(detail));
    }
    let mut words: Vec<(String, Words)> = Vec::with_capacity(fields.len());
    for (name, word) in fields {
        if !name.ends_with("[]") {
            words.push((name, Words::One(word)));
            continue;
        }
        match words.iter_mut().find(|(known, _)| *known == name) {
            Some((_, Words::Many(list))) => list.push(word),
            _ => words.push((name, Words::Many(vec![word]))),
        }
    }
    let reader = MapDeserializer::new(words.into_iter());
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let at = pointer(error.path());
        refusal(&error.into_inner(), at)
    })
}

/// What stands in a field.
enum Words {
    One(String),
    Many(Vec<String>),
}

impl IntoDeserializer<'_, serde_json::Error> for Words {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Numbers and truth values are read from the word; what it was is not repeated.
macro_rules! parsed {
    ($($method:ident $visit:ident $rule:literal,)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            let parsed = match &self {
                Self::One(word) => word.parse().ok(),
                Self::Many(_) => None,
            };
            parsed.map_or_else(|| Err(Error::custom($rule)), |value| visitor.$visit(value))
        }
    )+};
}

impl<'de> Deserializer<'de> for Words {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::One(word) => visitor.visit_string(word),
            Self::Many(words) => {
                visitor.visit_seq(SeqDeserializer::new(words.into_iter().map(Words::One)))
            }
        }
    }

    parsed! {
        deserialize_bool visit_bool "must be true or false",
        deserialize_u8 visit_u8 "must be a whole number from 0 to 255",
        deserialize_u64 visit_u64 "must be a whole number, 0 or more",
        deserialize_f64 visit_f64 "must be a number",
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self {
            Self::One(word) => visitor.visit_enum(word.into_deserializer()),
            Self::Many(_) => Err(Error::custom("must be one word")),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u16 u32 u128 f32 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_api::libretranslate::LibreTranslateRequest;
    use chatsignal_api::openai::{OpenAiTranscriptionForm, TimestampGranularity};
    use chatsignal_api::voice::VoiceUpload;

    fn form<T: DeserializeOwned>(text: &str) -> Result<T, (ErrorCode, String)> {
        read(fields(text.as_bytes())).map_err(|error| {
            let at = error.problem.errors.first().map(|error| error.pointer.clone());
            (error.problem.code, at.unwrap_or_default())
        })
    }

    #[test]
    fn words_become_what_their_fields_are_of() {
        let upload: VoiceUpload =
            form("file=7&vad=false&language=pt-BR&initial_prompt=").expect("read");
        assert_eq!((upload.file.0, upload.vad, upload.word_timestamps), (7, false, false));
        let openai: OpenAiTranscriptionForm = form(
            "file=7&model=whisper-1&temperature=0.5&response_format=verbose_json&stream=1\
             &timestamp_granularities[]=word&timestamp_granularities[]=segment",
        )
        .expect("read");
        let both = [TimestampGranularity::Word, TimestampGranularity::Segment];
        assert_eq!(openai.timestamp_granularities.as_deref(), Some(&both[..]));
        let libre: LibreTranslateRequest =
            form("q=Caf%C3%A9+a&source=auto&target=es&alternatives=3&api_key=").expect("read");
        assert_eq!(libre.alternatives, 3);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, code, at) in [
            ("", ErrorCode::MissingField, ""),
            ("file=0", ErrorCode::InvalidField, "/file"),
            ("file=7&file=7", ErrorCode::InvalidField, ""),
            ("file=7&vad=yes", ErrorCode::InvalidField, "/vad"),
            ("file=7&language=", ErrorCode::InvalidField, "/language"),
            ("file=7&vad[]=true", ErrorCode::UnknownField, ""),
            ("file=7&prompt=x", ErrorCode::UnknownField, ""),
        ] {
            let (found, place) = form::<VoiceUpload>(text).expect_err(text);
            assert_eq!(found, code, "{text}");
            assert!(place.starts_with(at), "{text}: {place}");
        }
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        assert_eq!(form::<VoiceUpload>(&many).expect_err("many").0, ErrorCode::InvalidForm);
    }
}
