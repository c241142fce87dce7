//! JSON as model files hold it: with `NaN` and `Infinity`, which the format has not but libraries
//! write.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str;

use serde::de::DeserializeOwned;

use crate::ImportError;

/// Reads a value that fills the whole input.
pub(crate) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ImportError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        ImportError::malformed(format!("byte {}", error.valid_up_to()), "is not UTF-8")
    })?;
    serde_json::from_str(&quoted(text)).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        // The place is at the end of the message as well.
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        ImportError::malformed(at, reason.to_string())
    })
}

/// What JSON has not, and a text of the same length (so that places stay true) which
/// [`crate::number`] reads as that number. The longer word comes first.
const WORDS: [(&str, &str); 3] =
    [("-Infinity", "\"   -inf\""), ("Infinity", "\"   inf\""), ("NaN", NAN)];

/// `NaN` as a JSON text of three letters.
const NAN: &str = "\"n\"";

/// The inside of [`NAN`].
pub(crate) const NAN_LETTER: &str = "n";

/// The text with the words of [`WORDS`] put into quotation marks.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::from(text);
    let (mut at, mut inside) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if inside => at += 1,
            b'"' => inside = !inside,
            b'-' | b'I' | b'N' if !inside => {
                let word = WORDS.iter().find(|(word, _)| bytes[at..].starts_with(word.as_bytes()));
                if let Some((word, quoted)) = word {
                    bytes[at..at + word.len()].copy_from_slice(quoted.as_bytes());
                    at += word.len() - 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    // Whole words of ASCII were exchanged for as many letters.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{List, Text};

    #[test]
    fn words_that_are_numbers_are_read() {
        let List(numbers) =
            from_slice::<List<f32>>(b"[1, NaN,Infinity , -Infinity, 3e38]").unwrap();
        assert!(numbers[1].is_nan());
        assert_eq!(numbers[2..], [f32::INFINITY, f32::NEG_INFINITY, 3e38]);
        let text: Text = from_slice(br#""a \" NaN""#).unwrap();
        assert_eq!(text.0, "a \" NaN");
    }

    #[test]
    fn a_fault_has_its_place() {
        let error = from_slice::<List<f32>>(b"[1,\n NaN, x]").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 7: expected value");
        assert!(from_slice::<List<f32>>(b"[1]\xff").is_err());
        assert!(from_slice::<List<u32>>(b"[-1]").is_err());
        assert!(from_slice::<List<f32>>(b"[NaNN]").is_err());
    }

    #[test]
    fn an_f32_is_rounded_once() {
        // Between two f32; rounding to f64 first falls on the middle and then to even.
        let List(numbers) = from_slice::<List<f32>>(b"[1.00000005960464485, \"1.5\"]").unwrap();
        assert_eq!(numbers, [f32::from_bits(0x3f80_0001), 1.5]);
    }
}
