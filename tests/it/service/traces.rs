//! W3C Trace Context in and out, and spans at a collector.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::body::Body;
use chatsignal_native::service::Server;
use chatsignal_native::service::config::Layers;
use serde_json::Value;

use super::sockets::http;
use super::support::{Workspace, block_on};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const PREDICT: &str = "/api/v1/ml/models/lead-scoring/predict";

#[test]
fn the_callers_trace_goes_on_and_a_damaged_one_begins_anew() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let header = format!("00-{TRACE}-{PARENT}-01");
        let answer =
            app.call("GET", "/livez", &[("traceparent", header.as_str())], Body::empty()).await;
        let told = answer.headers["traceparent"].to_str().expect("text").to_owned();
        assert!(told.starts_with(&format!("00-{TRACE}-")) && !told.contains(PARENT), "{told}");
        for damaged in ["", "x", "00-0-0-01", "\u{e4}"] {
            let header = [("traceparent", damaged)];
            let answer = app.call("GET", "/livez", &header, Body::empty()).await;
            assert_eq!(answer.status, 200);
            let told = answer.headers["traceparent"].to_str().expect("text");
            assert_eq!(told.len(), 55, "{told}");
            assert!(!told.contains(TRACE));
        }
    });
}

/// Takes one request a connection, so many of them, and answers 200: the bodies.
fn collect(listener: TcpListener, requests: usize) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for stream in listener.incoming().take(requests) {
        let mut stream = stream.expect("a connection");
        let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut buffer).expect("reads");
            text.extend_from_slice(&buffer[..count]);
            let whole = String::from_utf8_lossy(&text).into_owned();
            let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            if body.len() >= length {
                let body = serde_json::from_str(body).expect("JSON");
                found.push((head.to_owned(), body));
                break;
            }
            assert!(count > 0, "cut off");
        }
        let ok =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(ok).expect("writes");
    }
    found
}

fn config(
    workspace: &Workspace,
    scheme: &str,
    endpoint: SocketAddr,
) -> chatsignal_native::service::Config {
    let flags = [("otlp_endpoint".to_owned(), format!("{scheme}://{endpoint}"))].into();
    let layers = Layers { flags, file: None };
    let read = layers.config(|_| None).expect("an endpoint");
    chatsignal_native::service::Config { otlp_endpoint: read.otlp_endpoint, ..workspace.config() }
}

#[test]
fn spans_reach_the_collector_with_nothing_of_the_caller_in_them() {
    let workspace = Workspace::empty();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = listener.local_addr().expect("an address");
    let collector = std::thread::spawn(move || collect(listener, 1));
    let config = config(&workspace, "http", endpoint);
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let client = tokio::task::spawn_blocking(move || {
            let trace = format!("traceparent: 00-{TRACE}-{PARENT}-01\r\n");
            http(address, "POST", PREDICT, &trace, r#"{"lead_id":"canary","features":{"x":1}}"#);
            let off = format!("traceparent: 00-{TRACE}-{PARENT}-00\r\n");
            http(address, "GET", "/livez?canary=1", &off, "");
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
    let found = collector.join().expect("the collector ran");
    let (head, body) = &found[0];
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    let resource = &body["resourceSpans"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "chatsignal");
    let spans = resource["scopeSpans"][0]["spans"].as_array().expect("spans");
    assert_eq!(spans.len(), 1, "what is not sampled is not sent");
    let span = &spans[0];
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&TRACE.into(), &PARENT.into()));
    assert_eq!(span["name"], format!("POST {PREDICT}"));
    assert_eq!(span["kind"], 2);
    let attribute = |key: &str| {
        let all = span["attributes"].as_array().expect("attributes");
        all.iter().find(|attribute| attribute["key"] == key).map(|found| found["value"].clone())
    };
    assert_eq!(attribute("http.response.status_code").expect("there")["intValue"], "422");
    assert_eq!(attribute("error.type").expect("there")["stringValue"], "unknown_feature");
    let ns = |name: &str| span[name].as_str().expect("text").parse::<u64>().expect("a number");
    assert!(ns("startTimeUnixNano") <= ns("endTimeUnixNano"));
    assert!(!body.to_string().contains("canary"));
}

#[test]
fn a_collector_that_is_not_there_costs_nothing_but_a_count() {
    for scheme in ["http", "https"] {
        let workspace = Workspace::empty();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = listener.local_addr().expect("an address");
        // What speaks no TLS is none for https; nothing listens for http.
        let deaf = (scheme == "https").then(|| {
            std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a connection");
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("writes");
            })
        });
        let config = config(&workspace, scheme, endpoint);
        block_on(async {
            let server = Server::start(config).await.expect("starts");
            let address = server.address();
            let client = tokio::task::spawn_blocking(move || {
                assert_eq!(http(address, "GET", "/livez", "", "").0, 200);
                std::thread::sleep(Duration::from_millis(1_500));
                http(address, "GET", "/metrics", "", "").1
            });
            let metrics = client.await.expect("the client ran");
            let dropped = "chatsignal_spans_dropped_total";
            let line = metrics.lines().find(|line| line.starts_with(dropped));
            assert_eq!(line, Some(format!("{dropped} 1").as_str()), "{scheme}");
            assert!(server.stop().await);
        });
        deaf.into_iter().for_each(|deaf| deaf.join().expect("ran"));
    }
}
