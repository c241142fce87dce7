//! `POST /events`: a stream is counted, bounded, paced, and harmless to repeat.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use axum::body::Body;
use chatsignal_native::service::{Config, Server};
use chatsignal_native::store::Store;
use serde_json::{Value, json};

use super::support::{Answer, App, Workspace, block_on, connect};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

/// A rating of contact `contact` at `ms`.
fn line(contact: &str, ms: u64) -> String {
    json!({"v": 1, "type": "csat", "contact_id": contact, "occurred_at_ms": ms, "data": {"rating": 5}})
        .to_string()
}

fn lines(count: u64) -> String {
    (0..count).map(|at| line(&format!("C{}", at % 7), 1_700_000_000_000 + at) + "\n").collect()
}

async fn send(app: &App, key: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut headers = vec![NDJSON];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    app.call("POST", "/api/v1/events", &headers, body).await
}

fn stored(workspace: &Workspace) -> u64 {
    let store = Store::open(&workspace.db).expect("opens");
    let tenant = store.tenant("default").expect("there").id;
    store.contacts(tenant).expect("readable").iter().map(|contact| contact.events).sum()
}

#[test]
fn a_stream_is_counted_and_on_disk() {
    let workspace = Workspace::empty();
    let app = workspace.app();
    block_on(async {
        let body = [
            &line("+49 151 1234567", 1_700_000_000_000),
            "",
            &line("+49 151 1234567", 1_700_000_000_000),
            "{\"v\":1,\"type\":\"csat\"}",
            &line("K2", 1_700_000_000_001),
            &"x".repeat(200_000),
            "no json",
        ]
        .join("\n");
        let receipt = send(&app, None, body).await.json();
        assert_eq!((&receipt["accepted"], &receipt["duplicates"]), (&json!(2), &json!(1)));
        assert_eq!((&receipt["rejected"], &receipt["erased"]), (&json!(3), &json!(0)));
        let places: Vec<Value> = receipt["errors"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|e| e["line"].clone())
            .collect();
        assert_eq!(places, [4, 6, 7]);
        assert_eq!(receipt["errors"][0]["field"], "contact_id");
        assert_eq!(stored(&workspace), 2);
        let many = lines(5_000);
        assert_eq!(send(&app, None, many.clone()).await.json()["accepted"], 5_000);
        assert_eq!(send(&app, None, many).await.json()["duplicates"], 5_000);
        assert_eq!(stored(&workspace), 5_002);
        let bad = "{}\n".repeat(50);
        let receipt = send(&app, None, bad).await.json();
        assert_eq!(
            (&receipt["rejected"], receipt["errors"].as_array().map(Vec::len)),
            (&json!(50), Some(20))
        );
    });
}

#[test]
fn streams_are_bounded() {
    let workspace = Workspace::empty();
    let config = Config { events_bytes_max: 100_000, events_lines_max: 500, ..workspace.config() };
    let app = App::new(config);
    block_on(async {
        let long = send(&app, None, lines(501)).await;
        assert_eq!((long.status.as_u16(), &*long.code()), (413, "batch_too_large"));
        let large = send(&app, None, "x".repeat(100_001)).await;
        assert_eq!((large.status.as_u16(), &*large.code()), (413, "body_too_large"));
        assert_eq!(app.post("/api/v1/events", lines(1)).await.code(), "unsupported_media_type");
        for key in ["", "é", &"k".repeat(256)] {
            assert_eq!(send(&app, Some(key), lines(1)).await.code(), "invalid_parameter", "{key}");
        }
        assert_eq!(stored(&workspace), 0);
    });
}

#[test]
fn one_key_has_one_effect_and_one_answer() {
    let workspace = Workspace::empty();
    let app = workspace.app();
    block_on(async {
        let first = send(&app, Some("k-1"), lines(10)).await;
        let again = send(&app, Some("k-1"), lines(10)).await;
        assert_eq!(first.json()["accepted"], 10);
        assert_eq!(first.body, again.body);
        assert!(!first.headers.contains_key("idempotent-replayed"));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let other = send(&app, Some("k-1"), lines(11)).await;
        assert_eq!((other.status.as_u16(), &*other.code()), (409, "idempotency_conflict"));
        assert_eq!(stored(&workspace), 10);
        // A restart changes nothing.
        let app = workspace.app();
        assert_eq!(send(&app, Some("k-1"), lines(10)).await.body, first.body);
        // A failure is not kept.
        let wrong = app.call("POST", "/api/v1/events", &[("idempotency-key", "k-2")], "x").await;
        assert_eq!(wrong.status.as_u16(), 415);
        assert_eq!(send(&app, Some("k-2"), lines(12)).await.json()["accepted"], 2);
    });
}

#[test]
fn a_hundred_duplicates_at_once_have_one_effect() {
    let workspace = Workspace::empty();
    let app =
        std::sync::Arc::new(App::new(Config { ingest_concurrency: 100, ..workspace.config() }));
    block_on(async {
        let requests: Vec<_> = (0..100)
            .map(|_| {
                let app = std::sync::Arc::clone(&app);
                tokio::spawn(async move { send(&app, Some("same"), lines(50)).await })
            })
            .collect();
        let mut fresh = 0;
        for request in requests {
            let answer = request.await.expect("ends");
            assert_eq!(answer.status.as_u16(), 200);
            assert_eq!(answer.json()["accepted"], 50, "every answer is the first one");
            fresh += u32::from(!answer.headers.contains_key("idempotent-replayed"));
        }
        assert_eq!((fresh, stored(&workspace)), (1, 50));
    });
}

#[test]
fn a_stream_that_drips_is_ended_and_one_that_flows_is_not() {
    let workspace = Workspace::empty();
    let config = Config {
        body_timeout_ms: Duration::from_millis(600),
        request_timeout_ms: Duration::from_millis(800),
        events_rate_min: 500,
        ..workspace.config()
    };
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let sending = move |pause: Duration, pieces: u64| {
            let mut stream = connect(address);
            let head = "POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                        content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).expect("writes");
            let start = Instant::now();
            for at in 0..pieces {
                let line = line("C1", 1_700_000_000_000 + at) + "\n";
                let chunk = format!("{:x}\r\n{line}\r\n", line.len());
                if stream.write_all(chunk.as_bytes()).is_err() {
                    break;
                }
                std::thread::sleep(pause);
            }
            // The other side may have closed already.
            let _ = stream.write_all(b"0\r\n\r\n");
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            (answer.get(9..12).unwrap_or_default().to_owned(), start.elapsed())
        };
        // About 110 bytes each 400 ms are too few; each 100 ms they are enough, though the whole
        // takes longer than other requests may.
        let (slow, fast) = tokio::task::spawn_blocking(move || {
            (sending(Duration::from_millis(400), 20), sending(Duration::from_millis(100), 15))
        })
        .await
        .expect("ends");
        assert_eq!(slow.0, "408");
        assert_eq!(fast.0, "200");
        assert!(fast.1 > Duration::from_millis(1_200));
        assert!(server.stop().await);
    });
}
