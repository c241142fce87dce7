//! Health, readiness, metrics, pages.

use chatsignal_native::service::Scope;
use serde_json::json;

use super::support::{Workspace, block_on};

#[test]
fn health_is_short_for_everyone_and_long_for_those_with_a_key() {
    let workspace = Workspace::simulated();
    let key = format!("Bearer {}", workspace.key("default", &[Scope::Score]));
    let app = workspace.app();
    block_on(async {
        let short = app.get("/api/v1/ml/health").await.json();
        assert_eq!(short["status"], "ok");
        assert!(short.get("phase2").is_none());
        let detail = "/api/v1/ml/health?detail=true";
        assert_eq!(app.get(detail).await.code(), "unauthorized");
        let long = app.call("GET", detail, &[("authorization", &key)], "").await.json();
        assert_eq!(long["phase2"]["lead_scoring"]["version"], "1");
        assert_eq!(long["phase1"]["voice"]["status"], "unavailable");
        assert_eq!(long["checks"]["database"], "ok");
        assert_eq!(app.get("/api/v1/ml/health?details=true").await.code(), "invalid_parameter");
    });
}

#[test]
fn a_caller_is_told_what_its_key_may_do() {
    let workspace = Workspace::empty();
    let open = block_on(workspace.app().get("/api/v1/me")).json();
    assert_eq!(
        (&open["tenant"], &open["scopes"]),
        (&json!("default"), &json!(Scope::ALL.map(Scope::as_str)))
    );
    let key = format!("Bearer {}", workspace.key("other", &[Scope::Train, Scope::Score]));
    let app = workspace.app();
    block_on(async {
        assert_eq!(app.get("/api/v1/me").await.code(), "unauthorized");
        let me = app.call("GET", "/api/v1/me", &[("authorization", &key)], "").await.json();
        assert_eq!((&me["tenant"], &me["scopes"]), (&json!("other"), &json!(["score", "train"])));
        assert!(me["now"].is_string());
    });
}

#[test]
fn readiness_follows_the_service_and_life_does_not() {
    let app = Workspace::empty().into_app();
    block_on(async {
        assert_eq!(app.get("/readyz").await.body, b"ready");
        app.state.set_ready(false);
        let answer = app.get("/readyz").await;
        assert_eq!(answer.code(), "overloaded");
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(app.get("/livez").await.body, b"ok");
    });
}

#[test]
fn metrics_count_by_route_template() {
    let app = Workspace::empty().into_app();
    block_on(async {
        app.get("/livez").await;
        app.get("/secret-4915112345").await;
        let text = String::from_utf8(app.get("/metrics").await.body).expect("text");
        let line =
            "chatsignal_http_requests_total{method=\"GET\",route=\"/livez\",status=\"200\"} 1";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("chatsignal_problems_total{code=\"not_found\"} 1"), "{text}");
        assert!(!text.contains("4915112345"));
        assert!(text.ends_with("# EOF\n"));
    });
}

#[test]
fn every_answer_has_identity_and_security_headers() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for path in ["/livez", "/nope", "/docs", "/openapi.json", "/api/v1/ml/health"] {
            let answer = app.get(path).await;
            for name in ["x-request-id", "content-security-policy", "referrer-policy"] {
                assert!(answer.headers.contains_key(name), "{path} without {name}");
            }
            assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(answer.headers["x-frame-options"], "DENY", "{path}");
        }
        let wrong = app.call("DELETE", "/api/v1/ml/health", &[], "").await;
        assert_eq!(wrong.code(), "method_not_allowed");
        assert!(wrong.headers.contains_key("allow"));
        assert!(wrong.json()["detail"].is_string());
    });
}

#[test]
fn what_an_error_means_is_where_its_type_points_to() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for path in ["/nope", "/api/v1/webhooks/whatsapp/%ff", "/docs/%ff", "/problems/nope"] {
            let answer = app.get(path).await;
            assert_eq!(answer.code(), "not_found", "{path}");
            let about = answer.json()["type"].as_str().expect("a type").to_owned();
            let page = app.get(&about).await;
            let text = String::from_utf8(page.body).expect("text");
            assert!(page.status == 200 && text.contains("HTTP status 404, code not_found"));
        }
    });
}

#[test]
fn the_pages_come_from_the_program_alone() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let page = String::from_utf8(app.get("/docs").await.body).expect("text");
        assert!(page.contains("swagger-ui-bundle.js") && !page.contains("http"), "{page}");
        for file in ["swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png"] {
            let answer = app.get(&format!("/docs/{file}")).await;
            assert_eq!(answer.status, 200, "{file}");
            let policy = answer.headers["content-security-policy"].to_str().expect("text");
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe-eval"));
        }
        for file in ["..%2fCargo.toml", "package.json", "index.html"] {
            assert_eq!(app.get(&format!("/docs/{file}")).await.code(), "not_found", "{file}");
        }
    });
}

#[test]
fn the_dashboard_needs_no_key_and_keeps_the_rules_of_every_answer() {
    let workspace = Workspace::empty();
    workspace.key("default", &[Scope::Score]);
    let app = workspace.app();
    block_on(async {
        assert_eq!(app.get("/api/v1/contacts").await.code(), "unauthorized");
        let page = app.get("/").await;
        assert_eq!(page.status, 200);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(page.headers["cache-control"], "no-cache");
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(app.call("POST", "/", &[], "").await.code(), "method_not_allowed");
        let head = app.call("HEAD", "/", &[], "").await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        for headers in [[("host", "evil.example")], [("origin", "https://evil.example")]] {
            let answer = app.call("GET", "/", &headers, "").await;
            assert_eq!(answer.status, 403, "{headers:?}");
        }
    });
}
