//! The OpenAI form of recordings and of errors. Its requests are others' too: unknown fields are
//! passed over.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::audio::{AudioFile, ModelName, Prompt};
use crate::checked::{Check, Checked, distinct, wrong};
use crate::error::ErrorCode;
use crate::language::LanguageTag;
use crate::voice::{TranscriptSegment, TranscriptWord, VoiceTask};

/// The body of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiError {
    /// The error.
    pub error: OpenAiProblem,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiProblem {
    /// For people.
    pub message: String,
    /// `invalid_request_error` or `server_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The field that is wrong, where one is.
    pub param: Option<String>,
    /// The code of our table.
    pub code: ErrorCode,
}

/// How a transcript is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TranscriptFormat {
    /// JSON with the text.
    #[default]
    Json,
    /// The text alone.
    Text,
    /// Subtitles (SubRip).
    Srt,
    /// JSON with the text and its parts.
    VerboseJson,
    /// Subtitles (WebVTT).
    Vtt,
}

/// Of what the times are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimestampGranularity {
    /// Words.
    Word,
    /// Parts.
    Segment,
}

/// Kinds of times.
const GRANULARITIES: usize = 2;

/// A recording to be written down, as a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiTranscriptionForm {
    /// The recording.
    pub file: AudioFile,
    /// The engine's model.
    pub model: ModelName,
    /// The language that is spoken; detected when left out.
    #[serde(default)]
    pub language: Option<LanguageTag>,
    /// Words that the recording is likely to have.
    #[serde(default)]
    pub prompt: Option<Prompt>,
    /// How the transcript is written.
    #[serde(default)]
    pub response_format: TranscriptFormat,
    /// How freely words are chosen, 0 to 1.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub temperature: f64,
    /// Of what the times are told; only with the format `verbose_json`.
    #[serde(default, rename = "timestamp_granularities[]", alias = "timestamp_granularities")]
    pub timestamp_granularities: Option<Vec<TimestampGranularity>>,
}

impl Check for OpenAiTranscriptionForm {
    fn check(&self, _items_max: usize) -> Checked {
        check_temperature(self.temperature)?;
        let Some(granularities) = &self.timestamp_granularities else { return Ok(()) };
        let name = "timestamp_granularities[]";
        distinct(name, granularities, GRANULARITIES)?;
        if self.response_format == TranscriptFormat::VerboseJson {
            return Ok(());
        }
        let at = alloc::format!("/{name}");
        wrong(ErrorCode::InvalidField, at, "needs the response_format verbose_json")
    }
}

/// A recording to be written down in English, as a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiTranslationForm {
    /// The recording.
    pub file: AudioFile,
    /// The engine's model.
    pub model: ModelName,
    /// English words that the text is likely to have.
    #[serde(default)]
    pub prompt: Option<Prompt>,
    /// How the text is written.
    #[serde(default)]
    pub response_format: TranscriptFormat,
    /// How freely words are chosen, 0 to 1.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub temperature: f64,
}

impl Check for OpenAiTranslationForm {
    fn check(&self, _items_max: usize) -> Checked {
        check_temperature(self.temperature)
    }
}

fn check_temperature(temperature: f64) -> Checked {
    if (0.0..=1.0).contains(&temperature) {
        return Ok(());
    }
    wrong(ErrorCode::InvalidField, "/temperature".into(), "is 0 to 1")
}

/// The text of a recording; with the format `verbose_json` all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenAiTranscription {
    /// The text.
    pub text: String,
    /// `transcribe` or `translate`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub task: Option<VoiceTask>,
    /// English name of the language that is spoken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// Length of the recording, seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration: Option<f64>,
    /// Its parts, where their times were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub segments: Option<Vec<TranscriptSegment>>,
    /// Its words, where their times were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub words: Option<Vec<TranscriptWord>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_rules_between_their_fields() {
        let code = |more: &str| {
            let json = alloc::format!(r#"{{"file":9,"model":"whisper-1"{more}}}"#);
            let form: OpenAiTranscriptionForm = serde_json::from_str(&json).expect(more);
            form.check(1).err().map(|problem| problem.code)
        };
        for fine in [
            "",
            r#","temperature":0.2,"response_format":"srt","stream":true"#,
            r#","response_format":"verbose_json","timestamp_granularities[]":["word","segment"]"#,
        ] {
            assert_eq!(code(fine), None, "{fine}");
        }
        for wrong in [
            r#","temperature":1.1"#,
            r#","timestamp_granularities[]":["word"]"#,
            r#","response_format":"verbose_json","timestamp_granularities[]":["word","word"]"#,
        ] {
            assert_eq!(code(wrong), Some(ErrorCode::InvalidField), "{wrong}");
        }
    }
}
