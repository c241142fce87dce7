//! Sentiment, voice and translation: requests are checked whole before it is said that there is no
//! engine.

use axum::http::HeaderMap;
use chatsignal_native::service::Config;
use serde_json::{Value, json};

use super::support::{Answer, App, Workspace, block_on};

const BOUNDARY: &str = "7da3f0";
const FORM: &str = "application/x-www-form-urlencoded";
/// Routes that take a recording, with the fields that each needs.
const UPLOADS: [(&str, &[(&str, &str)]); 5] = [
    ("/api/v1/ml/voice/transcribe-upload", &[]),
    ("/api/v1/ml/voice/translate-upload", &[]),
    ("/api/v1/ml/voice/detect-language-upload", &[]),
    ("/v1/audio/transcriptions", &[("model", "whisper-1")]),
    ("/v1/audio/translations", &[("model", "whisper-1")]),
];

/// One part of a form.
fn part(head: &str, content: &[u8]) -> Vec<u8> {
    let mut part = format!("--{BOUNDARY}\r\n{head}\r\n\r\n").into_bytes();
    part.extend_from_slice(content);
    part.extend_from_slice(b"\r\n");
    part
}

fn field(name: &str, value: &str) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes())
}

fn file(content_type: &str, bytes: &[u8]) -> Vec<u8> {
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.ogg\"";
    part(&format!("{head}\r\nContent-Type: {content_type}"), bytes)
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), format!("--{BOUNDARY}--\r\n").into_bytes()].concat()
}

/// A form that is right but for what is added.
fn upload(needed: &[(&str, &str)], more: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = vec![file("audio/ogg", b"OggS")];
    parts.extend(needed.iter().map(|(name, value)| field(name, value)));
    form(&[parts.concat(), more.concat()])
}

async fn send(app: &App, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    app.call("POST", path, &[("content-type", content_type)], body.into()).await
}

async fn send_upload(app: &App, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    send(app, path, &format!("multipart/form-data; boundary={BOUNDARY}"), body).await
}

/// Status, code and the place of the first wrong field.
fn told(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    let at = match &body["error"] {
        Value::Object(error) => error["param"].clone(),
        _ => body["errors"][0]["pointer"].clone(),
    };
    (answer.status.as_u16(), answer.code(), at.as_str().unwrap_or_default().to_owned())
}

fn assert_unavailable(answer: &Answer, asked: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (503, "engine_unavailable"),
        "{asked}"
    );
    assert_eq!(retry_after(&answer.headers), Some("60"), "{asked}");
}

fn retry_after(headers: &HeaderMap) -> Option<&str> {
    headers.get("retry-after")?.to_str().ok()
}

#[test]
fn a_valid_request_is_told_that_there_is_no_engine() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (path, body) in [
            (
                "/api/v1/ml/sentiment/analyze",
                json!({ "text": "Where is my order?? third time I ask",
                "include_emotions": true, "language": "auto", "context": "support" }),
            ),
            ("/api/v1/ml/sentiment/batch", json!({ "texts": ["a", "b"] })),
            (
                "/api/v1/ml/sentiment/batch",
                json!({ "items": [{ "id": "m1", "text": "a", "language": "pt" }],
                "include_emotions": false }),
            ),
            (
                "/api/v1/ml/sentiment/conversation",
                json!({ "messages": [
                { "role": "customer", "text": "a", "timestamp": "2026-11-23T08:00:00Z" },
                { "role": "agent", "text": "b", "timestamp": "2026-11-23T08:00:00Z" },
                { "role": "bot", "text": "c", "timestamp": "2026-11-23T10:00:00+01:00" }],
                "score_roles": ["customer"] }),
            ),
            (
                "/api/v1/ml/voice/transcribe",
                json!({ "media_id": "1234567890",
                "mime_type": "audio/ogg; codecs=opus", "language": "auto", "task": "transcribe",
                "word_timestamps": true, "model": "base", "vad": true }),
            ),
            (
                "/api/v1/ml/voice/transcribe",
                json!({ "audio_url": "https://media.example.com/a.ogg" }),
            ),
            ("/api/v1/ml/voice/transcribe", json!({ "audio_base64": "T2dnUw==" })),
            (
                "/api/v1/ml/translation/translate",
                json!({ "text": "Hello {{1}}", "target_language": "es",
                "source_language": "auto", "formality": "default", "preserve": ["{{1}}"], "glossary_id": null }),
            ),
            ("/api/v1/ml/translation/batch", json!({ "texts": ["a"], "target_language": "es" })),
            (
                "/api/v1/ml/translation/batch",
                json!({ "items": [{ "id": "1", "text": "a", "source_language": "pt_BR" }],
                "target_language": "es" }),
            ),
            ("/api/v1/ml/translation/detect-language", json!({ "text": "Olá" })),
            (
                "/api/v1/ml/translation/multilingual",
                json!({ "text": "Sale {{1}}!", "source_language": "en",
                "target_languages": ["es", "hi", "pt"] }),
            ),
            (
                "/translate",
                json!({ "q": "Hello", "source": "auto", "target": "es", "format": "text",
                "alternatives": 3, "api_key": "" }),
            ),
            ("/translate", json!({ "q": ["a", "b"], "source": "en", "target": "es" })),
            ("/detect", json!({ "q": "Olá" })),
        ] {
            assert_unavailable(&app.post(path, body.to_string()).await, &format!("{path} {body}"));
        }
        for (path, body) in [
            ("/translate", "q=Ol%C3%A1+a&source=pt&target=en&format=html"),
            ("/detect", "q=a&api_key=b"),
        ] {
            assert_unavailable(&send(&app, path, FORM, body).await, path);
        }
        for (path, needed) in UPLOADS {
            assert_unavailable(&send_upload(&app, path, upload(needed, &[])).await, path);
        }
        let all = [
            ("language", "auto"),
            ("word_timestamps", "true"),
            ("model", "base"),
            ("initial_prompt", "Müller"),
            ("vad", "false"),
        ];
        for (path, _) in UPLOADS.iter().take(2) {
            assert_unavailable(&send_upload(&app, path, upload(&all, &[])).await, path);
        }
        let all = [
            ("model", "whisper-1"),
            ("language", "pt"),
            ("prompt", ""),
            ("temperature", "0.2"),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("timestamp_granularities[]", "segment"),
            ("stream", "false"),
        ];
        let openai = send_upload(&app, UPLOADS[3].0, upload(&all, &[])).await;
        assert_unavailable(&openai, "every field of OpenAI");
        for path in [
            "voice/supported-languages",
            "translation/supported-languages",
            "translation/popular-languages",
        ] {
            assert_unavailable(&app.get(&format!("/api/v1/ml/{path}")).await, path);
        }
        assert_unavailable(&app.get("/languages").await, "/languages");
    });
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let app = Workspace::empty().into_app();
    let long = "x".repeat(10_001);
    let message = |role: &str, at: &str| json!({ "role": role, "text": "a", "timestamp": at });
    let (early, late) =
        (message("customer", "2026-11-23T08:00:00Z"), message("agent", "2026-11-23T09:00:00Z"));
    let many = |name: &str| json!({ name: vec!["a"; 1_001], "target_language": "es" });
    let texts = json!({ "texts": vec!["a"; 1_001] });
    let case = |path: &'static str, body: Value, code: &'static str, at: &'static str| {
        (path, body, code, at)
    };
    let (analyze, batch, conversation) =
        ("sentiment/analyze", "sentiment/batch", "sentiment/conversation");
    let (voice, translate, multi) =
        ("voice/transcribe", "translation/translate", "translation/multilingual");
    let cases = [
        case(analyze, json!({}), "missing_field", ""),
        case(analyze, json!({ "text": "" }), "invalid_field", "/text"),
        case(analyze, json!({ "text": " \n" }), "invalid_field", "/text"),
        case(analyze, json!({ "text": long }), "invalid_field", "/text"),
        case(analyze, json!({ "text": ["a"] }), "invalid_field", "/text"),
        case(analyze, json!({ "text": "a", "language": "english!" }), "invalid_field", "/language"),
        case(analyze, json!({ "text": "a", "context": "church" }), "invalid_field", "/context"),
        case(analyze, json!({ "text": "a", "emotions": true }), "unknown_field", ""),
        case(batch, json!({}), "missing_field", "/texts"),
        case(
            batch,
            json!({ "texts": ["a"], "items": [{ "text": "a" }] }),
            "missing_field",
            "/texts",
        ),
        case(batch, json!({ "texts": [] }), "invalid_field", "/texts"),
        case(batch, json!({ "texts": ["a", ""] }), "invalid_field", "/texts/1"),
        case(
            batch,
            json!({ "items": [{ "text": "a" }, { "txt": "a" }] }),
            "unknown_field",
            "/items/1",
        ),
        case(batch, json!({ "items": [["m1", "a", "pt"]] }), "invalid_field", "/items/0"),
        case(batch, texts, "batch_too_large", "/texts"),
        case(conversation, json!({ "messages": [] }), "invalid_field", "/messages"),
        case(
            conversation,
            json!({ "messages": [late, early] }),
            "invalid_field",
            "/messages/1/timestamp",
        ),
        case(conversation, json!({ "messages": [late] }), "invalid_field", "/messages"),
        case(
            conversation,
            json!({ "messages": [early], "score_roles": [] }),
            "invalid_field",
            "/score_roles",
        ),
        case(
            conversation,
            json!({ "messages": [message("boss", "2026-11-23T08:00:00Z")] }),
            "invalid_field",
            "/messages/0/role",
        ),
        case(
            conversation,
            json!({ "messages": [message("bot", "yesterday")] }),
            "invalid_field",
            "/messages/0/timestamp",
        ),
        case(voice, json!({}), "missing_field", "/media_id"),
        case(
            voice,
            json!({ "media_id": "1", "audio_base64": "AAAA" }),
            "missing_field",
            "/media_id",
        ),
        case(voice, json!({ "audio_url": "http://a.example/" }), "invalid_field", "/audio_url"),
        case(voice, json!({ "audio_url": "file:///etc/passwd" }), "invalid_field", "/audio_url"),
        case(voice, json!({ "audio_base64": "T2dnUw=" }), "invalid_field", "/audio_base64"),
        case(
            voice,
            json!({ "media_id": "1", "mime_type": "text/html" }),
            "invalid_field",
            "/mime_type",
        ),
        case(voice, json!({ "media_id": "1", "vad": "yes" }), "invalid_field", "/vad"),
        case(translate, json!({ "text": "a" }), "missing_field", ""),
        case(
            translate,
            json!({ "text": "a", "target_language": "auto" }),
            "invalid_field",
            "/target_language",
        ),
        case(
            translate,
            json!({ "text": "a", "target_language": "es", "preserve": ["b", "b"] }),
            "invalid_field",
            "/preserve/1",
        ),
        case("translation/batch", many("texts"), "batch_too_large", "/texts"),
        case("translation/batch", json!({ "texts": ["a"] }), "missing_field", ""),
        case("translation/detect-language", json!({ "text": 7 }), "invalid_field", "/text"),
        case(
            multi,
            json!({ "text": "a", "target_languages": [] }),
            "invalid_field",
            "/target_languages",
        ),
        case(
            multi,
            json!({ "text": "a", "target_languages": ["es", "es"] }),
            "invalid_field",
            "/target_languages/1",
        ),
        case(
            multi,
            json!({ "text": "a", "target_languages": vec!["es"; 51] }),
            "invalid_field",
            "/target_languages",
        ),
    ];
    block_on(async {
        for (path, body, code, at) in cases {
            let answer = app.post(&format!("/api/v1/ml/{path}"), body.to_string()).await;
            let (status, found, place) = told(&answer);
            let shown: String = body.to_string().chars().take(80).collect();
            assert_eq!(
                (found.as_str(), place.starts_with(at)),
                (code, true),
                "{path} {shown}: {place}"
            );
            assert_eq!(status, if code == "batch_too_large" { 413 } else { 422 }, "{path} {shown}");
            let text = String::from_utf8_lossy(&answer.body);
            assert!(!text.contains("xxxx"), "a text came back: {path}");
        }
        let texts = app.post("/api/v1/ml/sentiment/analyze?language=pt", r#"{"text":"a"}"#).await;
        assert_eq!(told(&texts).0, 400);
        let plain =
            send(&app, "/api/v1/ml/sentiment/analyze", "text/plain", r#"{"text":"a"}"#).await;
        assert_eq!(told(&plain).0, 415);
    });
}

/// Forms that are wrong for every route that takes a recording.
fn bad_uploads(needed: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let whole = upload(needed, &[]);
    let fields: Vec<Vec<u8>> = needed.iter().map(|(name, value)| field(name, value)).collect();
    let with = |parts: &[Vec<u8>]| form(&[fields.concat(), parts.concat()]);
    let end = format!("--{BOUNDARY}--\r\n");
    let mut bodies: Vec<Vec<u8>> = [
        "".to_owned(),
        "{}".to_owned(),
        "file=a".to_owned(),
        format!("--{BOUNDARY}"),
        format!("--{BOUNDARY}\r\n"),
        format!("--{BOUNDARY}\r\n\r\nOggS\r\n{end}"),
        format!("--{BOUNDARY}\r\nContent-Type: audio/ogg\r\n\r\nOggS\r\n{end}"),
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nOggS\r\n{end}"),
        format!("--{BOUNDARY}\r\nContent-Disposition\r\n\r\nOggS\r\n{end}"),
        format!("--{BOUNDARY}\r\n: form-data; name=\"file\"\r\n\r\nOggS\r\n{end}"),
        format!("--{BOUNDARY}\r\n{}\r\n\r\nOggS\r\n{end}", "x: y\r\n".repeat(100)),
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"\r\nx: {}",
            "y".repeat(200_000)
        ),
        "--other\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nOggS\r\n--other--"
            .to_owned(),
        "-".repeat(1_000_000),
        end.clone(),
    ]
    .map(String::into_bytes)
    .into();
    bodies.extend([
        // Without a recording, with an empty one, with two.
        with(&[]),
        with(&[field("FILE", "OggS")]),
        with(&[file("audio/ogg", b"")]),
        with(&[file("audio/ogg", b"OggS"), file("audio/ogg", b"OggS")]),
        // Of a type that is no sound.
        with(&[file("text/html", b"<p>")]),
        with(&[file("application/json", b"{}")]),
        // Cut off.
        whole[..whole.len() - 12].to_vec(),
        whole[..60].to_vec(),
        // More than there may be.
        upload(needed, &vec![field("x", "y"); 40]),
        upload(needed, &[field("prompt", &"x".repeat(20_000))]),
        upload(needed, &[part("Content-Disposition: form-data; name=\"x\"", b"\xff\xfe")]),
        whole.iter().map(|byte| byte ^ 0x20).collect(),
        vec![0; 64],
    ]);
    bodies
}

#[test]
fn no_form_makes_an_upload_fail_on_our_side() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (path, needed) in UPLOADS {
            let bodies = bad_uploads(needed);
            assert!(bodies.len() >= 20);
            for body in bodies {
                let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
                let answer = send_upload(&app, path, body).await;
                let code = answer.code();
                assert!(answer.status.is_client_error(), "{path} {shown}: {code}");
                assert!(answer.body.len() < 20_000, "{path} {shown}");
            }
            for content_type in [
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/mixed; boundary=7da3f0",
                "application/json",
                FORM,
                "",
            ] {
                let answer = send(&app, path, content_type, upload(needed, &[])).await;
                assert_eq!(told(&answer).0, 415, "{path} {content_type}");
            }
        }
    });
}

#[test]
fn fields_of_uploads_are_checked() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (name, value, code, at) in [
            ("language", "", "invalid_field", "/language"),
            ("language", "english!", "invalid_field", "/language"),
            ("vad", "yes", "invalid_field", "/vad"),
            ("word_timestamps", "1", "invalid_field", "/word_timestamps"),
            ("model", "../x y", "invalid_field", "/model"),
            ("task", "translate", "unknown_field", ""),
        ] {
            let body = upload(&[(name, value)], &[]);
            let (status, found, place) = told(&send_upload(&app, UPLOADS[0].0, body).await);
            assert_eq!(
                (status, found.as_str(), place.starts_with(at)),
                (422, code, true),
                "{name}={value}"
            );
        }
        for (name, value, at) in [
            ("temperature", "NaN", "/temperature"),
            ("temperature", "1.5", "/temperature"),
            ("temperature", "warm", "/temperature"),
            ("response_format", "xml", "/response_format"),
            ("language", "e", "/language"),
            ("timestamp_granularities[]", "word", "/timestamp_granularities[]"),
            ("timestamp_granularities[]", "letter", "/timestamp_granularities[]"),
        ] {
            let body = upload(&[("model", "whisper-1"), (name, value)], &[]);
            let (status, found, place) = told(&send_upload(&app, UPLOADS[3].0, body).await);
            assert_eq!((status, found.as_str()), (422, "invalid_field"), "{name}={value}");
            assert!(place.starts_with(at), "{name}={value}: {place}");
        }
        let without = send_upload(&app, UPLOADS[3].0, upload(&[], &[])).await;
        assert_eq!(told(&without).1, "missing_field");
    });
}

#[test]
fn recordings_have_a_limit() {
    let workspace = Workspace::empty();
    let app =
        App::new(Config { audio_bytes_max: 1_000, body_bytes_max: 1_000, ..workspace.config() });
    block_on(async {
        let path = UPLOADS[0].0;
        let fits = send_upload(&app, path, form(&[file("audio/ogg", &[7; 1_000])])).await;
        assert_unavailable(&fits, "a recording of just the limit");
        let long = send_upload(&app, path, form(&[file("audio/ogg", &[7; 1_001])])).await;
        assert_eq!(told(&long), (413, "body_too_large".to_owned(), "/file".to_owned()));
        let longer = send_upload(&app, path, form(&[file("audio/ogg", &vec![7; 3_000_000])])).await;
        assert_eq!(told(&longer).0, 413);
        let said = [
            ("content-type", "multipart/form-data; boundary=7da3f0"),
            ("content-length", "99999999999"),
        ];
        assert_eq!(told(&app.call("POST", path, &said, "").await).0, 413);
        let inside = json!({ "audio_base64": "A".repeat(2_000) }).to_string();
        assert_eq!(told(&app.post("/api/v1/ml/voice/transcribe", inside).await).0, 413);
    });
}

#[test]
fn forms_of_libretranslate_are_checked_in_their_own_form_of_errors() {
    let app = Workspace::empty().into_app();
    let many = "q=a&".repeat(40);
    let long = format!("q={}&source=en&target=es", "x".repeat(10_001));
    let wrong = [
        "",
        "q",
        "q=",
        "q=+&source=en&target=es",
        "q=a",
        "q=a&source=en",
        "q=a&target=es",
        "q=a&source=&target=es",
        "q=a&source=en&target=",
        "q=a&source=en&target=auto",
        "q=a&source=en&target=es&format=pdf",
        "q=a&source=en&target=es&alternatives=-1",
        "q=a&source=en&target=es&alternatives=11",
        "q=a&source=en&target=es&alternatives=many",
        "q=a&q=b&source=en&target=es",
        "q[]=a&source=en&target=es",
        "{\"q\":\"a\"}",
        "%%%",
        "&&&&",
        "=",
        "q=%00%ff&source=%ff&target=%ff",
        &many,
        &long,
    ];
    assert!(wrong.len() >= 20);
    block_on(async {
        for body in wrong {
            let answer = send(&app, "/translate", FORM, body).await;
            assert!(answer.status.is_client_error(), "{body}: {}", answer.status);
            assert!(answer.json()["error"].is_string(), "{body}");
            assert_eq!(answer.headers["content-type"], "application/json");
        }
        for body in ["", "q=", "text=a"] {
            assert_eq!(send(&app, "/detect", FORM, body).await.status, 422, "{body}");
        }
        for content_type in ["text/plain", "", "multipart/form-data; boundary=a"] {
            let answer = send(&app, "/translate", content_type, "q=a&source=en&target=es").await;
            assert_eq!(answer.code(), "unsupported_media_type", "{content_type}");
        }
        let queried = send(&app, "/detect?q=a", FORM, "q=a").await;
        assert_eq!(queried.code(), "invalid_parameter");
    });
}
