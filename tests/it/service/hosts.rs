//! Host names, origins, content types, addresses.

use axum::body::Body;
use axum::http::Request;
use chatsignal_native::service::{AppState, Config, Scope, ServeError};

use super::support::{Answer, App, Workspace, block_on};

const PREDICT: &str = "/api/v1/ml/models/lead-scoring/predict";

fn request(host: &str, origin: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method("POST").uri(PREDICT).header("host", host);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    let request = request.header("content-type", "application/json");
    request.body(Body::from(r#"{"features":{}}"#)).expect("a request")
}

#[test]
fn names_and_pages_of_others_are_refused_on_loopback() {
    let app = Workspace::empty().into_app();
    block_on(async {
        assert_eq!(app.send(request("localhost:8080", None)).await.status, 200);
        assert_eq!(
            app.send(request("127.0.0.1:8080", Some("http://127.0.0.1:8080"))).await.status,
            200
        );
        assert_eq!(app.send(request("rebound.example", None)).await.code(), "forbidden");
        for origin in ["https://evil.example", "null", "http://localhost:3000"] {
            let answer = app.send(request("localhost:8080", Some(origin))).await;
            assert_eq!(answer.code(), "forbidden", "{origin}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
        let nameless = Request::builder().uri("/api/v1/ml/health").body(Body::empty());
        assert_eq!(app.send(nameless.expect("a request")).await.code(), "forbidden");
        // Probes call by address.
        let probe = Request::builder().uri("/livez").header("host", "10.1.2.3:8080");
        assert_eq!(app.send(probe.body(Body::empty()).expect("a request")).await.status, 200);
    });
}

#[test]
fn a_form_of_another_page_cannot_send_json() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonp",
        ] {
            let answer = app.call("POST", PREDICT, &[("content-type", content_type)], "{}").await;
            assert_eq!(answer.code(), "unsupported_media_type", "{content_type}");
        }
        assert_eq!(app.call("POST", PREDICT, &[], "{}").await.code(), "unsupported_media_type");
        let charset = [("content-type", "Application/JSON; charset=utf-8")];
        assert_eq!(app.call("POST", PREDICT, &charset, r#"{"features":{}}"#).await.status, 200);
    });
}

#[test]
fn pages_that_were_allowed_may_call_and_no_others() {
    let page = "https://app.example.com";
    let workspace = Workspace::empty();
    let app = App::new(Config { cors_origins: vec![page.to_owned()], ..workspace.config() });
    block_on(async {
        let answer = app.send(request("localhost", Some(page))).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["access-control-allow-origin"]),
            (200, &page.parse().expect("a header"))
        );
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        let listed = |answer: &Answer, name: &str| {
            answer.headers[name].to_str().expect("text").to_ascii_lowercase()
        };
        let exposed = listed(&answer, "access-control-expose-headers");
        for name in ["etag", "idempotent-replayed", "retry-after", "traceparent", "x-request-id"] {
            assert!(exposed.split(',').any(|exposed| exposed.trim() == name), "{name}: {exposed}");
        }
        let ask = |origin: &'static str| {
            Request::builder()
                .method("OPTIONS")
                .uri(PREDICT)
                .header("host", "localhost")
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,content-type")
                .body(Body::empty())
                .expect("a request")
        };
        let answer = app.send(ask(page)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["access-control-allow-origin"], page);
        let allowed = listed(&answer, "access-control-allow-headers");
        for name in ["authorization", "idempotency-key", "if-none-match", "last-event-id"] {
            assert!(allowed.split(',').any(|allowed| allowed.trim() == name), "{name}: {allowed}");
        }
        assert_eq!(app.send(ask("https://evil.example")).await.status, 403);
    });
}

#[test]
fn a_public_address_needs_keys() {
    let workspace = Workspace::empty();
    let public = || Config {
        listen: "0.0.0.0:0".parse().expect("an address"),
        allowed_hosts: vec!["scores.example.com".to_owned()],
        ..workspace.config()
    };
    let refused = AppState::open(public());
    assert!(matches!(refused, Err(ServeError::PublicWithoutKeys { .. })), "{refused:?}");
    workspace.key("default", &[Scope::Score]);
    let app = App::new(public());
    block_on(async {
        assert_eq!(app.send(request("scores.example.com", None)).await.code(), "unauthorized");
        assert_eq!(app.send(request("localhost", None)).await.code(), "forbidden");
    });
}
