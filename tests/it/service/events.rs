//! `POST /events`: a stream is counted, bounded, paced, and harmless to repeat.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use chatsignal_native::service::{Config, Server};
use chatsignal_native::store::Store;
use chatsignal_tests::cases;
use serde_json::{Value, json};

use super::bad_bodies::bodies;
use super::sockets::http;
use super::support::{Answer, App, Workspace, block_on, connect, spawn};

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
        let packed = [NDJSON, ("content-encoding", "gzip")];
        let packed = app.call("POST", "/api/v1/events", &packed, lines(1)).await;
        assert_eq!(packed.code(), "unsupported_media_type");
        for key in ["", "é", &"k".repeat(256)] {
            assert_eq!(send(&app, Some(key), lines(1)).await.code(), "invalid_parameter", "{key}");
        }
        assert_eq!(stored(&workspace), 0);
    });
}

#[test]
fn a_stream_may_hold_anything() {
    let workspace = Workspace::empty();
    let app = workspace.app();
    block_on(async {
        for body in bodies() {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let answer = send(&app, None, body).await;
            assert_eq!(answer.status.as_u16(), 200, "{shown}");
            assert_eq!(answer.json()["accepted"], 0, "{shown}");
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
    let app = Arc::new(App::new(Config { ingest_concurrency: 100, ..workspace.config() }));
    // A hundred keys are the campaign.
    let keys = u64::from(cases(10).min(100));
    block_on(async {
        for key in 0..keys {
            let body: String = (0..5).map(|at| line(&format!("C{key}"), at) + "\n").collect();
            let requests: Vec<_> = (0..100)
                .map(|_| {
                    let (app, body) = (Arc::clone(&app), body.clone());
                    tokio::spawn(async move { send(&app, Some(&format!("k{key}")), body).await })
                })
                .collect();
            let mut fresh = 0;
            for request in requests {
                let answer = request.await.expect("ends");
                assert_eq!(answer.status.as_u16(), 200);
                assert_eq!(answer.json()["accepted"], 5, "every answer is the first one");
                fresh += u32::from(!answer.headers.contains_key("idempotent-replayed"));
            }
            assert_eq!(fresh, 1);
        }
        assert_eq!(stored(&workspace), 5 * keys);
    });
}

#[test]
fn a_locked_database_is_an_answer_and_scoring_goes_on() {
    let workspace = Workspace::simulated();
    let before = stored(&workspace);
    let app = workspace.app();
    let other = rusqlite::Connection::open(&workspace.db).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    block_on(async {
        let locked = send(&app, None, lines(1)).await;
        assert_eq!((locked.status.as_u16(), &*locked.code()), (503, "store_unavailable"));
        assert!(locked.headers.contains_key("retry-after"));
        let by_features = json!({"features": {"inbound_msgs_30d": 3}}).to_string();
        let scored = app.post("/api/v1/ml/models/lead-scoring/predict", by_features).await;
        assert_eq!(scored.status.as_u16(), 200);
        other.execute_batch("ROLLBACK").expect("gives the lock back");
        assert_eq!(send(&app, None, lines(1)).await.json()["accepted"], 1);
        assert_eq!(stored(&workspace), before + 1);
    });
}

/// Files may not grow beyond 3 MiB, as on a full disk.
#[test]
fn a_full_disk_is_an_answer_and_scoring_goes_on() {
    let workspace = Workspace::simulated();
    let before = stored(&workspace);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 6144; exec \"$@\"", "sh"]);
    let serve = crate::cli::chatsignal(&workspace.db);
    limited.arg(serve.get_program()).env("CHATSIGNAL_DB", &workspace.db);
    limited.args(["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
    let (mut child, address) = spawn(&mut limited);
    let mut acknowledged = 0;
    let full = loop {
        let body: String = (0..1_000)
            .map(|at| line(&format!("D{}", at % 50), 1_700_000_000_000 + acknowledged + at) + "\n")
            .collect();
        let mut stream = connect(address);
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("reads");
        if answer.get(9..12) != Some("200") {
            break answer;
        }
        acknowledged += 1_000;
        if acknowledged >= 100_000 {
            break answer;
        }
    };
    let by_features = r#"{"features":{"inbound_msgs_30d":3}}"#;
    let path = "/api/v1/ml/models/lead-scoring/predict";
    let scored = http(address, "POST", path, "", by_features).0;
    let ready = http(address, "GET", "/readyz", "", "").0;
    child.kill().expect("killed");
    child.wait().expect("waited for");
    // A file that may not grow is a fault of the disk to SQLite (503), a disk without room is 507.
    let typed =
        ["\"store_unavailable\"", "\"storage_full\""].iter().any(|code| full.contains(code));
    assert!(typed && full.contains("application/problem+json"), "{full}");
    assert_eq!((scored, ready), (200, 200));
    assert_eq!(stored(&workspace), before + acknowledged);
}

/// Prints how fast a stream is taken in and its contacts are scored again.
#[test]
fn a_long_stream_is_taken_in_and_scored() {
    let workspace = Workspace::simulated();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        tokio::task::spawn_blocking(move || {
            let (events, contacts) = (50_000, 500);
            let body: String = (0..events)
                .map(|at| line(&format!("S{}", at % contacts), 1_700_000_000_000 + at) + "\n")
                .collect();
            let mut stream = connect(address);
            let head = format!(
                "POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let start = Instant::now();
            stream.write_all(head.as_bytes()).expect("writes");
            stream.write_all(body.as_bytes()).expect("writes");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("reads");
            let took = start.elapsed();
            assert!(answer.contains(&format!("\"accepted\":{events}")), "{answer}");
            let store = Store::open(&workspace.db).expect("opens");
            let tenant = store.tenant("default").expect("there");
            let hasher = chatsignal_ingest::Hasher::new(&tenant.key);
            for at in 0..contacts {
                let contact = hasher.contact(&format!("S{at}"));
                while store.latest_scores(tenant.id, contact).expect("read").is_empty() {
                    assert!(start.elapsed() < Duration::from_secs(60), "S{at} has no score");
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            println!(
                "{events} events of {contacts} contacts: acknowledged in {took:?} ({:.0} a second), all scored after {:?}",
                events as f64 / took.as_secs_f64(),
                start.elapsed()
            );
        })
        .await
        .expect("ends");
        assert!(server.stop().await);
    });
}

#[test]
fn a_stream_that_drips_is_ended_and_one_that_flows_is_not() {
    let workspace = Workspace::empty();
    let config = Config {
        body_timeout_ms: Duration::from_millis(600),
        request_timeout_ms: Duration::from_millis(800),
        events_rate_min: 150,
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
        // About 110 bytes each 1,500 ms are too few; each 100 ms they are enough, though the whole
        // takes longer than other requests may. A slow machine has a factor of seven.
        let (slow, fast) = tokio::task::spawn_blocking(move || {
            (sending(Duration::from_millis(1_500), 5), sending(Duration::from_millis(100), 15))
        })
        .await
        .expect("ends");
        assert_eq!(slow.0, "408");
        assert_eq!(fast.0, "200");
        assert!(fast.1 > Duration::from_millis(1_200));
        assert!(server.stop().await);
    });
}

/// The body of a client that says nothing.
struct Silent;

impl hyper::body::Body for Silent {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[test]
fn who_waits_for_the_same_key_takes_nobody_elses_place() {
    let workspace = Workspace::empty();
    let app = App::new(Config { ingest_concurrency: 2, ..workspace.config() });
    let now = 1_700_000_000_000;
    block_on(async {
        let slow = send(&app, Some("slow"), Body::new(Silent));
        let second = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            send(&app, Some("slow"), line("A", now)).await
        };
        let third = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            send(&app, Some("other"), line("B", now)).await
        };
        let answer = tokio::select! {
            _ = slow => panic!("it drips"),
            _ = second => panic!("it waits"),
            answer = third => answer,
        };
        assert_eq!(answer.status.as_u16(), 200, "{}", String::from_utf8_lossy(&answer.body));
    });
}

#[test]
fn the_wait_for_the_same_key_has_an_end() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let slow = send(&app, Some("slow"), Body::new(Silent));
        let second = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            send(&app, Some("slow"), line("A", 1_700_000_000_000)).await
        };
        let start = Instant::now();
        let answer = tokio::select! {
            _ = slow => panic!("it came first"),
            answer = second => answer,
        };
        assert_eq!((answer.status.as_u16(), &*answer.code()), (503, "overloaded"));
        assert!(answer.headers.contains_key("retry-after"));
        assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    });
}
