//! Voice messages: their text, and the language that is spoken.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::audio::{AudioBase64, AudioFile, AudioUrl, MediaId, MimeType, ModelName, Prompt};
use crate::checked::{Check, Checked, exactly_one};
use crate::engine::EngineOrigin;
use crate::language::{LanguageChoice, LanguageGuess, LanguageTag};

/// What is to be done with a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoiceTask {
    /// Write it down in its language.
    #[default]
    Transcribe,
    /// Write it down in English.
    Translate,
}

/// Asks for the text of a recording: exactly one of `media_id`, `audio_url` and `audio_base64`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TranscribeRequest {
    /// A medium of WhatsApp.
    #[serde(default)]
    pub media_id: Option<MediaId>,
    /// A recording to be fetched.
    #[serde(default)]
    pub audio_url: Option<AudioUrl>,
    /// The recording itself.
    #[serde(default)]
    pub audio_base64: Option<AudioBase64>,
    /// Its type; found out when left out.
    #[serde(default)]
    pub mime_type: Option<MimeType>,
    /// The language that is spoken, or `auto`.
    #[serde(default)]
    pub language: LanguageChoice,
    /// What is to be done.
    #[serde(default)]
    pub task: VoiceTask,
    /// Whether to tell when each word begins and ends.
    #[serde(default)]
    pub word_timestamps: bool,
    /// The engine's model; the one of its configuration when left out.
    #[serde(default)]
    pub model: Option<ModelName>,
    /// Whether to pass over silence.
    #[serde(default = "yes")]
    pub vad: bool,
}

fn yes() -> bool {
    true
}

impl Check for TranscribeRequest {
    fn check(&self, _items_max: usize) -> Checked {
        exactly_one(&[
            ("media_id", self.media_id.is_some()),
            ("audio_url", self.audio_url.is_some()),
            ("audio_base64", self.audio_base64.is_some()),
        ])
    }
}

/// A recording with what is known of it, as a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VoiceUpload {
    /// The recording.
    pub file: AudioFile,
    /// The language that is spoken, or `auto`.
    #[serde(default)]
    pub language: LanguageChoice,
    /// Whether to tell when each word begins and ends.
    #[serde(default)]
    pub word_timestamps: bool,
    /// The engine's model; the one of its configuration when left out.
    #[serde(default)]
    pub model: Option<ModelName>,
    /// Words that the recording is likely to have.
    #[serde(default)]
    pub initial_prompt: Option<Prompt>,
    /// Whether to pass over silence.
    #[serde(default = "yes")]
    pub vad: bool,
}

impl Check for VoiceUpload {
    fn check(&self, _items_max: usize) -> Checked {
        Ok(())
    }
}

/// A recording alone, as a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordingUpload {
    /// The recording.
    pub file: AudioFile,
}

impl Check for RecordingUpload {
    fn check(&self, _items_max: usize) -> Checked {
        Ok(())
    }
}

/// One word of a transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranscriptWord {
    /// The word.
    pub word: String,
    /// Where it begins, seconds.
    pub start: f64,
    /// Where it ends, seconds.
    pub end: f64,
    /// 0 to 1; null where the engine does not tell.
    pub probability: Option<f64>,
}

/// One part of a transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranscriptSegment {
    /// Position.
    pub id: usize,
    /// Where it begins, seconds.
    pub start: f64,
    /// Where it ends, seconds.
    pub end: f64,
    /// Its text.
    pub text: String,
    /// Mean log-probability of its tokens.
    pub avg_logprob: f64,
    /// Probability that nothing is said, 0 to 1.
    pub no_speech_prob: f64,
    /// Length of the text over its length when packed: high where words repeat.
    pub compression_ratio: f64,
    /// Its words, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub words: Option<Vec<TranscriptWord>>,
}

/// The text of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transcription {
    /// The text; empty where nothing is said.
    pub text: String,
    /// Whether nothing is said.
    pub no_speech: bool,
    /// The language of the text; null where nothing is said.
    pub language: Option<LanguageTag>,
    /// Probability of the language that is spoken, 0 to 1.
    pub language_probability: Option<f64>,
    /// What was done.
    pub task: VoiceTask,
    /// For a translation: the language that is spoken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_language: Option<LanguageTag>,
    /// For a translation: the language of the text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_language: Option<LanguageTag>,
    /// Length of the recording, seconds.
    pub duration: f64,
    /// Of it with speech, seconds.
    pub speech_duration: f64,
    /// Real-time factor: time of the work over the length of the recording.
    pub rtf: f64,
    /// Its parts.
    pub segments: Vec<TranscriptSegment>,
    /// 0 to 1.
    pub confidence: f64,
    /// What to know before relying on it, like `low_speech`.
    pub warnings: Vec<String>,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

/// A recording that takes longer than a request may: a job was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranscriptionAccepted {
    /// Identity of the job.
    pub job_id: String,
    /// Where to ask for it.
    pub status_url: String,
}

/// The language that is spoken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpokenLanguage {
    /// The language.
    pub language: LanguageTag,
    /// Its English name.
    pub language_name: String,
    /// 0 to 1.
    pub confidence: f64,
    /// What else it may be, likeliest first.
    pub alternatives: Vec<LanguageGuess>,
    /// How much was listened to, seconds.
    pub analyzed_seconds: f64,
    /// Model, instant and place.
    #[serde(flatten)]
    pub origin: EngineOrigin,
}

/// How well a language is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LanguageQuality {
    /// Well.
    High,
    /// Usably.
    Medium,
    /// Badly.
    Low,
}

/// A language that is understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoiceLanguage {
    /// The language.
    pub code: LanguageTag,
    /// Its English name.
    pub name: String,
    /// Its own name.
    pub native_name: String,
    /// How well it is understood.
    pub quality: LanguageQuality,
}

/// A model that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoiceModel {
    /// Its name.
    pub name: String,
    /// Size of its file, MB.
    pub size_mb: u64,
}

/// What is understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoiceLanguages {
    /// Languages.
    pub count: usize,
    /// The languages.
    pub languages: Vec<VoiceLanguage>,
    /// The models.
    pub models: Vec<VoiceModel>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_recording_comes_one_way() {
        let code = |json: &str| {
            let request: TranscribeRequest = serde_json::from_str(json).expect(json);
            request.check(1).err().map(|problem| problem.code)
        };
        for json in [
            r#"{"media_id":"1234567890"}"#,
            r#"{"audio_url":"https://a.example/b.ogg","task":"translate"}"#,
            r#"{"audio_base64":"T2dnUw==","mime_type":"audio/ogg; codecs=opus","vad":false}"#,
        ] {
            assert_eq!(code(json), None, "{json}");
        }
        for json in ["{}", r#"{"media_id":"1","audio_base64":"AAAA"}"#, r#"{"audio_url":null}"#] {
            assert_eq!(code(json), Some(ErrorCode::MissingField), "{json}");
        }
        for json in [
            r#"{"audio_url":"http://a.example/b.ogg"}"#,
            r#"{"audio_base64":"%%%"}"#,
            r#"{"media_id":""}"#,
            r#"{"media_id":"1","mime_type":"text/html"}"#,
            r#"{"media_id":"1","task":"sing"}"#,
            r#"{"media_id":"1","model":"ba se"}"#,
            r#"{"media_id":"1","url":"x"}"#,
        ] {
            assert!(serde_json::from_str::<TranscribeRequest>(json).is_err(), "{json}");
        }
    }
}
