//! The tenant's settings over HTTP.

use chatsignal_native::service::Scope;
use serde_json::{Value, json};

use super::support::{Answer, App, Workspace, block_on};

const PATH: &str = "/api/v1/settings";

async fn patch(app: &App, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    app.call("PATCH", PATH, &all, body.to_string()).await
}

#[test]
fn settings_are_read_changed_together_and_taken_back() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let first = app.get(PATH).await;
        let defaults = first.json();
        assert_eq!(defaults["timezone"], "UTC");
        assert_eq!(defaults["quiet_hours"], json!([{ "start": "21:00", "end": "08:00" }]));
        assert_eq!(defaults["opening_hours"]["mon"], json!([{ "start": "09:00", "end": "18:00" }]));
        let tag = first.headers["etag"].to_str().expect("text").to_owned();
        assert_eq!(app.call("GET", PATH, &[("if-none-match", &tag)], "").await.status, 304);

        let change = json!({
            "timezone": "America/Sao_Paulo", "currency": "brl", "quiet_hours": [], "weekend": ["sun"],
            "opening_hours": { "sat": [{ "start": "10:00", "end": "12:00" }, { "start": "13:00", "end": "14:30" }] },
        });
        let changed = patch(&app, &[("if-match", &tag)], &change).await;
        assert_eq!(changed.status, 200, "{}", String::from_utf8_lossy(&changed.body));
        let now = changed.json();
        assert_eq!(now["opening_hours"], change["opening_hours"]);
        assert_eq!((&now["currency"], &now["weekend"]), (&json!("BRL"), &json!(["sun"])));
        assert_eq!(app.get(PATH).await.json(), now);
        assert_eq!(app.get(PATH).await.headers["etag"], changed.headers["etag"]);
        // It counts at once: no quiet hours any more.
        let plan =
            json!({ "features": {}, "hours_to_test": [23], "as_of": "2026-11-23T08:00:00Z" });
        let path = "/api/v1/ml/models/engagement-prediction/optimal-time?explain=none";
        assert_eq!(app.post(path, plan.to_string()).await.json()["hourly"][0]["allowed"], true);
        // The tag is an old one now.
        let stale = patch(&app, &[("if-match", &tag)], &json!({ "currency": "EUR" })).await;
        assert_eq!((stale.status.as_u16(), stale.code().as_str()), (409, "version_conflict"));
        assert_eq!(app.get(PATH).await.json(), now);
        let reset = json!({ "timezone": null, "currency": null, "quiet_hours": null, "weekend": null, "opening_hours": null });
        assert_eq!(patch(&app, &[], &reset).await.json(), defaults);
        assert_eq!(patch(&app, &[], &json!({})).await.json(), defaults);
    });
}

#[test]
fn every_wrong_value_is_told_and_none_is_changed() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let before = app.get(PATH).await.json();
        let several = json!({ "timezone": "Europe/Atlantis", "currency": "EURO", "weekend": ["sunday"], "quiet_hours": [{ "start": "9", "end": "10:00" }] });
        let answer = patch(&app, &[], &several).await;
        assert_eq!(answer.code(), "invalid_field");
        assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(4));
        let span = |start: &str, end: &str| json!([{ "start": start, "end": end }]);
        for (body, code) in [
            (json!({ "timezone": 5 }), "invalid_field"),
            (json!({ "timezone": "" }), "invalid_field"),
            (json!({ "timezone": "  " }), "invalid_field"),
            (json!({ "timezone": ["UTC"] }), "invalid_field"),
            (json!({ "currency": {} }), "invalid_field"),
            (json!({ "currency": "E" }), "invalid_field"),
            (json!({ "weekend": "sat" }), "invalid_field"),
            (json!({ "weekend": [6] }), "invalid_field"),
            (json!({ "weekend": ["sat,sun"] }), "invalid_field"),
            (json!({ "quiet_hours": "21:00-08:00" }), "invalid_field"),
            (json!({ "quiet_hours": [1] }), "invalid_field"),
            (json!({ "quiet_hours": [{}] }), "invalid_field"),
            (json!({ "quiet_hours": span("24:30", "08:00") }), "invalid_field"),
            (json!({ "quiet_hours": span("21:00", "8:00") }), "invalid_field"),
            (
                json!({ "quiet_hours": [span("01:00", "02:00")[0], span("03:00", "04:00")[0]] }),
                "invalid_field",
            ),
            (
                json!({ "quiet_hours": [{ "start": "01:00", "end": "02:00", "zone": "UTC" }] }),
                "invalid_field",
            ),
            (json!({ "opening_hours": [] }), "invalid_field"),
            (json!({ "opening_hours": { "monday": [] } }), "invalid_field"),
            (json!({ "opening_hours": { "mon": span("18:00", "09:00") } }), "invalid_field"),
            (
                json!({ "opening_hours": { "mon": span("9:00; tue 00:00", "24:00") } }),
                "invalid_field",
            ),
            (
                json!({ "opening_hours": { "mon": vec![span("01:00", "02:00")[0].clone(); 13] } }),
                "invalid_field",
            ),
            (json!({ "opening_hours": null, "color": "red" }), "unknown_field"),
        ] {
            assert_eq!(patch(&app, &[], &body).await.code(), code, "{body}");
        }
        let twice = app
            .call(
                "PATCH",
                PATH,
                &[("content-type", "application/json")],
                r#"{"currency":"EUR","currency":"USD"}"#,
            )
            .await;
        assert_eq!(twice.code(), "invalid_field");
        assert_eq!(app.get(PATH).await.json(), before);
    });
}

#[test]
fn every_answer_with_a_level_uses_the_cut_offs_of_the_team() {
    let workspace = Workspace::simulated();
    let app = workspace.app();
    block_on(async {
        let before = app.get(PATH).await.json();
        assert_eq!(before["lead_cutoffs"], Value::Null, "the model's own");
        let levels = async || {
            let mut found = Vec::new();
            for (path, list, level) in [
                ("lead-scoring", "leads", "quality_tier"),
                ("churn-prediction", "customers", "risk_level"),
                ("engagement-prediction", "contacts", "level"),
            ] {
                let path = format!("/api/v1/ml/models/{path}");
                let one = json!({ "features": {} });
                let alone = app.post(&format!("{path}/predict"), one.to_string()).await.json();
                let many =
                    app.post(&format!("{path}/batch"), json!({ list: [one] }).to_string()).await;
                assert_eq!(many.json()["results"][0]["result"][level], alone[level]);
                let kind = path.rsplit('/').next().and_then(|name| name.split('-').next());
                let explain = format!("/api/v1/models/{}/explain", kind.expect("a name"));
                let explained = app.post(&explain, one.to_string()).await.json();
                assert_eq!(explained["label"], alone[level], "{explained}");
                found.push(alone[level].as_str().expect("a level").to_owned());
            }
            found
        };
        let own = levels().await;
        let low = json!({
            "lead_cutoffs": { "hot": 0.003, "warm": 0.002, "cold": 0.001 },
            "churn_cutoffs": { "critical": 0.003, "high": 0.002, "medium": 0.001 },
            "engagement_cutoffs": { "high": 0.002, "medium": 0.001 },
        });
        let changed = patch(&app, &[], &low).await;
        assert_eq!(changed.status, 200, "{}", String::from_utf8_lossy(&changed.body));
        for name in ["lead_cutoffs", "churn_cutoffs", "engagement_cutoffs"] {
            assert_eq!(changed.json()[name], low[name]);
        }
        assert_eq!(levels().await, ["hot", "critical", "high"]);
        let high = json!({
            "lead_cutoffs": { "hot": 100, "warm": 99.9, "cold": 99.8 },
            "churn_cutoffs": { "critical": 1, "high": 0.9999, "medium": 0.9998 },
            "engagement_cutoffs": { "high": 100, "medium": 99 },
        });
        assert_eq!(patch(&app, &[], &high).await.status, 200);
        assert_eq!(levels().await, ["unqualified", "low", "low"]);
        let reset =
            json!({ "lead_cutoffs": null, "churn_cutoffs": null, "engagement_cutoffs": null });
        assert_eq!(patch(&app, &[], &reset).await.json(), before);
        assert_eq!(levels().await, own);
    });
}

#[test]
fn wrong_cut_offs_are_told_at_their_level() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for (name, value, place) in [
            ("lead_cutoffs", json!({ "hot": 50, "warm": 75, "cold": 25 }), "/lead_cutoffs/warm"),
            ("lead_cutoffs", json!({ "hot": 101, "warm": 75, "cold": 25 }), "/lead_cutoffs/hot"),
            ("lead_cutoffs", json!({ "hot": 75, "warm": 50, "cold": 0 }), "/lead_cutoffs/cold"),
            ("lead_cutoffs", json!({ "hot": 75, "warm": 50 }), "/lead_cutoffs"),
            ("lead_cutoffs", json!([75, 50, 25]), "/lead_cutoffs"),
            (
                "churn_cutoffs",
                json!({ "critical": 75, "high": 0.5, "medium": 0.25 }),
                "/churn_cutoffs/critical",
            ),
            (
                "churn_cutoffs",
                json!({ "critical": 0.5, "high": 0.5, "medium": 0.25 }),
                "/churn_cutoffs/high",
            ),
            ("engagement_cutoffs", json!({ "high": 1, "medium": 2 }), "/engagement_cutoffs/medium"),
            (
                "engagement_cutoffs",
                json!({ "high": 2, "medium": 1, "low": 0 }),
                "/engagement_cutoffs",
            ),
            ("engagement_cutoffs", json!({ "high": "2", "medium": 1 }), "/engagement_cutoffs"),
        ] {
            let answer = patch(&app, &[], &json!({ name: value })).await;
            assert_eq!(answer.code(), "invalid_field", "{name} {value}");
            assert_eq!(answer.json()["errors"][0]["pointer"], place, "{value}");
        }
    });
}

#[test]
fn settings_belong_to_a_tenant_and_an_admin_changes_them() {
    let workspace = Workspace::empty();
    let bearer = |key: String| format!("Bearer {key}");
    let admin = bearer(workspace.key("default", &[Scope::Admin, Scope::Score]));
    let reader = bearer(workspace.key("default", &[Scope::Score]));
    let other = bearer(workspace.key("other", &[Scope::Score]));
    let app = workspace.app();
    block_on(async {
        let change = json!({ "timezone": "Asia/Tokyo" });
        let refused = patch(&app, &[("authorization", &reader)], &change).await;
        assert_eq!(refused.code(), "forbidden");
        assert_eq!(patch(&app, &[("authorization", &admin)], &change).await.status, 200);
        let zone = async |key: &str| {
            app.call("GET", PATH, &[("authorization", key)], "").await.json()["timezone"].clone()
        };
        assert_eq!(zone(&reader).await, "Asia/Tokyo");
        assert_eq!(zone(&other).await, "UTC");
    });
}
