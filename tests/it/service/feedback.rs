//! Feedback on scores and recommendations.

use std::time::Duration;

use serde_json::{Value, json};

use super::scoring::contact;
use super::support::{Workspace, block_on};

const PATH: &str = "/api/v1/feedback";

#[test]
fn feedback_is_kept_counted_and_goes_with_its_contact() {
    let workspace = Workspace::simulated();
    let id = contact(&workspace).0.to_string();
    let app = workspace.app();
    block_on(async {
        let with = |more: Value| {
            let mut body = json!({ "contact_id": id });
            body.as_object_mut()
                .expect("an object")
                .extend(more.as_object().expect("an object").clone());
            body
        };
        for body in [
            with(
                json!({ "type": "recommendation", "action": "personal_check_in", "outcome": "done" }),
            ),
            with(
                json!({ "type": "recommendation", "action": "personal_check_in", "outcome": "done" }),
            ),
            with(
                json!({ "type": "score", "model": "lead", "verdict": "wrong", "expected": "hot" }),
            ),
            with(json!({ "type": "score", "model": "churn", "verdict": "right" })),
            with(json!({ "type": "label", "label": "canary-label" })),
        ] {
            let answer = app.post(PATH, body.to_string()).await;
            assert_eq!(answer.status, 201, "{body}: {}", String::from_utf8_lossy(&answer.body));
            assert_eq!(answer.json()["feedback_id"].as_str().map(str::len), Some(32));
        }
        let counts = app.get("/api/v1/feedback/summary").await.json()["counts"].clone();
        assert_eq!(
            counts[0],
            json!({ "type": "recommendation", "subject": "personal_check_in", "verdict": "done", "count": 2 })
        );
        assert_eq!(counts.as_array().map(Vec::len), Some(4));
        let said = app.get(&format!("/api/v1/contacts/{id}/feedback")).await.json();
        let said = said["feedback"].as_array().expect("a list");
        assert_eq!(said.len(), 5);
        assert!(said.iter().any(|word| word["type"] == "score" && word["model"] == "churn"));
        assert!(said.iter().all(|word| word["created_at"].is_string()));
        let nobody = format!("/api/v1/contacts/{}7/feedback", "0".repeat(31));
        assert_eq!(app.get(&nobody).await.code(), "not_found");
        let summary = "/api/v1/feedback/summary";
        let tag = app.get(summary).await.headers["etag"].to_str().expect("a tag").to_owned();
        assert_eq!(app.call("GET", summary, &[("if-none-match", &tag)], "").await.status, 304);
        for (body, field) in [
            (json!({ "type": "label", "label": "x" }), ""),
            (json!({ "contact_id": "", "type": "label", "label": "x" }), "/contact_id"),
            (
                json!({ "contact_id": "y".repeat(257), "type": "label", "label": "x" }),
                "/contact_id",
            ),
            (with(json!({})), ""),
            (with(json!({ "type": "praise" })), "/type"),
            (with(json!({ "type": 1 })), "/type"),
            (with(json!({ "type": "label" })), "/label"),
            (with(json!({ "type": "label", "label": " " })), "/label"),
            (with(json!({ "type": "label", "label": "x".repeat(65) })), "/label"),
            (with(json!({ "type": "label", "label": "a\nb" })), "/label"),
            (with(json!({ "type": "label", "label": "x", "model": "lead" })), "/model"),
            (with(json!({ "type": "label", "label": ["x"] })), "/label"),
            (with(json!({ "type": "recommendation" })), "/action"),
            (
                with(json!({ "type": "recommendation", "action": "sing", "outcome": "done" })),
                "/action",
            ),
            (with(json!({ "type": "recommendation", "action": "personal_check_in" })), "/outcome"),
            (
                with(
                    json!({ "type": "recommendation", "action": "personal_check_in", "outcome": "maybe" }),
                ),
                "/outcome",
            ),
            (
                with(
                    json!({ "type": "recommendation", "action": "personal_check_in", "outcome": "done", "label": "x" }),
                ),
                "/label",
            ),
            (with(json!({ "type": "score", "verdict": "right" })), "/model"),
            (with(json!({ "type": "score", "model": "custom", "verdict": "right" })), "/model"),
            (with(json!({ "type": "score", "model": "lead" })), "/verdict"),
            (
                with(
                    json!({ "type": "score", "model": "lead", "verdict": "wrong", "expected": "critical" }),
                ),
                "/expected",
            ),
            (
                with(json!({ "type": "score", "model": "lead", "verdict": "wrong", "note": "x" })),
                "",
            ),
        ] {
            let answer = app.post(PATH, body.to_string()).await;
            assert_eq!(answer.status, 422, "{body}");
            let found =
                answer.json()["errors"][0]["pointer"].as_str().expect("a pointer").to_owned();
            assert!(found.starts_with(field), "{body}: {found}");
        }
        for nobody in ["nobody", "00000000000000000000000000000000"] {
            let body = json!({ "contact_id": nobody, "type": "label", "label": "x" });
            assert_eq!(app.post(PATH, body.to_string()).await.code(), "not_found", "{nobody}");
        }
        let holds = || {
            let folder = workspace.db.parent().expect("a folder");
            std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).any(|entry| {
                let bytes = std::fs::read(entry.path()).unwrap_or_default();
                bytes.windows(12).any(|window| window == b"canary-label")
            })
        };
        assert!(holds());
        let erased = app.call("DELETE", &format!("/api/v1/contacts/{id}"), &[], "").await;
        assert_eq!(erased.status, 204, "{}", String::from_utf8_lossy(&erased.body));
        assert!(!holds(), "feedback of an erased contact is in no file");
        assert_eq!(app.get("/api/v1/feedback/summary").await.json()["counts"], json!([]));
    });
}

#[test]
fn a_repeated_request_has_one_effect() {
    let workspace = Workspace::simulated();
    let id = contact(&workspace).0.to_string();
    let app = workspace.app();
    block_on(async {
        let word =
            |label: &str| json!({ "contact_id": id, "type": "label", "label": label }).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
        let first = app.call("POST", PATH, &headers, word("vip")).await;
        let again = app.call("POST", PATH, &headers, word("vip")).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
        assert_eq!(first.json(), again.json());
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let counts = app.get("/api/v1/feedback/summary").await.json()["counts"].clone();
        assert_eq!(counts[0]["count"], 1);
        assert_eq!(app.call("POST", PATH, &headers, word("other")).await.status, 409);
        // The key belongs to one route.
        let train = "/api/v1/ml/training/train-model";
        assert_eq!(app.call("POST", train, &headers, r#"{"model":"lead"}"#).await.status, 409);

        let headers = [("content-type", "application/json"), ("idempotency-key", "train")];
        let first = app.call("POST", train, &headers, r#"{"model":"lead"}"#).await;
        let again = app.call("POST", train, &headers, r#"{"model":"lead"}"#).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (202, 202));
        assert_eq!(first.json(), again.json());
        assert_eq!(again.headers["idempotent-replayed"], "true");
    });
}

#[test]
fn a_client_that_left_meanwhile_gets_the_first_answer() {
    let workspace = Workspace::simulated();
    let id = contact(&workspace).0.to_string();
    let app = workspace.app();
    // The effect has to wait for another writer.
    let writer = rusqlite::Connection::open(&workspace.db).expect("opens");
    writer.execute_batch("BEGIN IMMEDIATE").expect("begins");
    block_on(async {
        let headers = [("content-type", "application/json"), ("idempotency-key", "left")];
        let body = json!({ "contact_id": id, "type": "label", "label": "vip" }).to_string();
        let first = app.call("POST", PATH, &headers, body.clone());
        tokio::time::timeout(Duration::from_millis(500), first).await.err().expect("waits");
        writer.execute_batch("COMMIT").expect("commits");
        let again = app.call("POST", PATH, &headers, body).await;
        assert_eq!(again.status, 201, "{}", String::from_utf8_lossy(&again.body));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let counts = app.get("/api/v1/feedback/summary").await.json()["counts"].clone();
        assert_eq!(counts[0]["count"], 1);
    });
}

#[test]
fn feedback_whose_answer_was_lost_is_kept_once() {
    let workspace = Workspace::simulated();
    let id = contact(&workspace).0.to_string();
    let app = workspace.app();
    block_on(async {
        let headers = [("content-type", "application/json"), ("idempotency-key", "lost")];
        let body = json!({ "contact_id": id, "type": "label", "label": "vip" }).to_string();
        let first = app.call("POST", PATH, &headers, body.clone()).await;
        // As if the process had died before the answer was kept.
        let store = rusqlite::Connection::open(&workspace.db).expect("opens");
        store.execute("DELETE FROM idempotency", []).expect("deletes");
        let again = app.call("POST", PATH, &headers, body).await;
        assert_eq!((again.status.as_u16(), again.json()), (201, first.json()));
        assert!(!again.headers.contains_key("idempotent-replayed"));
        let counts = app.get("/api/v1/feedback/summary").await.json()["counts"].clone();
        assert_eq!(counts[0]["count"], 1);
    });
}
