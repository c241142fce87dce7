//! The JSON of the answers of engines: examples of the interface are read and written again as they
//! were.

use chatsignal_api::batch::Batch;
use chatsignal_api::libretranslate::{LibreDetection, LibreLanguage, LibreTranslation};
use chatsignal_api::openai::OpenAiTranscription;
use chatsignal_api::sentiment::{ConversationAnalysis, SentimentAnalysis};
use chatsignal_api::translation::{
    BatchTranslation, DetectedLanguage, MultilingualTranslation, PopularLanguages, Translation,
    TranslationLanguages,
};
use chatsignal_api::voice::{SpokenLanguage, Transcription, TranscriptionAccepted, VoiceLanguages};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads an answer and writes it again.
fn same<T: DeserializeOwned + Serialize>(answer: Value) {
    let read: T = serde_json::from_value(answer.clone()).expect("is read");
    assert_eq!(serde_json::to_value(&read).expect("is written"), answer);
}

/// The same for answers that say where they come from.
fn same_with_origin<T: DeserializeOwned + Serialize>(mut answer: Value) {
    answer["as_of"] = "2026-11-23T08:00:00Z".into();
    answer["computed_on"] = "native".into();
    answer["model"] = json!({ "name": "engine", "size": "base" });
    answer["request_id"] = "r-1".into();
    same::<T>(answer);
}

#[test]
fn sentiment() {
    let one = json!({
        "sentiment": "negative", "confidence": 0.93,
        "scores": { "positive": 0.02, "neutral": 0.05, "negative": 0.93 }, "emotion": "anger",
        "emotions": { "joy": 0.01, "sadness": 0.10, "anger": 0.71, "fear": 0.03, "surprise": 0.04,
            "disgust": 0.05, "neutral": 0.06 },
        "risk_level": "high", "risk_score": 0.84,
        "risk_reasons": ["anger 0.71", "negative 0.93", "repeat_contact"],
        "language": "en", "truncated": false,
    });
    same_with_origin::<SentimentAnalysis>(one);
    same_with_origin::<ConversationAnalysis>(json!({
        "overall_sentiment": "negative", "mean_score": -0.41, "trend": "declining",
        "slope_per_hour": -0.12, "volatility": 0.33, "start_score": 0.2, "end_score": -0.7,
        "turning_point": { "index": 6, "delta": -0.6 }, "risk_level": "high",
        "components": { "sentiment": -0.41, "waiting_minutes": 42.0, "unresolved": true,
            "repeat_questions": 2 },
        "messages": [{ "index": 0, "sentiment": "neutral", "score": 0.05 }],
    }));
}

#[test]
fn voice() {
    let text = json!({
        "text": "Oi", "no_speech": false, "language": "pt", "language_probability": 0.98,
        "task": "transcribe", "duration": 12.4, "speech_duration": 10.1, "rtf": 0.18,
        "segments": [{ "id": 0, "start": 0.0, "end": 3.2, "text": "Oi", "avg_logprob": -0.21,
            "no_speech_prob": 0.01, "compression_ratio": 1.3,
            "words": [{ "word": "Oi", "start": 0.1, "end": 0.4, "probability": 0.97 }] }],
        "confidence": 0.91, "warnings": ["low_speech"],
    });
    let mut english = text.clone();
    english["task"] = "translate".into();
    english["source_language"] = "pt".into();
    english["target_language"] = "en".into();
    same_with_origin::<Transcription>(text);
    same_with_origin::<Transcription>(english);
    same_with_origin::<SpokenLanguage>(json!({
        "language": "pt", "language_name": "Portuguese", "confidence": 0.98,
        "alternatives": [{ "language": "gl", "confidence": 0.01 }], "analyzed_seconds": 30.0,
    }));
    same::<TranscriptionAccepted>(json!({ "job_id": "v_1", "status_url": "/api/v1/jobs/v_1" }));
    same::<VoiceLanguages>(json!({
        "count": 1, "models": [{ "name": "tiny", "size_mb": 75 }],
        "languages": [{ "code": "en", "name": "English", "native_name": "English", "quality": "high" }],
    }));
    same::<OpenAiTranscription>(json!({ "text": "Oi" }));
    same::<OpenAiTranscription>(json!({
        "task": "transcribe", "language": "portuguese", "duration": 12.4, "text": "Oi",
        "words": [{ "word": "Oi", "start": 0.1, "end": 0.4, "probability": null }],
    }));
}

#[test]
fn translation() {
    same_with_origin::<Translation>(json!({
        "translated_text": "Hola {{1}}", "source_language": "en", "detected": true,
        "detection_confidence": 0.99, "target_language": "es", "engine": "local",
        "cached": false, "placeholders_ok": true, "characters": 11,
    }));
    same::<Batch<BatchTranslation>>(json!({
        "results": [{ "index": 0, "id": "1", "result": { "translated_text": "Hola",
            "source_language": "en", "placeholders_ok": true } }],
        "summary": { "count": 1, "succeeded": 1, "failed": 0, "elapsed_ms": 9, "by_label": { "en": 1 } },
    }));
    same_with_origin::<DetectedLanguage>(json!({
        "language": "pt", "language_name": "Portuguese", "confidence": 0.97, "reliable": true,
        "script": "Latn", "alternatives": [{ "language": "gl", "confidence": 0.02 }],
    }));
    same_with_origin::<MultilingualTranslation>(json!({
        "source_language": "en", "elapsed_ms": 9,
        "translations": { "es": { "translated_text": "Oferta {{1}}", "placeholders_ok": true } },
        "failed": { "xx": { "code": "unsupported_language" } },
    }));
    same::<TranslationLanguages>(json!({
        "count": 1, "languages": [{ "code": "es", "name": "Spanish", "native_name": "Español",
            "directions": ["from", "to"], "engine": "local" }],
    }));
    same::<PopularLanguages>(
        json!({ "languages": [{ "code": "en", "name": "English", "rank": 1 }] }),
    );
    same::<LibreTranslation>(json!({
        "translatedText": "Hola", "detectedLanguage": { "confidence": 90.0, "language": "en" },
        "alternatives": ["Buenas"],
    }));
    same::<LibreTranslation>(json!({
        "translatedText": ["Hola", "Adiós"],
        "detectedLanguage": [{ "confidence": 90.0, "language": "en" }, { "confidence": 80.0, "language": "en" }],
    }));
    same::<Vec<LibreDetection>>(json!([{ "confidence": 90.0, "language": "en" }]));
    same::<Vec<LibreLanguage>>(json!([{ "code": "en", "name": "English", "targets": ["es"] }]));
}
