//! What the features are, and their values for one contact.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use chatsignal_core::score::LeadScorer;
use chatsignal_ingest::ndjson;
use chatsignal_native::registry::ModelRegistry;
use chatsignal_native::scoring::Subject;
use serde_json::{Value, json};

use super::scoring::{contact, core_of, instant};
use super::support::{Workspace, block_on};

#[test]
fn the_schema_is_the_catalogue_and_is_cached_by_its_tag() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for kind in ModelKind::TRAINED {
            let path = format!("/api/v1/features/{}/schema", kind.as_str());
            let answer = app.get(&path).await;
            let found = answer.json();
            let names: Vec<&str> = found["features"]
                .as_array()
                .expect("features")
                .iter()
                .map(|feature| feature["name"].as_str().expect("a name"))
                .collect();
            let expected: Vec<&str> = catalogue(kind).iter().map(|spec| spec.name).collect();
            assert_eq!(names, expected);
            assert_eq!(found["count"], expected.len());
            assert_eq!(found["feature_set"], format!("{}/1", kind.as_str()));
            for feature in found["features"].as_array().expect("features") {
                assert!(feature["minimum"].as_f64() < feature["maximum"].as_f64(), "{feature}");
                for text in ["label", "category", "unit", "definition"] {
                    assert!(feature[text].is_string(), "{feature}");
                }
                assert!(
                    feature["missing"]["kind"].is_string() && feature["window"]["kind"].is_string()
                );
            }
            // The hash is the one that predictions carry.
            let predict = match kind {
                ModelKind::Lead => "lead-scoring",
                ModelKind::Churn => "churn-prediction",
                _ => "engagement-prediction",
            };
            let path_of_model = format!("/api/v1/ml/models/{predict}/predict");
            let prediction = app.post(&path_of_model, r#"{"features":{}}"#).await.json();
            assert_eq!(prediction["model"]["feature_set_hash"], found["feature_set_hash"]);
            let tag = answer.headers["etag"].to_str().expect("text");
            let again = app.call("GET", &path, &[("if-none-match", tag)], "").await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        }
        for path in [
            "/api/v1/features/custom/schema",
            "/api/v1/features/LEAD/schema",
            "/api/v1/features/%ff/schema",
        ] {
            assert_eq!(app.get(path).await.code(), "not_found", "{path}");
        }
    });
}

#[test]
fn computed_values_are_those_that_the_model_reads() {
    let workspace = Workspace::simulated();
    let (id, events, last) = contact(&workspace);
    let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db)).expect("opens");
    let served = registry.champion("default", ModelKind::Lead).expect("a model");
    let scorer = LeadScorer::new(&served.artifact).expect("a scorer");
    let subject = Subject::new(id, &events, last);
    let row = scorer.features(&subject.state, last);
    let lines: Vec<Value> = events
        .iter()
        .map(|event| {
            let mut line = String::new();
            ndjson::write(event, &mut line);
            serde_json::from_str(&line).expect("JSON")
        })
        .collect();
    let app = workspace.app();
    block_on(async {
        let path = "/api/v1/features/lead/compute";
        let by_id = json!({ "contact_id": id.to_string(), "as_of": instant(last) });
        let found = app.post(path, by_id.to_string()).await.json();
        assert_eq!(found["contact_id"], id.to_string());
        let mut missing = Vec::new();
        for (spec, value) in catalogue(ModelKind::Lead).iter().zip(row.values) {
            let expected = (!value.is_nan()).then_some(f64::from(value));
            assert_eq!(found["features"][spec.name].as_f64(), expected, "{}", spec.name);
            missing.extend(value.is_nan().then_some(spec.name));
        }
        assert_eq!(found["missing_features"], json!(missing));
        let by_events = json!({ "events": lines, "as_of": instant(last) });
        let other = app.post(path, by_events.to_string()).await.json();
        assert_eq!(core_of(other), core_of(found.clone()));
        // The values go in again and give the score that the contact has.
        let body = json!({ "features": found["features"], "as_of": instant(last) });
        let by_features =
            app.post("/api/v1/ml/models/lead-scoring/predict?explain=none", body.to_string()).await;
        let by_log = app
            .post(
                "/api/v1/ml/models/lead-scoring/predict?explain=none",
                json!({ "lead_id": id.to_string(), "as_of": instant(last) }).to_string(),
            )
            .await;
        assert_eq!(by_features.json()["lead_score"], by_log.json()["lead_score"]);

        for model in ["churn", "engagement"] {
            let path = format!("/api/v1/features/{model}/compute");
            let answer = app.post(&path, by_id.to_string()).await;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        }
        let evening = json!({
            "contact_id": id.to_string(), "as_of": instant(last), "send_at": instant(last),
            "utc_offset_minutes": 60, "message": { "category": "marketing", "length": 140 },
        });
        let path = "/api/v1/features/engagement/compute";
        assert_eq!(
            app.post(path, evening.to_string()).await.json()["features"]["is_marketing"],
            1.0
        );
        for (body, code) in [
            (json!({}), "missing_field"),
            (json!({ "contact_id": "" }), "invalid_field"),
            (json!({ "contact_id": "x".repeat(300) }), "invalid_field"),
            (json!({ "contact_id": "nobody" }), "not_found"),
            (json!({ "contact_id": "00000000000000000000000000000000" }), "not_found"),
            (json!({ "contact_id": 5 }), "invalid_field"),
            (json!({ "contact_id": id.to_string(), "as_of": "2026" }), "invalid_field"),
            (json!({ "contact_id": id.to_string(), "features": {} }), "unknown_field"),
            (json!({ "events": [] }), "invalid_field"),
            (json!({ "events": [{}] }), "invalid_field"),
            (json!({ "events": {} }), "invalid_field"),
            (json!({ "events": [lines[0], { "v": 2 }] }), "invalid_field"),
            (
                json!({ "contact_id": id.to_string(), "send_at": "2000-01-01T00:00:00Z" }),
                "invalid_field",
            ),
            (json!({ "contact_id": id.to_string(), "utc_offset_minutes": 5000 }), "invalid_field"),
            (json!({ "contact_id": id.to_string(), "utc_offset_minutes": 1e9 }), "invalid_field"),
            (json!({ "contact_id": id.to_string(), "message": [] }), "invalid_field"),
            (
                json!({ "contact_id": id.to_string(), "message": { "category": "spam" } }),
                "invalid_field",
            ),
            (json!({ "contact_id": id.to_string(), "message": { "lenght": 1 } }), "unknown_field"),
            (
                json!({ "contact_id": id.to_string(), "message": { "language": "no tag" } }),
                "invalid_field",
            ),
        ] {
            assert_eq!(app.post(path, body.to_string()).await.code(), code, "{body}");
        }
        // What only a send has is refused by the other models, every field at once.
        let answer = app.post("/api/v1/features/lead/compute", evening.to_string()).await;
        assert_eq!(answer.code(), "invalid_field");
        assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(3));
        assert_eq!(
            app.post("/api/v1/features/lead/compute?x=1", "{}").await.code(),
            "invalid_parameter"
        );
    });
}
