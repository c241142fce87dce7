//! Training over HTTP: from the request to the model that scores.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chatsignal_native::service::Server;
use serde_json::{Value, json};

use super::sockets::http;
use super::support::{Workspace, block_on, connect};

/// Contacts that make enough rows for a churn model.
pub const CONTACTS: u32 = 150;
/// Trees that take seconds to grow, so that a job can be met while it runs.
pub const LONG: u32 = 1_000;
/// Longest time that a job of so many trees may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Asks for the training of a churn model of so many trees.
pub fn churn(trees: u32) -> Value {
    json!({
        "model": "churn-prediction",
        "validation": { "scheme": "time", "folds": 1 },
        "params": { "learner": "gbm", "n_estimators": trees, "max_depth": 3 },
    })
}

/// Asks the service; status and JSON.
pub fn ask(address: SocketAddr, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = http(address, method, path, "", &body);
    let json = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {status} {text}"));
    (status, json)
}

/// Starts a job; its identity.
pub fn start(address: SocketAddr, request: &Value) -> String {
    let (status, job) = ask(address, "POST", "/api/v1/ml/training/train-model", request);
    assert_eq!(status, 202, "{job}");
    job["job_id"].as_str().expect("an identity").to_owned()
}

/// Waits until a job is as it should be.
pub fn wait(address: SocketAddr, job_id: &str, is: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let (status, job) = ask(address, "GET", &format!("/api/v1/jobs/{job_id}"), &Value::Null);
        assert_eq!(status, 200, "{job}");
        if is(&job) {
            return job;
        }
        assert!(job["finished_at"].is_null() && start.elapsed() < PATIENCE, "{job}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a job has ended.
pub fn ended(address: SocketAddr, job_id: &str) -> Value {
    wait(address, job_id, |job| !job["finished_at"].is_null())
}

/// Every event of a job until the stream ends: name, id and data.
fn follow(address: SocketAddr, job_id: &str, last: &str) -> Vec<(String, u64, Value)> {
    let mut stream = connect(address);
    let head = format!(
        "GET /api/v1/jobs/{job_id}/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{last}\r\n"
    );
    stream.write_all(head.as_bytes()).expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("content-type: text/event-stream"), "{answer}");
    let mut events = Vec::new();
    let (mut id, mut name) = (0, String::new());
    for line in answer.lines() {
        match line.split_once(": ") {
            Some(("id", text)) => id = text.parse().expect("a number"),
            Some(("event", text)) => text.clone_into(&mut name),
            Some(("data", text)) => {
                events.push((name.clone(), id, serde_json::from_str(text).expect("JSON")));
            }
            _ => {}
        }
    }
    events
}

/// Runs a client beside a service on a workspace.
pub fn beside(workspace: &Workspace, client: impl FnOnce(SocketAddr) + Send + 'static) {
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        tokio::task::spawn_blocking(move || client(address)).await.expect("the client ran");
        assert!(server.stop().await);
    });
}

#[test]
fn a_model_is_trained_followed_promoted_and_scores() {
    let workspace = Workspace::business(CONTACTS);
    beside(&workspace, |address| {
        let predict = || {
            let path = "/api/v1/ml/models/churn-prediction/predict?explain=none";
            ask(address, "POST", path, &json!({ "features": {} })).1["model"]["version"].clone()
        };
        assert_eq!(predict(), "prior");
        let job_id = start(address, &churn(30));
        let events = follow(address, &job_id, "");
        let ranks = |status: &Value| {
            let order = ["queued", "extracting", "training", "validating", "saving", "succeeded"];
            order
                .iter()
                .position(|known| status == known)
                .expect("a status of a job that goes well")
        };
        for pair in events.windows(2) {
            assert!(pair[0].1 < pair[1].1, "ids rise");
            assert!(pair[0].2["progress"].as_f64() <= pair[1].2["progress"].as_f64());
            assert!(ranks(&pair[0].2["status"]) <= ranks(&pair[1].2["status"]), "{pair:?}");
        }
        assert!(events.len() >= 3, "{events:?}");
        let (name, id, job) = events.last().expect("an event");
        assert_eq!((name.as_str(), &job["status"]), ("end", &json!("succeeded")), "{job}");
        assert_eq!((&job["version"], &job["promoted"]), (&json!("1"), &json!(true)), "{job}");
        assert!(job["metrics"]["auc"].as_f64().is_some_and(|auc| auc > 0.5), "{job}");
        assert!(job["rows"].as_u64() > Some(0) && job["error"].is_null(), "{job}");
        // At once: the registry is not waited for.
        assert_eq!(predict(), "1");
        // Who comes back hears the end alone, whatever was seen.
        for last in [format!("Last-Event-ID: {id}\r\n"), "Last-Event-ID: what\r\n".to_owned()] {
            let again = follow(address, &job_id, &last);
            assert_eq!(again.iter().map(|event| &event.0[..]).collect::<Vec<_>>(), ["end"]);
        }
        let path = format!("/api/v1/ml/training/status?job_id={job_id}");
        let (_, status) = ask(address, "GET", &path, &Value::Null);
        assert_eq!(status["jobs"].as_array().map(Vec::len), Some(1));
        let (ours, lead) = (&status["models"][1], &status["models"][0]);
        assert_eq!((&ours["model"], &ours["champion_version"]), (&json!("churn"), &json!("1")));
        assert!(ours["last_trained_at"].is_string() && ours["next_due_at"].is_null(), "{ours}");
        assert_eq!((&ours["drift"], &lead["champion_version"]), (&json!(null), &json!("prior")));
        let (_, page) = ask(address, "GET", "/api/v1/registry/churn/versions", &Value::Null);
        assert_eq!(page["versions"][0]["aliases"], json!(["champion"]), "{page}");
        assert_eq!(page["versions"][0]["metrics"]["auc"], job["metrics"]["auc"]);
        assert_eq!(page["versions"][0]["simulated"], true);
        let card = http(address, "GET", "/api/v1/registry/churn/versions/1/card", "", "");
        assert!(card.0 == 200 && card.1.contains("SIMULATED"), "{}", card.1);
        // The same again is the same version, which is no better than itself.
        let again = ended(address, &start(address, &churn(30)));
        assert_eq!((&again["status"], &again["version"]), (&json!("succeeded"), &json!("1")));
    });
}

#[test]
fn too_little_data_is_refused_with_what_is_missing() {
    let workspace = Workspace::simulated();
    beside(&workspace, |address| {
        let job_id = start(address, &json!({ "model": "lead-scoring", "promote": "never" }));
        let job = ended(address, &job_id);
        assert_eq!(job["status"], "refused", "{job}");
        assert_eq!(job["required"], json!({ "positives": 40, "negatives": 40 }));
        assert!(job["found"]["positives"].as_u64() < Some(40), "{job}");
        assert!(job["reason"].as_str().is_some_and(|r| r.contains("too little data")), "{job}");
        assert!(job["version"].is_null() && job["metrics"].is_null() && job["error"].is_null());
        let retry = format!("/api/v1/jobs/{job_id}/retry");
        let (status, again) = ask(address, "POST", &retry, &Value::Null);
        assert_eq!(status, 202, "{again}");
        assert_ne!(again["job_id"], json!(job_id));
        let again = ended(address, again["job_id"].as_str().expect("an identity"));
        assert_eq!((&again["status"], &again["found"]), (&job["status"], &job["found"]));
    });
}

#[test]
fn all_models_are_trained_together_on_the_window_that_was_asked_for() {
    let workspace = Workspace::simulated();
    beside(&workspace, |address| {
        let request = json!({ "promote": "if_better", "data": { "to": "1971-01-01T00:00:00Z" } });
        let (status, all) = ask(address, "POST", "/api/v1/ml/training/train-all", &request);
        assert_eq!(status, 202, "{all}");
        let jobs = all["jobs"].as_array().expect("jobs");
        let models: Vec<&Value> = jobs.iter().map(|job| &job["model"]).collect();
        assert_eq!(models, ["lead", "churn", "engagement"]);
        for job in jobs {
            let job = ended(address, job["job_id"].as_str().expect("an identity"));
            assert_eq!((&job["status"], &job["rows"]), (&json!("refused"), &json!(0)), "{job}");
        }
        let url = all["status_url"].as_str().expect("an address");
        let (status, together) = ask(address, "GET", url, &Value::Null);
        assert_eq!((status, together["jobs"].as_array().map(Vec::len)), (200, Some(3)));
    });
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (route, body, code, pointer) in [
            ("train-model", json!({}), "missing_field", "/model"),
            ("train-model", json!({ "model": "custom" }), "invalid_field", "/model"),
            (
                "train-model",
                json!({ "model": "lead", "promote": "yes" }),
                "invalid_field",
                "/promote",
            ),
            ("train-model", json!({ "model": "lead", "sead": 1 }), "unknown_field", ""),
            ("train-model", json!({ "model": "lead", "seed": -1 }), "invalid_field", "/seed"),
            (
                "train-model",
                json!({ "model": "lead", "validation": { "scheme": "kfold" } }),
                "invalid_field",
                "/validation/scheme",
            ),
            (
                "train-model",
                json!({ "model": "lead", "validation": { "folds": 9 } }),
                "invalid_field",
                "/validation/folds",
            ),
            (
                "train-model",
                json!({ "model": "lead", "params": { "n_estimators": 0 } }),
                "invalid_field",
                "/params/n_estimators",
            ),
            ("train-all", json!({ "models": [] }), "invalid_field", "/models"),
            (
                "train-all",
                json!({ "models": ["lead", "lead-scoring"] }),
                "invalid_field",
                "/models/1",
            ),
            ("train-all", json!({ "params": {} }), "unknown_field", ""),
        ] {
            let path = format!("/api/v1/ml/training/{route}");
            let answer = app.post(&path, body.to_string()).await;
            assert_eq!(answer.code(), code, "{body}");
            let at = answer.json()["errors"][0]["pointer"].as_str().unwrap_or("").to_owned();
            assert!(at.starts_with(pointer) || at.is_empty(), "{body}: {at}");
        }
        let jobs = app.get("/api/v1/jobs").await.json();
        assert_eq!(jobs, json!({ "jobs": [], "next_cursor": null }));
    });
}
