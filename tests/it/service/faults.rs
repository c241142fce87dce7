//! What goes on when something else does not: the database out of reach, other time zones.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chatsignal_native::service::{Config, Server};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::sockets::http;
use super::support::{Workspace, block_on};
use crate::cli::chatsignal;

const PREDICT: &str = "/api/v1/ml/models/lead-scoring/predict";
const FEATURES: &str = r#"{"features":{"lead_reply_rate_30d":0.5}}"#;

#[test]
fn scoring_goes_on_while_another_process_holds_the_database() {
    let workspace = Workspace::simulated();
    let id = workspace.events[0].contact_id.to_string();
    // One connection, opened by the first request that needs it.
    let config =
        Config { db_connections: 1, reload_ms: Duration::from_secs(600), ..workspace.config() };
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let db = workspace.db.clone();
        let client = tokio::task::spawn_blocking(move || {
            // Give the look for changes its one turn.
            std::thread::sleep(Duration::from_millis(300));
            let other = Connection::open(&db).expect("opens");
            other.pragma_update(None, "locking_mode", "exclusive").expect("a mode");
            // The first write takes the lock, and the mode keeps it.
            let locked = other.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE held(x); COMMIT");
            let held = locked.is_ok();
            let slow = std::thread::spawn({
                let body = json!({ "lead_id": id }).to_string();
                move || http(address, "POST", PREDICT, "", &body)
            });
            for _ in 0..20 {
                let start = Instant::now();
                let (status, _) = http(address, "POST", PREDICT, "", FEATURES);
                assert_eq!(status, 200);
                assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
            }
            let (status, body) = slow.join().expect("an answer");
            // Where the service holds the file already, the other cannot take it.
            assert!(if held { status == 503 } else { status == 200 }, "{status} {body}");
            if held {
                let problem: Value = serde_json::from_str(&body).expect("a problem");
                assert_eq!(problem["code"], "store_unavailable");
            }
            drop(other);
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
}

#[test]
fn scoring_goes_on_when_the_database_is_gone() {
    let workspace = Workspace::empty();
    let app = workspace.app();
    std::fs::remove_file(&workspace.db).expect("removed");
    block_on(async {
        assert_eq!(app.post(PREDICT, FEATURES).await.status, 200);
        let by_id = app.post(PREDICT, r#"{"lead_id":"x"}"#).await;
        assert_eq!(by_id.code(), "store_unavailable");
        assert!(by_id.headers.contains_key("retry-after"));
        assert_eq!(app.get("/livez").await.status, 200);
        assert_eq!(app.get("/api/v1/ml/health").await.json()["status"], "degraded");
    });
}

#[test]
fn the_demo_serves_its_workspace() {
    let workspace = Workspace::empty();
    let mut command = chatsignal(&workspace.db);
    command.args(["demo", "--contacts", "60", "--format", "json", "--serve"]);
    command.args(["--listen", "127.0.0.1:0", "--db"]).arg(&workspace.db);
    let (mut child, address) = listening(command.stdout(Stdio::null()));
    let (status, body) = http(address, "POST", PREDICT, "", FEATURES);
    // Everybody is scored in the background, and the business is of today.
    let start = Instant::now();
    let active = loop {
        let list = "/api/v1/contacts?sort=churn_probability&limit=1";
        let page: Value =
            serde_json::from_str(&http(address, "GET", list, "", "").1).expect("JSON");
        let first = page["contacts"][0].clone();
        if first["scores"]["churn"].is_object() || start.elapsed() > Duration::from_secs(30) {
            break first;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    child.kill().expect("ends");
    child.wait().expect("ended");
    assert_eq!(status, 200, "{body}");
    assert!(active["scores"]["churn"].is_object(), "{active}");
    let now: chatsignal_api::time::Instant =
        serde_json::from_value(active["scores"]["churn"]["computed_at"].clone())
            .expect("an instant");
    let last: chatsignal_api::time::Instant =
        serde_json::from_value(active["last_activity_at"].clone()).expect("an instant");
    assert!(now.0.since(last.0) < 90 * chatsignal_core::time::DAY_MS, "{active}");
}

/// A service of its own process, and where it listens.
fn serve(workspace: &Workspace, zone: &str) -> (Child, SocketAddr) {
    let mut command = chatsignal(&workspace.db);
    command.env("TZ", zone).args(["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
    listening(&mut command)
}

fn listening(command: &mut Command) -> (Child, SocketAddr) {
    let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let address = lines.find_map(|line| {
        let line = line.expect("a line");
        line.split("http://").nth(1)?.split(' ').next()?.parse().ok()
    });
    (child, address.expect("an address"))
}

#[test]
fn the_time_zone_of_the_machine_changes_nothing() {
    let workspace = Workspace::simulated();
    let as_of = "2026-03-29T01:30:00Z";
    let contact = workspace.events[0].contact_id.to_string();
    let mut first: Option<Vec<Value>> = None;
    for zone in ["UTC", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"] {
        let (mut child, address) = serve(&workspace, zone);
        let of = |path: &str, field: &str| {
            let body = json!({ field: contact, "as_of": as_of }).to_string();
            let (status, body) = http(address, "POST", path, "", &body);
            assert_eq!(status, 200, "{body}");
            let mut answer: Value = serde_json::from_str(&body).expect("JSON");
            answer["request_id"] = Value::Null;
            answer
        };
        let answers = vec![
            of("/api/v1/ml/models/lead-scoring/predict", "lead_id"),
            of("/api/v1/ml/models/churn-prediction/predict", "customer_id"),
            of("/api/v1/ml/models/engagement-prediction/optimal-time", "contact_id"),
        ];
        child.kill().expect("ends");
        child.wait().expect("ended");
        assert_eq!(first.get_or_insert_with(|| answers.clone()), &answers, "{zone}");
    }
}
