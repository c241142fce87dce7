//! Periodic training.

use std::time::Duration;

use chatsignal_native::store::Store;
use serde_json::{Value, json};

use super::support::Workspace;
use super::training::{ask, beside, ended};

#[test]
fn models_are_trained_when_they_are_due_and_once_after_a_pause() {
    let workspace = Workspace::business(20);
    let mut store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant").id;
    assert!(store.set_setting(tenant, "retrain_days", "366").is_err());
    store.set_setting(tenant, "retrain_days", "7").expect("sets");
    drop(store);
    // Twice: a service that starts again has nothing to do.
    for _ in 0..2 {
        beside(&workspace, |address| {
            let list = || {
                let (_, page) = ask(address, "GET", "/api/v1/jobs", &Value::Null);
                page["jobs"].as_array().expect("jobs").clone()
            };
            let start = std::time::Instant::now();
            while list().iter().filter(|job| !job["finished_at"].is_null()).count() < 3 {
                assert!(start.elapsed() < Duration::from_secs(60), "{:?}", list());
                let open = list().iter().filter(|job| job["finished_at"].is_null()).count();
                assert!(open <= 1, "few at a time");
                std::thread::sleep(Duration::from_millis(20));
            }
            std::thread::sleep(Duration::from_millis(500));
            let jobs = list();
            assert_eq!(jobs.len(), 3, "each once: {jobs:?}");
            for job in &jobs {
                let job = ended(address, job["job_id"].as_str().expect("an identity"));
                assert_eq!((&job["scheduled"], &job["attempts"]), (&json!(true), &json!(1)));
                assert!(job["status"] == "refused" || job["status"] == "succeeded", "{job}");
            }
            let (_, status) = ask(address, "GET", "/api/v1/ml/training/status", &Value::Null);
            assert!(status["models"][0]["next_due_at"].is_string(), "{status}");
        });
    }
}
