//! A chat export, scored end to end by the shipped models: import, score, reasons.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{chatsignal, json, run};

/// Imports an export and scores the kind's contacts, all of them.
fn scored(db: &Path, export: &Path, me: &str, kind: &str) -> Vec<Value> {
    let mut import = chatsignal(db);
    import.args([
        "import",
        "--format",
        "whatsapp-export",
        "--me",
        me,
        "--timezone",
        "Europe/Lisbon",
    ]);
    let (code, _, stderr) = run(import.arg(export));
    assert_eq!(code, 0, "{stderr}");
    let (code, stdout, stderr) =
        run(chatsignal(db).args(["score", kind, "--format", "json", "--explain", "full"]));
    assert_eq!(code, 0, "{stderr}");
    stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

fn sample() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/chat-export/two-weeks.txt")
}

/// Base value and contributions of an explanation add up to its margin.
fn assert_explained(line: &Value, features: usize) {
    let number = |key: &str| line[key].as_f64().unwrap_or_else(|| panic!("{key} in {line}"));
    let factors = line["top_factors"].as_array().expect("factors");
    assert_eq!(factors.len(), features);
    let sum: f64 = factors.iter().map(|f| f["contribution"].as_f64().expect("a number")).sum();
    assert!((number("base_value") + sum - number("margin")).abs() < 1e-9);
    assert!(factors.iter().all(|f| !f["reason"].as_str().unwrap_or("").is_empty()));
}

#[test]
fn an_export_becomes_explained_scores_of_the_shipped_models() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = dir.path().join("export.db");
    let leads = scored(&db, &sample(), "Muster Kettles", "lead");
    assert_eq!(leads.len(), 1);
    let score = leads[0]["lead_score"].as_f64().expect("a score");
    assert!((0.0..=100.0).contains(&score));
    assert_eq!(leads[0]["model"]["state"], "prior");
    assert_explained(&leads[0], 24);
    let customers = scored(&db, &sample(), "Muster Kettles", "churn");
    let risk = customers[0]["churn_probability"].as_f64().expect("a risk");
    assert!((0.0..=1.0).contains(&risk));
    assert_explained(&customers[0], 32);
    let plans = scored(&db, &sample(), "Muster Kettles", "engagement");
    assert_eq!(plans[0]["hourly"].as_array().map(Vec::len), Some(24));
    // What was written never reaches the database.
    let bytes = std::fs::read(&db).expect("the database");
    for text in ["kettle", "Lisbon", "measured"] {
        assert!(!bytes.windows(text.len()).any(|w| w == text.as_bytes()), "{text}");
    }
}

#[test]
fn importing_an_export_twice_changes_no_score() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = dir.path().join("export.db");
    let first = scored(&db, &sample(), "Muster Kettles", "lead");
    assert_eq!(first, scored(&db, &sample(), "Muster Kettles", "lead"));
    let contacts = json(chatsignal(&db).args(["contacts", "list", "--format", "json"]));
    assert_eq!(contacts.as_array().map(Vec::len), Some(1));
}

#[test]
fn exports_of_others_are_scored_too() {
    let Some(data) = chatsignal_tests::data_dir("exports_of_others_are_scored_too") else { return };
    for file in ["test_mmddyy_24hrs.txt", "test_yyyymmdd_24hrs.txt"] {
        let dir = tempfile::tempdir().expect("a folder");
        let export = data.join("whatsapp/chat-exports").join(file);
        let leads = scored(&dir.path().join("export.db"), &export, "John Doe", "lead");
        assert!(!leads.is_empty(), "{file}");
        for lead in &leads {
            assert_explained(lead, 24);
        }
    }
}
