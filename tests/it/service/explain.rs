//! Everything about one prediction.

use serde_json::{Value, json};

use super::scoring::{contact, instant};
use super::support::{App, Workspace, block_on};

fn path(model: &str) -> String {
    format!("/api/v1/models/{model}/explain")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Checks that contributions and interactions add up; the explanation.
async fn explained(app: &App, model: &str, body: &Value) -> Value {
    let answer = app.post(&format!("{}?interactions=true", path(model)), body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let found = answer.json();
    let contributions = found["contributions"].as_array().expect("contributions");
    let sum: f64 = contributions.iter().map(|share| number(&share["contribution"])).sum();
    assert!((number(&found["base_value"]) + sum - number(&found["margin"])).abs() < 1e-9);
    let matrix = &found["interactions"];
    let names = matrix["features"].as_array().expect("names");
    assert_eq!(names.len(), contributions.len());
    for (name, row) in names.iter().zip(matrix["values"].as_array().expect("rows")) {
        let row: f64 = row.as_array().expect("a row").iter().map(number).sum();
        let share = contributions.iter().find(|share| share["feature"] == *name).expect("named");
        assert!((row - number(&share["contribution"])).abs() < 1e-9, "{name}");
    }
    found
}

#[test]
fn explanations_add_up_and_counterfactuals_hold() {
    let workspace = Workspace::simulated();
    let (id, _, last) = contact(&workspace);
    let app = workspace.app();
    block_on(async {
        for (model, predict, value, body, better) in [
            (
                "lead",
                "lead-scoring",
                "lead_score",
                json!({ "inbound_msgs_30d": 1, "high_intent_actions_30d": 0 }),
                1.0,
            ),
            (
                "churn",
                "churn-prediction",
                "churn_probability",
                json!({ "days_since_last_inbound": 45, "open_conversation_age_h": 50 }),
                -1.0,
            ),
            (
                "engagement",
                "engagement-prediction",
                "engagement_probability",
                json!({ "sends_7d": 5, "reply_rate_90d": 0.05 }),
                1.0,
            ),
        ] {
            let body = json!({ "features": body, "as_of": "2026-11-23T08:00:00Z" });
            let found = explained(&app, model, &body).await;
            let route = format!("/api/v1/ml/models/{predict}/predict?explain=none");
            let predicted = app.post(&route, body.to_string()).await.json();
            assert_eq!(found["value"], predicted[value], "{model}");
            for part in
                ["as_of", "computed_on", "request_id", "model", "missing_features", "warnings"]
            {
                assert!(!found[part].is_null(), "{model}: {part}");
            }
            // The changes, fed in, give the value that was told.
            let what_if = &found["counterfactual"];
            if what_if["reachable"] == true {
                let mut changed = body.clone();
                for change in what_if["changes"].as_array().expect("changes") {
                    changed["features"][change["feature"].as_str().expect("a name")] =
                        change["to"].clone();
                }
                let after = app.post(&route, changed.to_string()).await.json();
                assert_eq!(after[value], what_if["value"], "{model}");
                assert!(better * (number(&after[value]) - number(&found["value"])) > 0.0);
            }
            // By the log as well.
            let field = match model {
                "lead" => "lead_id",
                "churn" => "customer_id",
                _ => "contact_id",
            };
            let by_id = json!({ field: id.to_string(), "as_of": instant(last) });
            let found = explained(&app, model, &by_id).await;
            let predicted = app.post(&route, by_id.to_string()).await.json();
            assert_eq!(found["value"], predicted[value], "{model}");
            assert_eq!(found["contact_id"], id.to_string());
        }
        let hot = json!({ "features": { "inbound_msgs_30d": 9, "high_intent_actions_30d": 2, "hours_since_last_inbound": 5 } });
        let found = app.post(&path("lead"), hot.to_string()).await.json();
        assert_eq!((&found["label"], &found["counterfactual"]), (&json!("hot"), &Value::Null));
        assert!(found.get("interactions").is_none());
        let cold = json!({ "features": { "inbound_msgs_30d": 1 } }).to_string();
        let to_hot = app.post(&format!("{}?target=hot", path("lead")), cold.clone()).await.json();
        assert_eq!(to_hot["counterfactual"]["target"], "hot");
        for query in ["?target=low", "?target=", "?interactions=1", "?explain=full"] {
            let answer = app.post(&format!("{}{query}", path("lead")), cold.clone()).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
        assert_eq!(app.post(&path("custom"), "{}").await.code(), "not_found");
        assert_eq!(
            app.post(&path("lead"), r#"{"previous_score":101,"features":{}}"#).await.code(),
            "invalid_field"
        );
        assert_eq!(
            app.post(&path("churn"), r#"{"horizon_days":7,"features":{}}"#).await.code(),
            "horizon_mismatch"
        );
        assert_eq!(app.post(&path("lead"), r#"{"lead_id":"nobody"}"#).await.code(), "not_found");
    });
}
