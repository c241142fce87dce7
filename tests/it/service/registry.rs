//! Versions and aliases over HTTP, and models that change while requests are in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_native::registry::{ModelRegistry, Publication};
use chatsignal_native::service::{Config, Scope, Server};
use chatsignal_tests::models;
use serde_json::{Value, json};

use super::support::{App, Workspace, block_on};
use super::training::ask;

const ALIASES: &str = "/api/v1/registry/lead/aliases";

/// A lead model that gives every lead without features this score.
fn constant(score: f64) -> ModelArtifact {
    models::over_catalogue(ModelKind::Lead, score, &[("inbound_msgs_30d", 3.0, 0.0, 0.0)])
}

/// Publishes models that are not to score yet.
fn publish(workspace: &Workspace, artifacts: &[ModelArtifact]) {
    let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db)).expect("opens");
    for artifact in artifacts {
        let model = artifact.encode();
        let files = vec![
            ("card.md".to_owned(), b"# A card".to_vec()),
            (
                "card.json".to_owned(),
                br#"{"evaluation":{"simulated":true,"metrics":{"auc":{"value":0.75,"low":0.7,"high":0.8}}}}"#.to_vec(),
            ),
        ];
        let publication = Publication { model: &model, files };
        registry.publish("default", artifact.kind, &publication).expect("publishes");
    }
}

async fn change(app: &App, request: Value) -> Value {
    let answer = app.post(ALIASES, request.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

#[test]
fn the_shipped_model_and_every_version_can_be_looked_at_and_taken_along() {
    let workspace = Workspace::empty();
    let ours = constant(10.0);
    publish(&workspace, std::slice::from_ref(&ours));
    let app = workspace.app();
    block_on(async {
        for kind in ["lead", "churn", "engagement"] {
            let path = format!("/api/v1/registry/{kind}/versions/prior");
            let shown = app.get(&path).await.json();
            assert_eq!((&shown["version"], &shown["state"]), (&json!("prior"), &json!("prior")));
            let evaluation = &shown["card"]["evaluation"];
            assert!(evaluation["metrics"]["auc"]["high"].is_number(), "intervals");
            assert!(evaluation["baselines"][0]["metrics"].is_object(), "baselines");
            assert!(evaluation["reliability"][0]["predicted"].is_number(), "calibration");
            assert!(evaluation["importance"][0].is_object(), "importance");
            let card = app.get(&format!("{path}/card")).await;
            assert!(card.body.starts_with(b"#"), "{kind}");
            let file = app.get(&format!("{path}/file")).await;
            assert_eq!(file.headers["content-type"], "application/octet-stream");
            let model = ModelArtifact::decode(&file.body).expect("a model");
            assert_eq!(model.kind.as_str(), kind);
            let tag = file.headers["etag"].to_str().expect("a tag");
            let known = [("if-none-match", tag)];
            assert_eq!(app.call("GET", &format!("{path}/file"), &known, "").await.status, 304);
        }
        let file = app.get("/api/v1/registry/lead/versions/1/file").await;
        assert_eq!(file.body, ours.encode());
        for version in ["2", "0", "champion", "-1"] {
            let path = format!("/api/v1/registry/lead/versions/{version}/file");
            assert_eq!(app.get(&path).await.code(), "not_found", "{version}");
        }
    });
}

#[test]
fn versions_are_listed_and_aliases_move_both_ways() {
    let workspace = Workspace::empty();
    publish(&workspace, &[constant(10.0), constant(20.0), constant(30.0)]);
    let app = workspace.app();
    block_on(async {
        let start = app.get(ALIASES).await.json();
        assert_eq!((&start["serving"], &start["champion"]), (&json!("prior"), &Value::Null));
        let page = app.get("/api/v1/registry/lead/versions?limit=2").await.json();
        let numbers: Vec<&Value> =
            page["versions"].as_array().expect("versions").iter().map(|v| &v["version"]).collect();
        assert_eq!((numbers, &page["next_cursor"]), (vec![&json!("3"), &json!("2")], &json!("2")));
        let last = app.get("/api/v1/registry/lead/versions?cursor=2").await.json();
        assert_eq!(
            (&last["versions"][0]["version"], &last["next_cursor"]),
            (&json!("1"), &Value::Null)
        );
        assert_eq!(last["versions"][0]["metrics"], json!({ "auc": 0.75 }));
        let one = app.get("/api/v1/registry/lead/versions/3").await.json();
        assert_eq!(
            (&one["card"]["evaluation"]["simulated"], &one["damaged"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(app.get("/api/v1/registry/lead/versions/3/card").await.body, b"# A card");

        let none =
            app.post(ALIASES, json!({ "alias": "champion", "version": "previous" }).to_string());
        assert_eq!(none.await.code(), "version_conflict");
        change(&app, json!({ "alias": "champion", "version": "1" })).await;
        for (version, serving, previous) in [
            ("previous", "prior", json!("1")),
            ("previous", "1", Value::Null),
            ("prior", "prior", json!("1")),
            ("1", "1", Value::Null),
        ] {
            let names = change(&app, json!({ "alias": "champion", "version": version })).await;
            assert_eq!((&names["serving"], &names["previous"]), (&json!(serving), &previous));
            let lead =
                app.post("/api/v1/ml/models/lead-scoring/predict", r#"{"features":{}}"#).await;
            assert_eq!(lead.json()["model"]["version"], serving, "what the next request meets");
        }
        let second = change(&app, json!({ "alias": "champion", "version": "3" })).await;
        assert_eq!((&second["serving"], &second["previous"]), (&json!("3"), &json!("1")));
        let back = change(&app, json!({ "alias": "champion", "version": "previous" })).await;
        assert_eq!((&back["serving"], &back["previous"]), (&json!("1"), &json!("3")));
        let tried = change(&app, json!({ "alias": "challenger", "version": "2" })).await;
        assert_eq!((&tried["challenger"], &tried["serving"]), (&json!("2"), &json!("1")));
        let path = "/api/v1/registry/lead/versions";
        let listed = app.get(path).await;
        let tag = listed.headers["etag"].to_str().expect("a tag").to_owned();
        assert_eq!(app.call("GET", path, &[("if-none-match", &tag)], "").await.status, 304);
        let listed = listed.json();
        assert_eq!(listed["versions"][1]["aliases"], json!(["challenger"]));
        let untried = change(&app, json!({ "alias": "challenger", "version": null })).await;
        assert_eq!(untried["challenger"], Value::Null);
    });
}

#[test]
fn a_change_that_is_sent_twice_happens_once() {
    let workspace = Workspace::empty();
    publish(&workspace, &[constant(10.0), constant(20.0)]);
    let app = workspace.app();
    block_on(async {
        for version in ["1", "2"] {
            change(&app, json!({ "alias": "champion", "version": version })).await;
        }
        let back = json!({ "alias": "champion", "version": "previous" }).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", "back")];
        let first = app.call("POST", ALIASES, &headers, back.clone()).await;
        let again = app.call("POST", ALIASES, &headers, back.clone()).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200));
        assert_eq!((&first.json()["champion"], first.json()), (&json!("1"), again.json()));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(app.get(ALIASES).await.json()["champion"], "1");
        let churn = ALIASES.replace("lead", "churn");
        assert_eq!(
            app.call("POST", &churn, &headers, back).await.code(),
            "idempotency_conflict",
            "a key belongs to one model"
        );

        let path = "/api/v1/registry/lead/versions";
        let headers = [("content-type", "application/octet-stream"), ("idempotency-key", "file")];
        let first = app.call("POST", path, &headers, constant(30.0).encode()).await;
        let again = app.call("POST", path, &headers, constant(30.0).encode()).await;
        assert_eq!((first.status.as_u16(), first.json()), (201, again.json()));
        assert_eq!(again.headers["idempotent-replayed"], "true");
    });
}

#[test]
fn what_is_not_there_or_damaged_does_not_score() {
    let workspace = Workspace::empty();
    publish(&workspace, &[constant(10.0), constant(20.0)]);
    let app = workspace.app();
    block_on(async {
        change(&app, json!({ "alias": "champion", "version": "1" })).await;
        for (body, code) in [
            (json!({ "alias": "champion", "version": "9" }), "not_found"),
            (json!({ "alias": "champion", "version": "0" }), "invalid_field"),
            (json!({ "alias": "champion", "version": "newest" }), "invalid_field"),
            (json!({ "alias": "challenger", "version": "previous" }), "invalid_field"),
            (json!({ "alias": "challenger", "version": "prior" }), "invalid_field"),
            (json!({ "alias": "champion", "version": "01" }), "invalid_field"),
            (json!({ "alias": "champion" }), "missing_field"),
            (json!({ "alias": "previous", "version": "1" }), "invalid_field"),
            (json!({ "alias": "champion", "version": "1", "force": true }), "unknown_field"),
        ] {
            assert_eq!(app.post(ALIASES, body.to_string()).await.code(), code, "{body}");
        }
        for path in [
            "/api/v1/registry/custom/versions",
            "/api/v1/registry/lead/versions/9",
            "/api/v1/registry/lead/versions/9/card",
            "/api/v1/registry/lead/versions/x",
            "/api/v1/registry/churn/versions/1",
        ] {
            assert_eq!(app.get(path).await.code(), "not_found", "{path}");
        }
        let versions = workspace.db.with_file_name("service.db.models/default/lead/versions");
        let folder = std::fs::read_dir(versions).expect("versions").filter_map(Result::ok);
        let second = folder.map(|entry| entry.path()).max().expect("two versions");
        std::fs::write(second.join("model.csm"), b"not a model").expect("writes");
        let damaged = json!({ "alias": "champion", "version": "2" }).to_string();
        assert_eq!(app.post(ALIASES, damaged).await.code(), "version_conflict");
        assert_eq!(app.get(ALIASES).await.json()["serving"], "1");
    });
}

#[test]
fn a_model_that_was_trained_elsewhere_is_published_and_scores() {
    let app = Workspace::empty().into_app();
    let path = "/api/v1/registry/lead/versions";
    let octets = [("content-type", "application/octet-stream")];
    block_on(async {
        let file = constant(40.0).encode();
        for _ in 0..2 {
            let answer = app.call("POST", path, &octets, file.clone()).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["version"]), (201, &json!("1")));
        }
        change(&app, json!({ "alias": "champion", "version": "1" })).await;
        let predict = "/api/v1/ml/models/lead-scoring/predict?explain=none";
        let answer = app.post(predict, r#"{"features":{}}"#).await.json();
        assert_eq!(
            (&answer["lead_score"], &answer["model"]["version"]),
            (&json!(40.0), &json!("1"))
        );

        let mut flipped = file.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for (what, bytes) in [
            ("nothing", Vec::new()),
            ("text", b"a letter".to_vec()),
            ("a damaged file", flipped),
            ("a cut file", file[..file.len() - 1].to_vec()),
            ("another kind", models::churn().encode()),
            ("other features", other_features().encode()),
        ] {
            assert_eq!(
                app.call("POST", path, &octets, bytes).await.code(),
                "invalid_field",
                "{what}"
            );
        }
        assert_eq!(app.post(path, "{}").await.code(), "unsupported_media_type");
        let too_long = [octets[0], ("content-length", "67108865")];
        assert_eq!(app.call("POST", path, &too_long, "").await.code(), "body_too_large");
    });
}

/// A lead model over features that the program does not compute.
fn other_features() -> ModelArtifact {
    let mut model = constant(1.0);
    model.schema.features.swap(0, 1);
    model
}

#[test]
fn a_version_that_cannot_score_here_does_not_become_champion() {
    let workspace = Workspace::empty();
    publish(&workspace, &[other_features()]);
    let app = workspace.app();
    block_on(async {
        let body = json!({ "alias": "champion", "version": "1" }).to_string();
        assert_eq!(app.post(ALIASES, body).await.code(), "version_conflict");
        assert_eq!(app.get(ALIASES).await.json()["champion"], Value::Null);
    });
}

#[test]
fn a_key_sees_and_moves_its_own_models_alone() {
    let workspace = Workspace::empty();
    publish(&workspace, &[constant(10.0)]);
    let other = workspace.key("other", &[Scope::Score, Scope::Admin]);
    let app = workspace.app();
    block_on(async {
        let bearer = format!("Bearer {other}");
        let headers = [("content-type", "application/json"), ("authorization", &bearer[..])];
        let page = app.call("GET", "/api/v1/registry/lead/versions", &headers, "").await.json();
        assert_eq!(page["versions"], json!([]));
        let body = json!({ "alias": "champion", "version": "1" }).to_string();
        assert_eq!(app.call("POST", ALIASES, &headers, body).await.code(), "not_found");
    });
}

/// Every answer is of one version and has the score of that version, and an activation holds from
/// its answer on, long before the registry is looked over for changes.
#[test]
fn requests_in_flight_while_versions_alternate() {
    const SCORES: [f64; 3] = [10.0, 40.0, 80.0];
    let workspace = Workspace::empty();
    publish(&workspace, &SCORES.map(constant));
    let config =
        Config { reload_ms: Duration::from_secs(3_600), rate_limit_per_s: 0, ..workspace.config() };
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let client = tokio::task::spawn_blocking(move || {
            let predict = || {
                let path = "/api/v1/ml/models/lead-scoring/predict?explain=none";
                let (status, answer) = ask(address, "POST", path, &json!({ "features": {} }));
                assert_eq!(status, 200, "{answer}");
                let version = answer["model"]["version"].as_str().expect("a version").to_owned();
                let number: usize = version.parse().expect("a number");
                assert_eq!(answer["lead_score"].as_f64(), Some(SCORES[number - 1]), "{answer}");
                number
            };
            let activate = |version: usize| {
                let body = json!({ "alias": "champion", "version": version.to_string() });
                let (status, answer) = ask(address, "POST", ALIASES, &body);
                assert_eq!((status, &answer["serving"]), (200, &json!(version.to_string())));
            };
            activate(1);
            let over = Arc::new(AtomicBool::new(false));
            let answered: usize = std::thread::scope(|scope| {
                let load: Vec<_> = (0..4)
                    .map(|_| {
                        let over = Arc::clone(&over);
                        scope.spawn(move || {
                            let mut answered = 0;
                            while !over.load(Ordering::Relaxed) {
                                predict();
                                answered += 1;
                            }
                            answered
                        })
                    })
                    .collect();
                for round in 0..60 {
                    let version = 1 + (round + 1) % 3;
                    activate(version);
                    assert_eq!(predict(), version, "it holds from the answer on");
                }
                over.store(true, Ordering::Relaxed);
                load.into_iter().map(|thread| thread.join().expect("no answer was wrong")).sum()
            });
            eprintln!("60 activations, {answered} answers meanwhile, each with its own score");
            assert!(answered > 60, "{answered}");
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
}
