//! `docs/API.md`: its tables are printed from the code, its examples are what the service answers.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use chatsignal_api::error::ErrorCode;
use chatsignal_native::service::config::SETTINGS;
use chatsignal_tests::models;
use serde_json::Value;

use super::support::{App, Workspace, block_on, operations};

fn routes(document: &Value) -> String {
    let mut out = String::from("| method | path | scope | |\n|---|---|---|---|\n");
    for (method, path, operation) in operations(document) {
        let ways = operation["security"].as_array().cloned().unwrap_or_default();
        let scope = ways.iter().find_map(|way| way["key"].as_array()?.first()?.as_str());
        let summary = operation["summary"].as_str().unwrap_or_default().trim_end_matches('.');
        let _ = writeln!(out, "| {method} | `{path}` | {} | {summary} |", scope.unwrap_or(""));
    }
    out
}

fn errors() -> String {
    let mut out = String::from("| code | status | title |\n|---|---|---|\n");
    for code in ErrorCode::ALL {
        let _ = writeln!(out, "| `{}` | {} | {} |", code.as_str(), code.status(), code.title());
    }
    out
}

fn settings() -> String {
    let mut out = String::from("| flag | variable | default | |\n|---|---|---|---|\n");
    for spec in SETTINGS {
        let default = if spec.default.is_empty() { "" } else { &format!("`{}`", spec.default) };
        let (flag, variable) = (spec.flag(), spec.variable());
        let _ = writeln!(out, "| `--{flag}` | `{variable}` | {default} | {} |", spec.about);
    }
    out
}

const EXAMPLES: [(&str, &str, &str); 5] = [
    (
        "A lead by its features",
        "POST /api/v1/ml/models/lead-scoring/predict",
        r#"{"lead_id":"L1","as_of":"2026-11-23T08:00:00Z","previous_score":40,
 "features":{"inbound_msgs_30d":9,"high_intent_actions_30d":2,"hours_since_last_inbound":5}}"#,
    ),
    (
        "Two customers, one of them wrong",
        "POST /api/v1/ml/models/churn-prediction/batch?explain=none",
        r#"{"customers":[
  {"customer_id":"C1","as_of":"2026-11-23T08:00:00Z","features":{"days_since_last_inbound":45}},
  {"customer_id":"C2","features":{"days_since_last_inbound":-1}}]}"#,
    ),
    (
        "One send to one contact, from events",
        "POST /api/v1/ml/models/engagement-prediction/predict?explain=none",
        r#"{"contact_id":"K1","as_of":"2026-11-23T08:00:00Z","send_at":"2026-11-23T18:00:00Z",
 "utc_offset_minutes":60,"message":{"category":"marketing","length":140},
 "events":[{"v":1,"type":"message.inbound","contact_id":"K1","occurred_at_ms":1795334400000,
            "message_id":"m-1","data":{"kind":"text","chars":27,"has_question":true}}]}"#,
    ),
    (
        "The best of three hours",
        "POST /api/v1/ml/models/engagement-prediction/optimal-time?explain=none",
        r#"{"contact_id":"K1","as_of":"2026-11-23T08:00:00Z","features":{"reply_rate_90d":0.4},
 "hours_to_test":[9,18,22],"timezone":"America/Sao_Paulo"}"#,
    ),
    (
        "An engine that is not configured",
        "POST /api/v1/ml/sentiment/analyze",
        r#"{"text":"Where is my order??"}"#,
    ),
];

fn examples(app: &App) -> String {
    let mut out = String::new();
    for (title, route, body) in EXAMPLES {
        let (_, path) = route.split_once(' ').expect("method and path");
        let answer = block_on(app.post(path, body));
        let mut found = answer.json();
        still(&mut found);
        let pretty = serde_json::to_string_pretty(&found).expect("writes");
        let _ = write!(
            out,
            "### {title}\n```\n{route}\n{body}\n```\n{}\n```json\n{pretty}\n```\n\n",
            answer.status.as_u16()
        );
    }
    out.trim_end().to_owned() + "\n"
}

/// Replaces what differs between two runs.
fn still(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "request_id" => *value = "r-…".into(),
                    "elapsed_ms" => *value = 1.into(),
                    _ => still(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(still),
        _ => {}
    }
}

/// The page with its printed parts replaced.
fn printed(page: &str, parts: &[(&str, String)]) -> String {
    parts.iter().fold(page.to_owned(), |page, (name, text)| {
        let start = format!("<!-- {name} -->\n");
        let (before, rest) = page.split_once(&start).expect("the part begins");
        let (_, after) = rest.split_once("<!-- end -->").expect("the part ends");
        format!("{before}{start}{text}<!-- end -->{after}")
    })
}

#[test]
fn the_api_page_is_what_the_service_answers() {
    let workspace = Workspace::empty();
    for artifact in [models::lead(), models::churn(), models::engagement()] {
        workspace.publish(&artifact);
    }
    let app = workspace.app();
    let document = block_on(app.get("/openapi.json")).json();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/API.md");
    let page = fs::read_to_string(&path).expect("docs/API.md");
    let parts = [
        ("routes", routes(&document)),
        ("errors", errors()),
        ("settings", settings()),
        ("examples", examples(&app)),
    ];
    let expected = printed(&page, &parts);
    if std::env::var_os("CHATSIGNAL_WRITE_DOCS").is_some() {
        fs::write(&path, &expected).expect("writes");
    } else {
        assert!(
            page == expected,
            "docs/API.md differs from the code: run this with CHATSIGNAL_WRITE_DOCS=1"
        );
    }
}
