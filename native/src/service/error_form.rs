//! The form of an error: RFC 9457, but for routes of other people's protocols, whose clients look
//! for the form of theirs.

use axum::http::HeaderValue;
use chatsignal_api::error::Problem;
use chatsignal_api::inference::PlainError;
use chatsignal_api::openai::{OpenAiError, OpenAiProblem};
use serde::Serialize;

/// How errors of a route look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    /// RFC 9457.
    Problem,
    /// `{"error": text}`: the Open Inference Protocol and LibreTranslate.
    Plain,
    /// `{"error": {"message": ...}}`: OpenAI.
    OpenAi,
}

impl ErrorForm {
    /// The form of a path's errors.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/v2" | "/translate" | "/detect" | "/languages" => Self::Plain,
            path if path.starts_with("/v2/") => Self::Plain,
            path if path.starts_with("/v1/") => Self::OpenAi,
            _ => Self::Problem,
        }
    }

    /// Content type and body.
    pub(crate) fn write(self, problem: Problem) -> (HeaderValue, Vec<u8>) {
        fn json(value: &impl Serialize) -> Vec<u8> {
            serde_json::to_vec(value).unwrap_or_default()
        }
        let code = problem.code;
        let (content_type, body) = match self {
            Self::Problem => ("application/problem+json", json(&problem)),
            Self::Plain => ("application/json", json(&PlainError { error: words(&problem), code })),
            Self::OpenAi => {
                let ours = problem.status >= 500;
                let kind = if ours { "server_error" } else { "invalid_request_error" };
                let error = OpenAiProblem {
                    message: words(&problem),
                    kind: kind.to_owned(),
                    param: problem.errors.first().map(|error| error.pointer.clone()),
                    code,
                };
                ("application/json", json(&OpenAiError { error }))
            }
        };
        (HeaderValue::from_static(content_type), body)
    }
}

/// A problem in one line.
fn words(problem: &Problem) -> String {
    let mut text = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
    for error in &problem.errors {
        text += &format!("; {}: {}", error.pointer, error.detail);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_api::error::ErrorCode;

    #[test]
    fn every_protocol_has_its_form() {
        let problem = || Problem::new(ErrorCode::InvalidField).at("/inputs/0", "is wrong");
        let body = |path: &str| {
            let (_, body) = ErrorForm::of(path).write(problem());
            serde_json::from_slice::<serde_json::Value>(&body).expect("JSON")
        };
        let plain = body("/v2/models/lead/infer");
        assert_eq!(plain["error"], "Invalid field; /inputs/0: is wrong");
        assert_eq!(plain["code"], "invalid_field");
        let openai = body("/v1/audio/transcriptions");
        assert_eq!(openai["error"]["type"], "invalid_request_error");
        assert_eq!(openai["error"]["param"], "/inputs/0");
        assert_eq!(body("/api/v1/contacts")["status"], 422);
    }
}
