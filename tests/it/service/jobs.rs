//! Jobs: one a model, the tenant's own, cancelled, and never lost when the service stops.

use std::time::{Duration, Instant};

use chatsignal_native::service::{Config, Scope, Server};
use serde_json::{Value, json};

use super::job_kill::Child;
use super::support::{App, Workspace, block_on};
use super::training::{CONTACTS, LONG, ask, beside, churn, ended, start, wait};

const TRAIN: &str = "/api/v1/ml/training/train-model";

#[test]
fn fifty_requests_at_once_make_one_job() {
    let app = std::sync::Arc::new(Workspace::simulated().into_app());
    block_on(async {
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let app = app.clone();
            asked.spawn(async move {
                let answer = app.post(TRAIN, json!({ "model": "churn" }).to_string()).await;
                assert_eq!(answer.status, 202);
                answer.json()
            });
        }
        let answers = asked.join_all().await;
        let created = answers.iter().filter(|answer| answer["created"] == true).count();
        assert_eq!(created, 1);
        assert!(answers.iter().all(|answer| answer["job_id"] == answers[0]["job_id"]));
        let jobs = app.get("/api/v1/jobs").await.json();
        assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1));
    });
}

async fn with_key(app: &App, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {key}");
    let headers = [("content-type", "application/json"), ("authorization", &bearer[..])];
    let answer = app.call(method, path, &headers, body.to_string()).await;
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}

#[test]
fn another_tenants_job_is_not_there() {
    let workspace = Workspace::simulated();
    let own = workspace.key("default", &[Scope::Train]);
    let other = workspace.key("other", &[Scope::Train]);
    let app = workspace.app();
    block_on(async {
        let (_, job) = with_key(&app, "POST", TRAIN, &own, &json!({ "model": "lead" })).await;
        let all = "/api/v1/ml/training/train-all";
        let (_, group) = with_key(&app, "POST", all, &own, &json!({})).await;
        let (id, group) = (job["job_id"].as_str().expect("an id"), group["job_id"].as_str());
        for (method, path) in [
            ("GET", format!("/api/v1/jobs/{id}")),
            ("DELETE", format!("/api/v1/jobs/{id}")),
            ("POST", format!("/api/v1/jobs/{id}/retry")),
            ("GET", format!("/api/v1/jobs/{id}/events")),
            ("GET", format!("/api/v1/ml/training/status?job_id={id}")),
            ("GET", format!("/api/v1/ml/training/status?job_id={}", group.expect("an id"))),
        ] {
            let (status, body) = with_key(&app, method, &path, &other, &json!({})).await;
            assert_eq!((status, &body["code"]), (404, &json!("not_found")), "{method} {path}");
        }
        let (status, _) =
            with_key(&app, "GET", &format!("/api/v1/jobs?cursor={id}"), &other, &json!({})).await;
        assert_eq!(status, 400);
        let (_, mine) = with_key(&app, "GET", "/api/v1/jobs", &own, &json!({})).await;
        let (_, theirs) = with_key(&app, "GET", "/api/v1/jobs", &other, &json!({})).await;
        assert_eq!(mine["jobs"].as_array().map(Vec::len), Some(3));
        assert_eq!(theirs["jobs"].as_array().map(Vec::len), Some(0));
        // The same model of another tenant has a job of its own.
        let (_, foreign) = with_key(&app, "POST", TRAIN, &other, &json!({ "model": "lead" })).await;
        assert_eq!(foreign["created"], true);
    });
}

#[test]
fn jobs_are_listed_in_pages_and_filtered() {
    let app = Workspace::simulated().into_app();
    block_on(async {
        let mut ids = Vec::new();
        for n in 0..5 {
            let model = ["lead", "churn"][n % 2];
            let job = app.post(TRAIN, json!({ "model": model }).to_string()).await.json();
            let path = format!("/api/v1/jobs/{}", job["job_id"].as_str().expect("an id"));
            let cancelled = app.call("DELETE", &path, &[], "").await;
            assert_eq!(
                (cancelled.status.as_u16(), &cancelled.json()["status"]),
                (200, &json!("cancelled"))
            );
            assert_eq!(
                app.call("DELETE", &path, &[], "").await.status,
                200,
                "once more is no error"
            );
            ids.insert(0, job["job_id"].clone());
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = app.get(&format!("/api/v1/jobs?limit=2{cursor}")).await.json();
            seen.extend(page["jobs"].as_array().expect("jobs").iter().map(|j| j["job_id"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, ids);
        let churn = app.get("/api/v1/jobs?model=churn-prediction&status=cancelled").await.json();
        assert_eq!(churn["jobs"].as_array().map(Vec::len), Some(2));
        assert_eq!(app.get("/api/v1/jobs?status=queued").await.json()["jobs"], json!([]));
        for wrong in ["limit=0", "limit=201", "status=done", "cursor=t_1", "page=2"] {
            let answer = app.get(&format!("/api/v1/jobs?{wrong}")).await;
            assert_eq!(answer.code(), "invalid_parameter", "{wrong}");
        }
        let retry = format!("/api/v1/jobs/{}/retry", ids[0].as_str().expect("an id"));
        let first = app.call("POST", &retry, &[("idempotency-key", "again")], "").await;
        let again = app.call("POST", &retry, &[("idempotency-key", "again")], "").await;
        assert_eq!((first.status.as_u16(), first.json()), (202, again.json()));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let open = app.post(TRAIN, json!({ "model": "lead" }).to_string()).await.json();
        let retry = format!("/api/v1/jobs/{}/retry", open["job_id"].as_str().expect("an id"));
        assert_eq!(app.post(&retry, "").await.code(), "job_conflict");
    });
}

#[test]
fn a_running_job_is_cancelled_and_its_model_is_free_again() {
    let workspace = Workspace::business(CONTACTS);
    beside(&workspace, |address| {
        let job_id = start(address, &churn(10 * LONG));
        wait(address, &job_id, |job| job["status"] == "training");
        let asked = Instant::now();
        let path = format!("/api/v1/jobs/{job_id}");
        let (status, job) = ask(address, "DELETE", &path, &Value::Null);
        assert_eq!((status, &job["cancel_requested"]), (202, &json!(true)));
        let job = ended(address, &job_id);
        eprintln!("a running job ended {:?} after it was cancelled", asked.elapsed());
        assert_eq!((&job["status"], &job["version"]), (&json!("cancelled"), &Value::Null));
        let next = start(address, &churn(5));
        assert_eq!(ended(address, &next)["status"], "succeeded");
    });
}

#[test]
fn two_services_on_one_database_do_a_job_once() {
    let workspace = Workspace::business(CONTACTS);
    block_on(async {
        let servers = [
            Server::start(workspace.config()).await.expect("starts"),
            Server::start(workspace.config()).await.expect("starts"),
        ];
        let [first, second] = servers.each_ref().map(Server::address);
        let client = tokio::task::spawn_blocking(move || {
            let job_id = start(first, &churn(20));
            assert_eq!(start(second, &churn(30)), job_id);
            let job = ended(second, &job_id);
            assert_eq!((&job["status"], &job["attempts"]), (&json!("succeeded"), &json!(1)));
        });
        client.await.expect("the client ran");
        for server in servers {
            assert!(server.stop().await);
        }
    });
}

#[test]
fn open_streams_do_not_hold_up_the_end_and_jobs_go_back_to_the_queue() {
    let workspace = Workspace::business(CONTACTS);
    let start_and_stop = |trees: u32| {
        let config = Config { drain_timeout_ms: Duration::from_secs(20), ..workspace.config() };
        block_on(async {
            let server = Server::start(config).await.expect("starts");
            let address = server.address();
            let stream = tokio::task::spawn_blocking(move || {
                let job_id = start(address, &churn(trees));
                wait(address, &job_id, |job| job["status"] == "training");
                let path = format!("/api/v1/jobs/{job_id}/events");
                let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
                let mut stream = super::support::connect(address);
                std::io::Write::write_all(&mut stream, head.as_bytes()).expect("writes");
                std::io::Read::read(&mut stream, &mut [0; 512]).expect("reads");
                (stream, job_id)
            });
            let (_stream, job_id) = stream.await.expect("the client ran");
            let asked = Instant::now();
            assert!(server.stop().await, "nothing was cut off");
            eprintln!("stopped in {:?} with a job and a stream", asked.elapsed());
            assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
            job_id
        })
    };
    let job_id = start_and_stop(10 * LONG);
    let app = workspace.app();
    let job = block_on(app.get(&format!("/api/v1/jobs/{job_id}"))).json();
    assert_eq!((&job["status"], &job["attempts"]), (&json!("queued"), &json!(0)), "{job}");
}

#[test]
fn sigterm_gives_a_running_job_back_and_the_next_process_ends_it() {
    let workspace = Workspace::business(CONTACTS);
    let child = Child::start(&workspace.db);
    let job_id = start(child.address, &churn(LONG));
    wait(child.address, &job_id, |job| job["status"] == "training");
    child.terminate();
    let job = block_on(workspace.app().get(&format!("/api/v1/jobs/{job_id}"))).json();
    assert_eq!((&job["status"], &job["attempts"]), (&json!("queued"), &json!(0)), "{job}");
    let child = Child::start(&workspace.db);
    let job = ended(child.address, &job_id);
    assert_eq!((&job["status"], &job["version"]), (&json!("succeeded"), &json!("1")), "{job}");
    assert_eq!(job["attempts"], 1, "the first attempt does not count");
    child.terminate();
}
