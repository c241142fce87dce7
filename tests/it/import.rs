//! `chatsignal import`, from the outside.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use chatsignal_tests::events::write_ndjson;
use serde_json::{Value, json};

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
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
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

/// A chat of two as an Android phone writes it, day first by the 31st.
const CHAT: &str = "\
30/01/2024, 21:15 - Messages and calls are end-to-end encrypted.
30/01/2024, 21:16 - Zebulon Canary: Do you have the blue one?
31/01/2024, 09:05 - Shop: Yes! Canarytext
31/01/2024, 09:07 - Zebulon Canary: <Media omitted>
";

fn exported(db: &std::path::Path) -> Vec<Value> {
    let (code, stdout, stderr) = cli::run(cli::chatsignal(db).args(["events", "export"]));
    assert_eq!(code, 0, "{stderr}");
    stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_chat_export_is_read_from_text_and_zip_alike() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (db, text, zip) =
        (folder.path().join("t.db"), folder.path().join("chat.txt"), folder.path().join("c.zip"));
    fs::write(&text, CHAT).expect("written");
    let mut archive = zip::ZipWriter::new(fs::File::create(&zip).expect("made"));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in [("notes.txt", "x"), ("_chat.txt", CHAT)] {
        archive.start_file(name, options).expect("started");
        archive.write_all(content.as_bytes()).expect("written");
    }
    archive.finish().expect("closed");
    let import = |file: &std::path::Path| {
        let mut command = cli::chatsignal(&db);
        command.args([
            "import",
            "--output",
            "json",
            "--me",
            "Shop",
            "--contact",
            "+49 151 1234567",
        ]);
        cli::json(command.args(["--timezone", "Europe/Berlin"]).arg(file))
    };
    assert_eq!(import(&text)[0]["new"], json!(3));
    assert_eq!(import(&zip)[0]["duplicate"], json!(3));
    let events = exported(&db);
    // 21:16 in Berlin in winter is 20:16 UTC.
    assert_eq!(events[0]["occurred_at_ms"], json!(1_706_645_760_000_u64));
    assert_eq!(events[0]["utc_offset_min"], json!(60));
    let list = cli::json(cli::chatsignal(&db).args(["contacts", "list", "--format", "json"]));
    assert_eq!(list[0]["events"], json!(3));

    let (code, _, stderr) =
        cli::run(cli::chatsignal(&folder.path().join("other.db")).arg("import").arg(&text));
    assert_eq!(code, 3);
    assert!(stderr.contains("--me NAME"), "{stderr}");
}

#[test]
fn the_machine_s_time_zone_plays_no_part() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = folder.path().join("chat.txt");
    fs::write(&text, CHAT).expect("written");
    let mut seen = Vec::new();
    for zone in ["UTC", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"] {
        let db = folder.path().join(format!("{}.db", zone.replace('/', "-")));
        let mut command = cli::chatsignal(&db);
        command.env("TZ", zone).args(["import", "--me", "Shop", "--output", "json"]);
        assert_eq!(cli::json(command.arg(&text))[0]["new"], json!(3));
        let times: Vec<Value> =
            exported(&db).iter().map(|event| event["occurred_at_ms"].clone()).collect();
        seen.push(times);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}

#[test]
fn zip_bombs_and_odd_archives_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let zip = folder.path().join("bomb.zip");
    let refused = |expected: &str| {
        let mut command = cli::chatsignal(&folder.path().join("t.db"));
        let (code, _, stderr) = cli::run(command.arg("import").arg(&zip));
        assert_eq!(code, 3, "{stderr}");
        assert!(stderr.contains(expected), "{expected} not in {stderr}");
    };
    let write = |files: &[(&str, usize)]| {
        let mut archive = zip::ZipWriter::new(fs::File::create(&zip).expect("made"));
        for (name, length) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("started");
            let megabyte = vec![b'a'; 1 << 20];
            (0..*length).for_each(|_| archive.write_all(&megabyte).expect("written"));
        }
        archive.finish().expect("closed");
    };
    write(&[("_chat.txt", 257)]);
    assert!(fs::metadata(&zip).expect("there").len() < 2 << 20, "it is a bomb");
    refused("more than 268435456 bytes after unpacking");
    write(&[("photo.jpg", 0)]);
    refused("it holds no text file");
    write(&[("Zebulon.txt", 0), ("b.txt", 0)]);
    refused("several text files");
    fs::write(&zip, b"PK\x03\x04 and then nothing").expect("written");
    refused("is damaged");
}
