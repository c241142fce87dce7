//! Spans in the form of OTLP over HTTP with JSON (OpenTelemetry protocol 1, `POST /v1/traces`).

use reqwest::Url;
use serde_json::{Value, json};

use super::context::TraceContext;

/// `SPAN_KIND_SERVER`.
const KIND_SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const STATUS_ERROR: u8 = 2;

/// A collector: `http://host:port` or `https://host:port`, with a path where it is not `/v1/traces`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(pub(super) Url);

impl Endpoint {
    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rule = "write http://host:port or https://host:port of a collector, without a user";
        let mut url: Url = text.parse().map_err(|error| format!("{rule}: {error}"))?;
        let known = matches!(url.scheme(), "http" | "https");
        if !known || !url.username().is_empty() || url.password().is_some() {
            return Err(rule.to_owned());
        }
        if url.path() == "/" {
            url.set_path("/v1/traces");
        }
        Ok(Self(url))
    }

    /// Whether it is reached without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

/// One answered request.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) context: TraceContext,
    pub(crate) method: &'static str,
    /// The route's template.
    pub(crate) route: String,
    pub(crate) status: u16,
    /// Code of the error.
    pub(crate) code: Option<&'static str>,
    /// Begin and end, nanoseconds since 1970.
    pub(crate) times_ns: [u64; 2],
}

impl Span {
    fn json(&self) -> Value {
        let text =
            |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
        let mut attributes = vec![
            text("http.request.method", self.method),
            text("http.route", &self.route),
            json!({
                "key": "http.response.status_code",
                "value": { "intValue": self.status.to_string() },
            }),
        ];
        attributes.extend(self.code.map(|code| text("error.type", code)));
        let parent = self.context.parent.map(|parent| format!("{parent:016x}"));
        // Of a server's span only its own failures are errors.
        let status = if self.status >= 500 { json!({ "code": STATUS_ERROR }) } else { json!({}) };
        json!({
            "traceId": self.context.trace.to_string(),
            "spanId": format!("{:016x}", self.context.span),
            "parentSpanId": parent.unwrap_or_default(),
            "name": format!("{} {}", self.method, self.route),
            "kind": KIND_SERVER,
            "startTimeUnixNano": self.times_ns[0].to_string(),
            "endTimeUnixNano": self.times_ns[1].to_string(),
            "attributes": attributes,
            "status": status,
        })
    }
}

/// The body of one request to the collector.
pub(super) fn body(spans: &[Span]) -> Vec<u8> {
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let resource = json!({
        "attributes": [
            text("service.name", "chatsignal"),
            text("service.version", env!("CARGO_PKG_VERSION")),
        ],
    });
    let spans: Vec<Value> = spans.iter().map(Span::json).collect();
    let scope = json!({ "name": "chatsignal", "version": env!("CARGO_PKG_VERSION") });
    json!({
        "resourceSpans": [{
            "resource": resource,
            "scopeSpans": [{ "scope": scope, "spans": spans }],
        }],
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read() {
        let read = |text: &str| Endpoint::parse(text).map(|endpoint| endpoint.0.to_string());
        let of = |text: &str| Ok(text.to_owned());
        assert_eq!(read("http://127.0.0.1:4318"), of("http://127.0.0.1:4318/v1/traces"));
        assert_eq!(read("https://otel/"), of("https://otel/v1/traces"));
        assert_eq!(read("http://[::1]:4318/own/path"), of("http://[::1]:4318/own/path"));
        for text in ["", "otel:4318", "ftp://otel:4318", "http://", "http://a@b:1", "file:///etc"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
