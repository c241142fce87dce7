//! Recordings: where they are, and of what type.

use serde::{Deserialize, Deserializer, Serialize};

use crate::checked::checked_text;

/// Longest address of a recording, characters.
pub const AUDIO_URL_CHARS_MAX: usize = 2_048;
/// Longest recording inside JSON, characters of base64: 25 MiB of sound.
pub const AUDIO_BASE64_CHARS_MAX: usize = 34_952_536;
/// Longest id of a medium, characters.
pub const MEDIA_ID_CHARS_MAX: usize = 128;
/// Longest MIME type, characters.
pub const MIME_TYPE_CHARS_MAX: usize = 128;
/// Longest name of an engine's model, characters.
pub const MODEL_NAME_CHARS_MAX: usize = 64;
/// Longest words that come before a transcript, characters. Whisper looks at their last 224 tokens.
pub const PROMPT_CHARS_MAX: usize = 1_000;

checked_text! {
    AudioUrl = is_https, AUDIO_URL_CHARS_MAX,
        "Must be an https address with a host and without credentials, at most 2048 characters.",
        "Address of a recording.";
    AudioBase64 = is_base64, AUDIO_BASE64_CHARS_MAX,
        "Must be base64 with padding (RFC 4648, section 4), not empty, of at most 25 MiB.",
        "A recording. The body as a whole has a limit too (`--body-bytes-max`): upload longer ones.";
    MediaId = is_name, MEDIA_ID_CHARS_MAX,
        "Must have 1 to 128 letters, digits and signs of `._:/-`.",
        "Id that WhatsApp gave to a medium.";
    MimeType = is_audio_type, MIME_TYPE_CHARS_MAX,
        "Must be audio/... or video/..., with parameters or without, at most 128 characters.",
        "Type of a recording, like `audio/ogg; codecs=opus`.";
    ModelName = is_name, MODEL_NAME_CHARS_MAX,
        "Must have 1 to 64 letters, digits and signs of `._:/-`.",
        "A model of the engine by its name, like `base`.";
    Prompt = |_| true, PROMPT_CHARS_MAX,
        "Must have at most 1000 characters.",
        "Words that the recording is likely to have: names, spellings.";
}

/// Scheme, host and path; what a host may be is looked at when it is resolved.
fn is_https(text: &str) -> bool {
    let (Some(scheme), Some(rest)) = (text.get(..8), text.get(8..)) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    scheme.eq_ignore_ascii_case("https://")
        && !host.is_empty()
        && !authority.contains('@')
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Letters, digits, `+` and `/` in fours; the last four end with one or two `=` at most.
fn is_base64(text: &str) -> bool {
    let data = text.strip_suffix("==").or(text.strip_suffix('=')).unwrap_or(text);
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    !data.is_empty() && text.len().is_multiple_of(4) && data.bytes().all(letter)
}

fn is_name(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
    !text.is_empty() && text.bytes().all(sign)
}

fn is_audio_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    ["audio", "video"].iter().any(|audio| kind.eq_ignore_ascii_case(audio))
        && !subtype.is_empty()
        && subtype.bytes().all(token)
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// An uploaded recording: its length in bytes. The bytes travel beside the fields of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AudioFile(pub u64);

impl<'de> Deserialize<'de> for AudioFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            0 => Err(serde::de::Error::custom("the recording is empty")),
            bytes => Ok(Self(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_and_have_a_host() {
        for url in ["https://a.example/b.ogg?c=1#d", "HTTPS://a.example", "https://[::1]:8443/x"] {
            assert!(AudioUrl::parse(url).is_some(), "{url}");
        }
        for url in [
            "",
            "http://a.example/",
            "https://",
            "https:///b",
            "https://:443/",
            "https://u:p@a.example/",
            "https://a.example/ b",
            "https://a.example/\u{e4}",
            "https:\\\\a.example",
            "file:///etc/passwd",
            "//a.example",
            "ftp://a.example",
            "https://a.example\\@b.example/",
        ] {
            assert_eq!(AudioUrl::parse(url), None, "{url}");
        }
        let long = alloc::format!("https://a.example/{}", "b".repeat(AUDIO_URL_CHARS_MAX));
        assert_eq!(AudioUrl::parse(&long), None);
    }

    #[test]
    fn base64_has_fours_and_padding() {
        for text in ["AAAA", "T2dnUw==", "ab+/", "AAA="] {
            assert!(AudioBase64::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "=",
            "====",
            "A===",
            "AAA",
            "AA=A",
            "AAAA=",
            "AAAA\n",
            "a-_b",
            "data:audio/ogg;base64,AAAA",
        ] {
            assert_eq!(AudioBase64::parse(text), None, "{text}");
        }
    }

    #[test]
    fn types_are_of_sound() {
        for text in
            ["audio/ogg", "audio/ogg; codecs=opus", "video/mp4", "Audio/MPEG", "audio/x-m4a"]
        {
            assert!(MimeType::parse(text).is_some(), "{text}");
        }
        for text in ["", "audio", "audio/", "text/plain", "audio/o g", "audio/ogg\r\nx: y", "/ogg"]
        {
            assert_eq!(MimeType::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_recording_has_bytes() {
        assert_eq!(serde_json::from_str::<AudioFile>("7").expect("a length"), AudioFile(7));
        assert!(serde_json::from_str::<AudioFile>("0").is_err());
    }
}
