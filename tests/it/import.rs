//! `chatsignal import`, from the outside.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use chatsignal_tests::events::write_ndjson;
use serde_json::json;

use crate::cli;

#[test]
fn importing_twice_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (db, file) = (folder.path().join("t.db"), folder.path().join("events.ndjson"));
    write_ndjson(&file, 500, 20, 1).expect("events written");
    let import = || cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&file));
    let first = import();
    assert_eq!((&first[0]["new"], &first[0]["detected"]), (&json!(500), &json!(true)));
    let second = import();
    assert_eq!((&second[0]["new"], &second[0]["duplicate"]), (&json!(0), &json!(500)));
}

#[test]
fn standard_input_is_a_file_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("events.ndjson");
    write_ndjson(&file, 100, 20, 1).expect("events written");
    let mut child = cli::chatsignal(&folder.path().join("t.db"))
        .args(["import", "--output", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&fs::read(&file).expect("read")).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("waited for");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(summary[0]["new"], json!(100));
}

#[test]
fn rejects_name_file_line_and_field_and_no_value() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, rejects) = (folder.path().join("mixed.ndjson"), folder.path().join("rejects.csv"));
    let good = r#"{"v":1,"type":"csat","occurred_at_ms":1700000000000,"contact_id":"a","data":{"rating":5}}"#;
    let canary = r#"{"v":1,"type":"csat","occurred_at_ms":1700000000000,"contact_id":"Zebulon Canary","data":{"rating":"Zebulon Canary"}}"#;
    let huge = "x".repeat(70_000);
    fs::write(&file, format!("{good}\n{canary}\n{huge}\nnot json\n")).expect("written");
    let mut command = cli::chatsignal(&folder.path().join("t.db"));
    command.args(["import", "--format", "events", "--output", "json", "--rejects"]);
    let (code, stdout, stderr) = cli::run(command.arg(&rejects).arg(&file));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("mixed.ndjson: line 2: data.rating must be"), "{stderr}");
    let listed = fs::read_to_string(&rejects).expect("rejects written");
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert!(listed.lines().all(|line| line.starts_with("file,") || line.contains("mixed.ndjson,")));
    for text in [&stdout, &stderr, &listed] {
        assert!(!text.contains("Zebulon"), "{text}");
    }

    fs::write(&file, "not json\n").expect("written");
    let mut command = cli::chatsignal(&folder.path().join("t.db"));
    let (code, ..) = cli::run(command.args(["import", "--format", "events"]).arg(&file));
    assert_eq!(code, 3, "a file of rejects alone is bad data");
}

#[test]
fn every_purchase_of_cdnow_counts() {
    let Some(data) = chatsignal_tests::data_dir("every_purchase_of_cdnow_counts") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = folder.path().join("t.db");
    let file = data.join("tabular/CDNOW_master.txt");
    let import = || cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&file));
    let first = import();
    assert_eq!(first[0]["new"], json!(69_659));
    assert_eq!(first[0]["rejected"], json!(0));
    assert_eq!(import()[0]["duplicate"], json!(69_659));
    let contacts = cli::json(cli::chatsignal(&db).args(["contacts", "list", "--format", "json"]));
    assert_eq!(contacts.as_array().map(Vec::len), Some(23_570));
}
