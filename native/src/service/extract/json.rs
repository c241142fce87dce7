//! JSON bodies, strictly: errors name the place by JSON pointer.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use chatsignal_api::error::ErrorCode;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::body;
use crate::service::error::ApiError;
use crate::service::state::AppState;

/// Longest word of a parser that goes into an answer, characters.
const DETAIL_CHARS_MAX: usize = 300;

/// The content type of JSON.
pub(super) const JSON: &str = "application/json";

/// A JSON body as it came: the content type is checked, the content is not.
#[derive(Debug)]
pub(crate) struct RawJson(pub(crate) Bytes);

impl FromRequest<AppState> for RawJson {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        demand_json(&parts.headers)?;
        body::read(&parts.headers, body, state.config.body_bytes_max, &state.config).await.map(Self)
    }
}

/// Whether the content type is this one, whatever its parameters are.
pub(super) fn is_type(headers: &HeaderMap, essence: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let given = value.map(|value| value.split(';').next().unwrap_or_default().trim());
    given.is_some_and(|given| given.eq_ignore_ascii_case(essence))
}

/// A form of another page can send any body but no JSON content type without asking first.
fn demand_json(headers: &HeaderMap) -> Result<(), ApiError> {
    if is_type(headers, JSON) {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::UnsupportedMediaType)
        .detail("send Content-Type: application/json"))
}

/// The text of a body. JSON is UTF-8 (RFC 8259, 8.1); checked once as a whole, it need not be checked
/// string by string.
pub(super) fn text(bytes: &[u8]) -> Result<&str, ApiError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let detail = format!("the body is not UTF-8 from byte {} on", error.valid_up_to());
        ApiError::new(ErrorCode::InvalidJson).detail(detail)
    })
}

/// Reads an object; `at` is the pointer of the whole inside a greater document.
pub(crate) fn read_json<T: DeserializeOwned>(bytes: &[u8], at: &str) -> Result<T, ApiError> {
    let text = text(bytes)?;
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    // Where an object is due, the reader of structures would take a list of values too.
    if first == Some(&b'{') {
        if let Ok(value) = serde_json::from_str(text) {
            return Ok(value);
        }
    } else if let Ok(serde::de::IgnoredAny) = serde_json::from_str(text) {
        return Err(ApiError::new(ErrorCode::InvalidField).at(at, "must be an object"));
    }
    // Something is wrong: read again, keeping count of the place.
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => {
            let pointer = format!("{at}{}", pointer(error.path()));
            Err(refusal(&error.into_inner(), pointer))
        }
        Ok(_) => match reader.end() {
            Err(error) => Err(refusal(&error, at.to_owned())),
            Ok(()) => Err(ApiError::internal("a body was refused and then taken")),
        },
    }
}

/// What a reader of structures found, by the code of its kind and its place.
pub(super) fn refusal(error: &serde_json::Error, pointer: String) -> ApiError {
    let text = error.to_string();
    // The place is told by the pointer; line and column help where it is no JSON at all.
    let detail = text.split(" at line ").next().unwrap_or_default();
    let detail: String = detail.chars().take(DETAIL_CHARS_MAX).collect();
    if !error.is_data() {
        let detail: String = text.chars().take(DETAIL_CHARS_MAX).collect();
        return ApiError::new(ErrorCode::InvalidJson).detail(detail);
    }
    let code = if detail.starts_with("unknown field") {
        ErrorCode::UnknownField
    } else if detail.starts_with("missing field") {
        ErrorCode::MissingField
    } else {
        ErrorCode::InvalidField
    };
    ApiError::new(code).at(pointer, detail)
}

/// A path as a JSON pointer (RFC 6901).
pub(super) fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |mut pointer, segment| {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        pointer
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_api::send_time::OptimalTimeRequest;

    fn refused(body: &str) -> (ErrorCode, String) {
        let error = read_json::<OptimalTimeRequest>(body.as_bytes(), "").expect_err(body);
        let pointer = error.problem.errors.first().map(|e| e.pointer.clone());
        (error.problem.code, pointer.unwrap_or_default())
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_wherever_they_stand() {
        for body in [&b"{\"q\":\"\xff\"}"[..], b"{\"q\":\"a\",\"skipped\":\"\xff\"}", b"[\"\xff\"]"]
        {
            let error = read_json::<serde::de::IgnoredAny>(body, "").expect_err("no text");
            assert_eq!(error.problem.code, ErrorCode::InvalidJson);
            assert!(error.problem.detail.is_some_and(|detail| detail.contains("not UTF-8")));
        }
    }

    #[test]
    fn errors_have_their_code_and_place() {
        use ErrorCode::{InvalidField, InvalidJson, MissingField, UnknownField};
        for (body, code, pointer) in [
            ("", InvalidJson, ""),
            ("{", InvalidJson, ""),
            ("{} {}", InvalidJson, ""),
            ("[]", InvalidField, ""),
            ("null", InvalidField, ""),
            (r#"{"features":{"a":NaN}}"#, InvalidJson, ""),
            (r#"{"features":{"a":1e999}}"#, InvalidJson, ""),
            (r#"{"contact_id":"\ud800"}"#, InvalidJson, ""),
            (r#"{"features":{"a":"1"}}"#, InvalidField, "/features/a"),
            (r#"{"features":{"a":1,"a":2}}"#, InvalidField, "/features"),
            (r#"{"features":[]}"#, InvalidField, "/features"),
            (r#"{"message":[]}"#, InvalidField, "/message"),
            (r#"{"message":{"lenght":5}}"#, UnknownField, "/message"),
            (r#"{"quiet_hours":{"start":"21:00"}}"#, MissingField, "/quiet_hours"),
            (r#"{"quiet_hours":["21:00","08:00"]}"#, InvalidField, "/quiet_hours"),
            (r#"{"hours_to_test":[9,300]}"#, InvalidField, "/hours_to_test/1"),
            (r#"{"seed":-1}"#, InvalidField, "/seed"),
            (r#"{"seed":1,"seed":2}"#, InvalidField, ""),
        ] {
            let (found, place) = refused(body);
            assert_eq!(found, code, "{body}");
            assert!(place.starts_with(pointer), "{body}: {place}");
        }
        let deep = format!("{{\"contact_id\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(refused(&deep).0, InvalidField);
        let deep = format!("{{\"features\":{}", "{\"a\":".repeat(100_000));
        assert_eq!(refused(&deep).0, InvalidField);
    }
}
