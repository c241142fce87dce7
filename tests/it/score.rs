//! `chatsignal score` and `chatsignal models` on a store of simulated contacts and small models.

use std::path::{Path, PathBuf};

use chatsignal_api::churn::ChurnPrediction;
use chatsignal_api::lead::LeadPrediction;
use chatsignal_api::send_time::OptimalTime;
use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::event::{ConsentKind, Event, EventKind};
use chatsignal_core::id::EventId;
use chatsignal_core::score::Tier;
use chatsignal_native::registry::{ModelRegistry, Publication};
use chatsignal_native::store::Store;
use chatsignal_tests::models;
use chatsignal_train::synth::{Preset, Simulator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::{chatsignal, json, run};

struct Workspace {
    _dir: tempfile::TempDir,
    db: PathBuf,
}

fn publish(db: &Path, artifact: &ModelArtifact) {
    let registry = ModelRegistry::open(ModelRegistry::beside(db)).expect("opens");
    let model = artifact.encode();
    let files = vec![("card.md".to_owned(), b"# A test model\n".to_vec())];
    let version = registry
        .publish("default", artifact.kind, &Publication { model: &model, files })
        .expect("publishes");
    registry.activate("default", artifact.kind, version).expect("activates");
}

/// Forty simulated contacts; the first has objected to profiling.
fn workspace() -> Workspace {
    let dir = tempfile::tempdir().expect("a folder");
    let db = dir.path().join("test.db");
    let mut store = Store::open_or_create(&db).expect("a store");
    let tenant = store.tenant_or_create("default").expect("a tenant");
    let mut events: Vec<Event> =
        Simulator::new(Preset::Headline, 40, 5).contacts().flat_map(|c| c.events).collect();
    let newest = events.iter().map(|event| event.available_at).max().expect("events");
    let objection = Event {
        event_id: EventId([9; 16]),
        occurred_at: newest,
        available_at: newest,
        kind: EventKind::Consent(ConsentKind::Objected),
        ..events[0].clone()
    };
    events.push(objection);
    store.insert_events(&tenant, &events).expect("inserts");
    Workspace { _dir: dir, db }
}

fn lines<T: DeserializeOwned>(db: &Path, args: &[&str]) -> Vec<T> {
    let (code, stdout, stderr) = run(chatsignal(db).arg("score").args(args));
    assert_eq!(code, 0, "{stderr}");
    let parse = |line| serde_json::from_str(line).expect("one answer a line");
    stdout.lines().map(parse).collect()
}

#[test]
fn contacts_are_scored_ranked_and_explained() {
    let workspace = workspace();
    let db = workspace.db.as_path();
    let (code, _, stderr) = run(chatsignal(db).args(["score", "custom"]));
    assert_eq!(code, 2, "{stderr}");
    for artifact in [models::lead(), models::churn(), models::engagement()] {
        publish(db, &artifact);
    }

    let leads: Vec<LeadPrediction> = lines(db, &["lead", "--format", "json"]);
    assert!(!leads.is_empty());
    let scores: Vec<f64> = leads.iter().map(|l| l.lead_score.unwrap_or(-1.0)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]), "{scores:?}");
    for lead in leads.iter().filter(|lead| lead.suppressed.is_none()) {
        let explanation = lead.explanation.as_ref().expect("explained by default");
        let sum: f64 = explanation.top_factors.iter().map(|f| f.contribution).sum();
        assert!((explanation.base_value + sum - explanation.margin).abs() < 1e-9);
        assert!(lead.recommended_action.is_some());
        assert_eq!(lead.origin.model.version, "1");
    }
    let again: Vec<LeadPrediction> = lines(db, &["lead", "--format", "json"]);
    assert_eq!(leads, again, "the same log gives the same answers");

    let churn: Vec<ChurnPrediction> = lines(db, &["churn", "--format", "json", "--limit", "3"]);
    assert!((1..=3).contains(&churn.len()));
    assert!(churn.iter().all(|c| c.retention_recommendations.len() == 4));

    let plans: Vec<OptimalTime> = lines(db, &["engagement", "--format", "json", "--limit", "0"]);
    assert_eq!(plans.len(), 40);
    let suppressed: Vec<_> = plans.iter().filter(|plan| plan.suppressed.is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    assert!(suppressed[0].hourly.is_empty());
    for plan in plans.iter().filter(|plan| plan.suppressed.is_none()) {
        assert_eq!(plan.hourly.len(), 24);
        assert_eq!(plan.optimal_hour.is_some(), plan.hourly.iter().any(|hour| hour.allowed));
    }
}

#[test]
fn one_contact_is_shown_with_bars_reasons_and_a_way_up() {
    let workspace = workspace();
    let db = workspace.db.as_path();
    for artifact in [models::lead(), models::churn(), models::engagement()] {
        publish(db, &artifact);
    }
    let leads: Vec<LeadPrediction> = lines(db, &["lead", "--format", "json", "--limit", "0"]);
    let scored = |lead: &&LeadPrediction| lead.quality_tier.is_some_and(|tier| tier != Tier::Hot);
    let lead = leads.iter().find(scored).expect("not every lead is hot");
    let id = lead.lead_id.as_deref().expect("an id");
    let alone: Vec<LeadPrediction> = lines(db, &["lead", "--contact", id, "--format", "json"]);
    assert_eq!(alone[0].lead_score, lead.lead_score);
    assert!(alone[0].counterfactual.is_some());

    let (code, table, _) = run(chatsignal(db).args(["score", "engagement", "--contact", id]));
    assert_eq!(code, 0);
    assert!(table.contains("00:00") && table.contains("23:00"), "{table}");
    let earlier: Vec<LeadPrediction> =
        lines(db, &["lead", "--contact", id, "--format", "json", "--as-of", "2020-01-01"]);
    assert_eq!(earlier[0].origin.as_of.to_string(), "2020-01-01T00:00:00Z");

    let (code, csv, _) = run(chatsignal(db).args(["score", "lead", "--format", "csv"]));
    assert_eq!(code, 0);
    assert!(csv.starts_with("lead_id,lead_score,quality_tier,confidence"), "{csv}");
    assert_eq!(csv.lines().count(), leads.len() + 1);

    let missing = "00".repeat(16);
    let (code, _, stderr) = run(chatsignal(db).args(["score", "lead", "--contact", &missing]));
    assert_eq!(code, 5, "{stderr}");
}

#[test]
fn versions_are_listed_shown_activated_and_rolled_back() {
    let workspace = workspace();
    let db = workspace.db.as_path();
    let (code, _, stderr) = run(chatsignal(db).args(["models", "rollback", "lead"]));
    assert_eq!(code, 5, "{stderr}");
    publish(db, &models::lead());
    // What scored before the first version was the shipped model.
    for (action, champion, previous) in [
        (&["rollback", "lead"][..], Value::Null, 1.into()),
        (&["rollback", "lead"], 1.into(), Value::Null),
        (&["activate", "lead", "prior"], Value::Null, 1.into()),
        (&["activate", "lead", "1"], 1.into(), Value::Null),
    ] {
        let names = json(chatsignal(db).arg("models").args(action));
        assert_eq!((&names["champion"], &names["previous"]), (&champion, &previous), "{action:?}");
    }
    let mut other = models::lead();
    other.base_rate = 0.25;
    publish(db, &other);
    let list = json(chatsignal(db).args(["models", "list", "--format", "json"]));
    let aliases: Vec<_> = list.as_array().expect("a list").iter().map(|m| &m["aliases"]).collect();
    // The other two kinds are served by the shipped models.
    assert_eq!(aliases, ["previous", "champion", "shipped", "shipped"]);
    let back = json(chatsignal(db).args(["models", "rollback", "lead"]));
    assert_eq!((&back["champion"], &back["previous"]), (&1.into(), &2.into()));
    let shown = json(chatsignal(db).args(["models", "show", "lead", "--format", "json"]));
    assert_eq!((&shown["version"], &shown["alias"]), (&"1".into(), &"champion".into()));
    let (code, table, _) = run(chatsignal(db).args(["models", "show", "lead"]));
    assert!(code == 0 && table.contains("# A test model"), "{table}");
    let (code, _, stderr) = run(chatsignal(db).args(["models", "activate", "lead", "9"]));
    assert_eq!(code, 5, "{stderr}");
}
