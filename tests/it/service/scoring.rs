//! Scores by features, by events and by id; batches; importance.

use chatsignal_core::event::Event;
use chatsignal_core::feature::{CHURN, ENGAGEMENT, FeatureSpec, LEAD};
use chatsignal_core::id::ContactId;
use chatsignal_core::score::{Explain, LeadScorer};
use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::ndjson;
use chatsignal_native::registry::ModelRegistry;
use chatsignal_native::scoring::{self, Subject};
use chatsignal_tests::cases;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::support::{App, Workspace, block_on};

const LEAD_PATH: &str = "/api/v1/ml/models/lead-scoring";
const CHURN_PATH: &str = "/api/v1/ml/models/churn-prediction";
const ENGAGEMENT_PATH: &str = "/api/v1/ml/models/engagement-prediction";

/// A contact of the workspace, its events in order, and the instant after the last.
pub(super) fn contact(workspace: &Workspace) -> (ContactId, Vec<Event>, TimestampMs) {
    let id = workspace.events[0].contact_id;
    let mut events: Vec<Event> =
        workspace.events.iter().filter(|event| event.contact_id == id).cloned().collect();
    events.sort_by(Event::cmp_in_contact);
    let last = events.iter().map(|event| event.available_at).max().expect("events");
    (id, events, last)
}

pub(super) fn instant(at: TimestampMs) -> String {
    chatsignal_api::time::Instant(at).to_string()
}

/// Without what differs between two requests.
pub(super) fn core_of(mut answer: Value) -> Value {
    let object = answer.as_object_mut().expect("an object");
    object.remove("request_id");
    answer
}

#[test]
fn every_prediction_says_by_what_when_and_where() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (path, field) in [
            (format!("{LEAD_PATH}/predict"), "lead_id"),
            (format!("{CHURN_PATH}/predict"), "customer_id"),
            (format!("{ENGAGEMENT_PATH}/predict"), "contact_id"),
            (format!("{ENGAGEMENT_PATH}/optimal-time"), "contact_id"),
        ] {
            let body = json!({ field: "X1", "features": {}, "as_of": "2026-11-23T08:00:00Z" });
            let answer = app.post(&path, body.to_string()).await;
            let found = answer.json();
            assert_eq!(found[field], "X1", "{path}: {found}");
            assert_eq!(found["as_of"], "2026-11-23T08:00:00Z");
            assert_eq!(found["computed_on"], "native");
            assert_eq!(found["request_id"], answer.headers["x-request-id"].to_str().expect("text"));
            for part in
                ["name", "version", "state", "trained_through", "feature_set", "feature_set_hash"]
            {
                assert!(found["model"][part].is_string(), "{path}: model.{part}");
            }
            assert!(answer.headers.contains_key("ratelimit-remaining"));
        }
    });
}

#[test]
fn the_log_the_events_and_the_library_give_the_same_score() {
    let workspace = Workspace::simulated();
    let (id, events, last) = contact(&workspace);
    let app = workspace.app();
    let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db)).expect("opens");
    let served =
        registry.champion("default", chatsignal_core::artifact::ModelKind::Lead).expect("a model");
    let scorer = LeadScorer::new(&served.artifact).expect("a scorer");
    let subject = Subject::new(id, &events, last);
    let expected =
        scoring::lead(&scorer, &subject, Explain::default(), scoring::origin(&served, last));
    let expected = serde_json::to_value(expected).expect("writes");
    let lines: Vec<Value> = events
        .iter()
        .map(|event| {
            let mut line = String::new();
            ndjson::write(event, &mut line);
            serde_json::from_str(&line).expect("JSON")
        })
        .collect();
    block_on(async {
        let path = format!("{LEAD_PATH}/predict");
        let by_id = json!({ "lead_id": id.to_string(), "as_of": instant(last) });
        assert_eq!(core_of(app.post(&path, by_id.to_string()).await.json()), expected);
        // In any order, and twice.
        let shuffled: Vec<&Value> = lines.iter().rev().chain(lines.iter().take(3)).collect();
        let by_events = json!({ "events": shuffled, "as_of": instant(last) });
        assert_eq!(core_of(app.post(&path, by_events.to_string()).await.json()), expected);

        for path in [
            format!("{CHURN_PATH}/predict"),
            format!("{ENGAGEMENT_PATH}/predict"),
            format!("{ENGAGEMENT_PATH}/optimal-time"),
        ] {
            let field = if path.starts_with(CHURN_PATH) { "customer_id" } else { "contact_id" };
            let by_id = json!({ field: id.to_string(), "as_of": instant(last) });
            let by_events =
                json!({ field: id.to_string(), "events": lines, "as_of": instant(last) });
            let answer = app.post(&path, by_id.to_string()).await;
            assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
            let other = app.post(&path, by_events.to_string()).await;
            assert_eq!(core_of(answer.json()), core_of(other.json()), "{path}");
        }
    });
}

#[test]
fn explanations_are_as_long_as_asked_and_add_up() {
    let app = Workspace::simulated().into_app();
    let body = r#"{"features":{"inbound_msgs_30d":5,"high_intent_actions_30d":2,"hours_since_last_inbound":3}}"#;
    block_on(async {
        let answer =
            async |query: &str| app.post(&format!("{LEAD_PATH}/predict{query}"), body).await.json();
        let full = answer("?explain=full").await;
        let factors = full["top_factors"].as_array().expect("factors");
        assert_eq!(factors.len(), LEAD.len());
        let sum: f64 = factors.iter().map(|f| f["contribution"].as_f64().expect("a number")).sum();
        let number = |name: &str| full[name].as_f64().expect("a number");
        assert!((number("base_value") + sum - number("margin")).abs() < 1e-9);
        assert!(answer("").await["top_factors"].as_array().expect("factors").len() <= 5);
        let none = answer("?explain=none").await;
        assert!(none.get("top_factors").is_none());
        assert_eq!(none["lead_score"], full["lead_score"]);
        let wrong = app.post(&format!("{LEAD_PATH}/predict?explain=all"), body).await;
        assert_eq!(wrong.code(), "invalid_parameter");
    });
}

#[test]
fn a_batch_keeps_order_and_fails_in_parts() {
    let workspace = Workspace::simulated();
    let (id, ..) = contact(&workspace);
    let app = workspace.app();
    block_on(async {
        let body = json!({ "leads": [
            { "lead_id": "A", "features": { "inbound_msgs_30d": 9 } },
            { "lead_id": "B", "features": { "inbound_msgs_30d": -1, "made_up": 1 } },
            { "lead_id": id.to_string() },
            { "lead_id": "nobody" },
            "text",
            { "lead_id": "C", "lead_data": { "inbound_msgs_30d": null } },
        ]});
        let answer =
            app.post(&format!("{LEAD_PATH}/batch?explain=none"), body.to_string()).await.json();
        let results = answer["results"].as_array().expect("results");
        let ids: Vec<_> = results.iter().map(|r| (r["index"].as_u64(), r["id"].as_str())).collect();
        assert_eq!(ids[0], (Some(0), Some("A")));
        assert_eq!(ids[5], (Some(5), Some("C")));
        let codes: Vec<_> = results.iter().map(|r| r["error"]["code"].as_str()).collect();
        assert_eq!(
            codes,
            [None, Some("unknown_feature"), None, Some("not_found"), Some("invalid_field"), None]
        );
        let pointers: Vec<_> = results[1]["error"]["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|e| e["pointer"].as_str().expect("a pointer"))
            .collect();
        assert_eq!(pointers, ["/leads/1/features/made_up", "/leads/1/features/inbound_msgs_30d"]);
        let summary = &answer["summary"];
        assert_eq!(
            (&summary["count"], &summary["succeeded"], &summary["failed"]),
            (&6.into(), &3.into(), &3.into())
        );
        let labelled: u64 = summary["by_label"]
            .as_object()
            .expect("labels")
            .values()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(labelled, 3);
        // One alone gives what it gives in a batch.
        let alone = app
            .post(
                &format!("{LEAD_PATH}/predict?explain=none"),
                r#"{"features":{"inbound_msgs_30d":9}}"#,
            )
            .await
            .json();
        assert_eq!(alone["lead_score"], results[0]["result"]["lead_score"]);
        let plans = format!("{ENGAGEMENT_PATH}/optimal-time");
        for (path, list) in
            [(CHURN_PATH, "customers"), (ENGAGEMENT_PATH, "contacts"), (&plans, "contacts")]
        {
            let body = json!({ list: [{ "features": {} }] }).to_string();
            let answer = app.post(&format!("{path}/batch"), body).await.json();
            assert_eq!(answer["summary"]["succeeded"], 1, "{path}: {answer}");
        }
        // Plans of contacts of the log: each is what it is alone.
        let ask = json!({ "contact_id": id.to_string(), "as_of": "2026-11-23T08:00:00Z" });
        let many = json!({ "contacts": [ask, { "contact_id": "nobody" }] }).to_string();
        let many = app.post(&format!("{plans}/batch?explain=none"), many).await.json();
        let one = app.post(&format!("{plans}?explain=none"), ask.to_string()).await.json();
        assert_eq!(many["results"][0]["result"]["hourly"], one["hourly"]);
        assert_eq!(many["results"][1]["error"]["code"], "not_found");
        let empty = app.post(&format!("{LEAD_PATH}/batch"), r#"{"leads":[]}"#).await.json();
        assert_eq!(empty["summary"]["count"], 0);
    });
}

#[test]
fn scores_by_features_go_on_while_the_database_is_out_of_reach() {
    let workspace = Workspace::simulated();
    let app = workspace.app();
    block_on(async {
        let one = format!("{LEAD_PATH}/predict");
        let many = format!("{LEAD_PATH}/batch");
        assert_eq!(app.post(&one, r#"{"features":{}}"#).await.status, 200);
        std::fs::rename(&workspace.db, workspace.db.with_extension("away")).expect("moves");
        let id = json!({ "lead_id": workspace.events[0].contact_id.to_string() });
        let answer = app.post(&one, id.to_string()).await;
        assert_eq!(answer.code(), "store_unavailable");
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(app.post(&one, r#"{"features":{}}"#).await.status, 200);
        let body = json!({ "leads": [{ "features": {} }, id] }).to_string();
        let answer = app.post(&many, body).await.json();
        assert_eq!(answer["summary"]["succeeded"], 1);
        assert_eq!(answer["results"][1]["error"]["code"], "store_unavailable");
        assert_eq!(app.get("/api/v1/ml/health").await.json()["status"], "degraded");
    });
}

#[test]
fn importance_adds_up_and_is_cached_by_its_tag() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (path, features) in [(LEAD_PATH, 24), (CHURN_PATH, 32), (ENGAGEMENT_PATH, 27)] {
            let path = format!("{path}/feature-importance");
            let answer = app.get(&path).await;
            let found = answer.json();
            let list = found["features"].as_array().expect("features");
            assert_eq!(list.len(), features);
            let sum: f64 = list.iter().filter_map(|f| f["importance"].as_f64()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
            let tag = answer.headers["etag"].to_str().expect("text");
            for known in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".to_owned()] {
                let again = app.call("GET", &path, &[("if-none-match", &known)], "").await;
                assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{known}");
            }
            assert_eq!(app.call("GET", &path, &[("if-none-match", "\"x\"")], "").await.status, 200);
            let answer = app.get(&format!("{path}?method=permutation")).await;
            assert_eq!(answer.status, 200);
            assert_eq!(app.get(&format!("{path}?method=cover")).await.code(), "invalid_parameter");
        }
    });
    // A model without an evaluation of its own has what its trees tell.
    let app = Workspace::simulated().into_app();
    block_on(async {
        let path = format!("{LEAD_PATH}/feature-importance");
        let answer = app.get(&path).await;
        assert_eq!(answer.code(), "importance_unavailable");
        assert!(answer.json()["detail"].to_string().contains("has: gain"));
        let found = app.get(&format!("{path}?method=gain")).await.json();
        assert_eq!(
            (&found["method"], &found["features"][0]["feature"]),
            (&json!("gain"), &json!("hours_since_last_inbound"))
        );
        let sum: f64 = found["features"]
            .as_array()
            .expect("features")
            .iter()
            .filter_map(|f| f["importance"].as_f64())
            .sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    });
}

#[test]
fn a_model_tells_its_importance_by_permutation() {
    let workspace = Workspace::empty();
    let mut artifact = chatsignal_tests::models::lead();
    artifact.metadata_json = json!({ "importance": [
        { "feature": "questions_30d", "mean_abs_shap": 9.0, "permutation": -0.001 },
        { "feature": "inbound_msgs_30d", "mean_abs_shap": 1.0, "permutation": 0.02 },
    ]})
    .to_string();
    workspace.publish(&artifact);
    let path = format!("{LEAD_PATH}/feature-importance?method=permutation");
    let found = block_on(workspace.app().get(&path)).json();
    let first = &found["features"][0];
    assert_eq!(
        (&first["feature"], &first["importance"]),
        (&json!("inbound_msgs_30d"), &json!(1.0))
    );
    assert_eq!(found["features"][1]["importance"], 0.0, "what did no harm weighs nothing");
}

#[test]
fn the_best_hour_keeps_to_zone_day_and_rules() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let path = format!("{ENGAGEMENT_PATH}/optimal-time?explain=none");
        let plan = async |body: Value| app.post(&path, body.to_string()).await.json();
        let base = |more: Value| {
            let mut body = json!({ "contact_data": { "reply_rate_90d": 0.4 }, "as_of": "2026-10-20T08:00:00Z" });
            body.as_object_mut()
                .expect("an object")
                .extend(more.as_object().expect("an object").clone());
            body
        };
        // Clocks go back in Berlin: a day of 25 hours.
        let found = plan(base(json!({ "timezone": "Europe/Berlin", "date": "2026-10-25" }))).await;
        assert_eq!(found["hourly"].as_array().expect("hours").len(), 25, "{found}");
        let spring = json!({ "timezone": "Europe/Berlin", "date": "2027-03-28" });
        assert_eq!(plan(base(spring)).await["hourly"].as_array().expect("hours").len(), 23);
        let found =
            plan(base(json!({ "utc_offset_minutes": -180, "hours_to_test": [9, 18, 22] }))).await;
        let hours: Vec<_> =
            found["hourly"].as_array().expect("hours").iter().map(|h| h["hour"].as_u64()).collect();
        assert_eq!(hours, [Some(9), Some(18), Some(22)]);
        assert_eq!(found["hourly"][2]["blocked_by"], "quiet_hours", "{found}");
        let quiet = json!({ "utc_offset_minutes": 0, "hours_to_test": [9], "quiet_hours": { "start": "08:00", "end": "10:00" } });
        assert_eq!(plan(base(quiet)).await["optimal_hour"], Value::Null);
        let drawn = json!({ "policy": "thompson", "seed": 42, "utc_offset_minutes": 0 });
        let (a, b) = (plan(base(drawn.clone())).await, plan(base(drawn)).await);
        assert_eq!(core_of(a), core_of(b), "a seed draws the same");
        // What hangs on the hour is computed for each hour, and said so.
        let given = json!({ "contact_data": { "hour_sin": 0.5 }, "as_of": "2026-10-20T08:00:00Z" });
        let warnings = plan(given).await["warnings"].clone();
        assert!(warnings.to_string().contains("computed_for_each_hour"), "{warnings}");
        for (more, pointer) in [
            (json!({ "timezone": "Europe/Atlantis" }), "/timezone"),
            (json!({ "timezone": "UTC", "utc_offset_minutes": 0 }), "/timezone"),
            (json!({ "utc_offset_minutes": 2000 }), "/utc_offset_minutes"),
            (json!({ "date": "2026-02-30" }), "/date"),
            (json!({ "date": "2020-01-01" }), "/date"),
            (json!({ "hours_to_test": [] }), "/hours_to_test"),
            (json!({ "hours_to_test": [24] }), "/hours_to_test"),
            (json!({ "quiet_hours": { "start": "9", "end": "10:00" } }), "/quiet_hours/start"),
            (json!({ "epsilon": 0.5 }), "/epsilon"),
            (json!({ "policy": "epsilon", "epsilon": 1.5 }), "/epsilon"),
            (json!({ "message": { "category": "spam" } }), "/message/category"),
            (json!({ "message": { "language": "not a tag" } }), "/message/language"),
        ] {
            let answer = app.post(&path, base(more.clone()).to_string()).await;
            assert_eq!(answer.code(), "invalid_field", "{more}");
            assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{more}");
        }
    });
}

fn features(
    specs: &'static [FeatureSpec],
) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let value = |(low, high): (f32, f32)| {
        prop_oneof![
            4 => (f64::from(low)..=f64::from(high)).prop_map(Value::from),
            1 => Just(Value::from(f64::from(low))),
            1 => Just(Value::from(f64::from(high))),
            1 => Just(Value::Null),
            1 => prop_oneof![Just(1e308), Just(-1e308), Just(1e39), Just(-0.0), Just(5e-324)].prop_map(Value::from),
        ]
    };
    let each: Vec<_> = specs
        .iter()
        .map(|spec| {
            let (low, high) = spec.range;
            // An open range is probed up to a great number.
            let range = (low.max(-1e30), high.min(1e30));
            prop::option::weighted(0.6, value(range)).prop_map(|value| (spec.name, value))
        })
        .collect();
    each.prop_map(|pairs| {
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

/// Every number of a JSON value.
fn numbers(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Number(number) => found.push(number.as_f64().unwrap_or(f64::NAN)),
        Value::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Value::Object(items) => items.values().for_each(|item| numbers(item, found)),
        _ => {}
    }
}

#[test]
fn any_features_give_a_score_in_range_or_a_typed_refusal() {
    let app: App = Workspace::empty().into_app();
    for (path, specs, name, top) in [
        (LEAD_PATH, &LEAD[..], "lead_score", 100.0),
        (CHURN_PATH, &CHURN[..], "churn_probability", 1.0),
        (ENGAGEMENT_PATH, &ENGAGEMENT[..], "engagement_probability", 1.0),
    ] {
        let mut runner = TestRunner::new(Config { cases: cases(64), ..Config::default() });
        let outcome = runner.run(&features(specs), |features| {
            let body = json!({ "features": features }).to_string();
            let answer = block_on(app.post(&format!("{path}/predict"), body));
            if answer.status == 200 {
                let found = answer.json();
                let score = found[name].as_f64().expect("a score");
                prop_assert!((0.0..=top).contains(&score));
                let mut all = Vec::new();
                numbers(&found, &mut all);
                prop_assert!(all.iter().all(|number| number.is_finite()));
            } else {
                prop_assert_eq!(answer.code(), "feature_out_of_range");
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}
