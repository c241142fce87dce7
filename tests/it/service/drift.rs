//! Drift, expected and realised figures of models in use.

use chatsignal_native::demo::{self, Options};
use chatsignal_native::service::{Config, Scope};
use chatsignal_train::progress::Silent;
use chatsignal_train::synth::Preset;
use serde_json::Value;

use super::support::{App, Workspace, block_on};

const DRIFT: &str = "/api/v1/monitoring/drift";

#[test]
fn trained_models_are_compared_with_their_training_data() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = dir.path().join("demo.db");
    let options =
        Options { preset: Preset::Headline, contacts: 300, seed: 3, limit: 12, until: None };
    let demo = demo::run(&db, &options, &Silent).expect("the demo runs");
    let config = Config { db, tenant: demo.tenant, ..Config::default() };
    let app = App::new(config);
    block_on(async {
        for evaluation in &demo.evaluations {
            let path = format!("{DRIFT}?model={}", evaluation.kind);
            let answer = app.get(&path).await;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            let report = answer.json();
            eprintln!(
                "{}: {} of {} contacts; {}",
                evaluation.kind, report["status"], report["current"]["contacts"], report["scores"],
            );
            sound(&report, evaluation.importance.len());
            // What training measured is what the report says of it.
            let log_loss = evaluation.metrics.log_loss.expect("there").value;
            assert_eq!(report["trained"]["figures"]["log_loss"]["value"], log_loss);
            assert_eq!(app.get(&path).await.json(), report, "the report is kept");
        }
        assert!(!demo.evaluations.is_empty());
    });
}

/// The rules that every report keeps.
fn sound(report: &Value, features: usize) {
    let list = report["features"].as_array().expect("a list");
    assert_eq!(list.len(), features);
    for one in list.iter().chain([&report["scores"]]) {
        let number = |name: &str| one[name].as_f64().expect("a number");
        assert!(number("psi") >= 0.0 && (0.0..=1.0).contains(&number("p_value")), "{one}");
        let passed = one["threshold"].as_f64().is_some_and(|most| number("psi") > most);
        assert_eq!(one["drifted"], passed, "{one}");
    }
    let surprise: Vec<f64> = list.iter().filter_map(|one| one["p_value"].as_f64()).collect();
    assert!(surprise.is_sorted(), "the most surprising first");
    if report["current"]["contacts"].as_u64() > Some(0) {
        let figures = &report["expected"]["figures"];
        let rate = figures["rate"]["value"].as_f64().expect("a rate");
        assert!((0.0..=1.0).contains(&rate));
        assert!(figures["log_loss"]["low"].as_f64() <= figures["log_loss"]["value"].as_f64());
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let workspace = Workspace::empty();
    let key = workspace.key("default", &[Scope::Ingest]);
    let app = workspace.into_app();
    let own = format!("Bearer {key}");
    block_on(async {
        let get = async |path: &str| {
            app.call("GET", path, &[("authorization", own.as_str())], axum::body::Body::empty())
                .await
        };
        assert_eq!(get(&format!("{DRIFT}?model=lead")).await.code(), "forbidden");
    });
    let app = Workspace::empty().into_app();
    block_on(async {
        let shipped = app.get(&format!("{DRIFT}?model=lead")).await;
        assert_eq!(
            (shipped.status.as_u16(), shipped.code()),
            (409, "reference_missing".to_owned())
        );
        for query in ["", "?model=", "?model=x", "?model=lead&x=1"] {
            let answer = app.get(&format!("{DRIFT}{query}")).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
    });
}
