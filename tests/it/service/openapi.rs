//! The description of the service, as a snapshot: a change here is a change of the interface.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{Workspace, block_on, operations};

fn document() -> Value {
    block_on(Workspace::empty().into_app().get("/openapi.json")).json()
}

#[test]
fn the_description_is_the_one_that_is_kept() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&document()).expect("writes"));
}

#[test]
fn operations_have_names_of_their_own_and_answers() {
    let document = document();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("a name").to_owned();
        assert!(names.insert(name.clone()), "{name} is there twice");
        assert!(operation["summary"].is_string(), "{method} {path} without a summary");
        let answers = operation["responses"].as_object().expect("answers");
        assert!(!answers.is_empty(), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    let pointer = to.strip_prefix('#').expect("inside the document");
                    assert!(document.pointer(pointer).is_some(), "{to}");
                }
                fields.values().for_each(|value| walk(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn the_28_routes_are_there() {
    let found: BTreeSet<String> = operations(&document())
        .into_iter()
        .filter_map(|(method, path, _)| {
            Some(format!("{method} {}", path.strip_prefix("/api/v1/ml")?))
        })
        .collect();
    let expected = [
        "POST /sentiment/analyze",
        "POST /sentiment/batch",
        "POST /sentiment/conversation",
        "POST /voice/transcribe",
        "POST /voice/transcribe-upload",
        "POST /voice/translate-upload",
        "POST /voice/detect-language-upload",
        "GET /voice/supported-languages",
        "POST /translation/translate",
        "POST /translation/batch",
        "POST /translation/detect-language",
        "POST /translation/multilingual",
        "GET /translation/supported-languages",
        "GET /translation/popular-languages",
        "GET /health",
        "POST /models/lead-scoring/predict",
        "POST /models/lead-scoring/batch",
        "GET /models/lead-scoring/feature-importance",
        "POST /models/churn-prediction/predict",
        "POST /models/churn-prediction/batch",
        "GET /models/churn-prediction/feature-importance",
        "POST /models/engagement-prediction/predict",
        "POST /models/engagement-prediction/batch",
        "POST /models/engagement-prediction/optimal-time",
        "GET /models/engagement-prediction/feature-importance",
        "POST /training/train-model",
        "POST /training/train-all",
        "GET /training/status",
    ];
    assert_eq!(expected.len(), 28);
    for route in expected {
        assert!(found.contains(route), "{route} is not described");
    }
}
