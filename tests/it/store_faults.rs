//! The store under faults: locks, full disks, read-only folders; and erasure, byte by byte.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chatsignal_tests::events::write_ndjson;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::cli;

fn count(db: &Path) -> u64 {
    let contacts = cli::json(cli::chatsignal(db).args(["contacts", "list", "--format", "json"]));
    let events = |c: &Value| c["events"].as_u64().expect("a count");
    contacts.as_array().expect("a list").iter().map(events).sum()
}

#[test]
fn a_lock_is_waited_for_then_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (db, file) = (folder.path().join("t.db"), folder.path().join("events.ndjson"));
    write_ndjson(&file, 50, 5, 1).expect("events written");
    cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&file));

    let other = Connection::open(&db).expect("opens");
    other.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let more = folder.path().join("more.ndjson");
    write_ndjson(&more, 50, 5, 2).expect("events written");
    // Reading goes on beside a writer.
    assert_eq!(count(&db), 50);
    let (code, _, stderr) = cli::run(cli::chatsignal(&db).arg("import").arg(&more));
    assert_eq!(code, 1);
    assert!(stderr.contains("locked by another process"), "{stderr}");
    other.execute_batch("ROLLBACK").expect("released");
    drop(other);
    assert_eq!(count(&db), 50);

    // A lock that goes away in time is no error.
    let other = Connection::open(&db).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let waiting = std::thread::spawn({
        let (db, more) = (db.clone(), more.clone());
        move || cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&more))
    });
    std::thread::sleep(Duration::from_millis(500));
    other.execute_batch("ROLLBACK").expect("released");
    let summary = waiting.join().expect("imported");
    assert_eq!(summary[0]["new"], json!(50));
}

/// Files may not grow beyond 1 MiB, as on a full disk; what was committed stays.
#[test]
fn a_full_disk_is_reported_and_nothing_is_half_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (db, file) = (folder.path().join("t.db"), folder.path().join("events.ndjson"));
    write_ndjson(&file, 25_000, 50, 1).expect("events written");
    let limited = |kib: u32| {
        let mut command = Command::new("sh");
        // The shell ignores the signal that would end the process, so that writing fails instead.
        command.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kib * 2));
        command.arg("sh").arg(env!("CARGO_BIN_EXE_chatsignal-cli")).env("CHATSIGNAL_DB", &db);
        command
    };
    let (code, _, stderr) = cli::run(limited(1024).args(["import", "--output", "json"]).arg(&file));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("disk"), "{stderr}");
    assert_eq!(count(&db) % 10_000, 0, "a batch is written whole or not at all");
    let doctor = cli::json(cli::chatsignal(&db).args(["doctor", "--format", "json"]));
    assert_eq!(
        doctor[0],
        json!({"check": "database", "status": "ok", "found": "the file is sound", "way_out": ""})
    );
    // With room again the same command ends the work.
    let summary = cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&file));
    assert_eq!(summary[0]["new"], json!(25_000));
    assert_eq!(count(&db), 25_000);
}

#[test]
fn places_that_cannot_be_written_are_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("events.ndjson");
    write_ndjson(&file, 10, 5, 1).expect("events written");
    // A folder where nobody, root included, can make a file.
    for db in ["/proc/t.db", "/nonexistent/folder/t.db"] {
        let (code, _, stderr) = cli::run(cli::chatsignal(Path::new(db)).arg("import").arg(&file));
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("cannot be written") || stderr.contains("read-only"), "{stderr}");
    }
    let (code, _, stderr) =
        cli::run(cli::chatsignal(&folder.path().join("none.db")).args(["contacts", "list"]));
    assert_eq!(code, 5, "{stderr}");
    let missing = folder.path().join("none.ndjson");
    let (code, ..) =
        cli::run(cli::chatsignal(&folder.path().join("t.db")).arg("import").arg(missing));
    assert_eq!(code, 5);
}

/// Whether any file of the folder holds the bytes.
fn holds(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).expect("readable").any(|entry| {
        let bytes = fs::read(entry.expect("an entry").path()).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

#[test]
fn erasure_leaves_nothing_in_any_file() {
    const NAME: &str = "Zebulon Canary";
    const PHONE: &str = "4915155512345";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("db");
    fs::create_dir(&place).expect("made");
    let (db, crowd, chat) =
        (place.join("t.db"), folder.path().join("events.ndjson"), folder.path().join("chat.txt"));
    // A crowd before and after, so that pages split around the person and move their rows.
    write_ndjson(&crowd, 3_000, 200, 1).expect("events written");
    let mut text = String::new();
    for minute in 0..400 {
        let (hour, minute) = (minute / 60 + 8, minute % 60);
        text += &format!("31/01/2024, {hour:02}:{minute:02} - {NAME}: canarytext {minute}\n");
        text += &format!("31/01/2024, {hour:02}:{minute:02} - Shop: reply\n");
    }
    fs::write(&chat, text).expect("written");
    let import = |file: &Path| {
        let mut command = cli::chatsignal(&db);
        command.args(["import", "--output", "json", "--me", "Shop", "--contact"]);
        cli::json(command.arg(format!("+{PHONE}")).arg(file))
    };
    import(&chat);
    import(&crowd);
    write_ndjson(&crowd, 3_000, 200, 2).expect("events written");
    import(&crowd);

    let export = || {
        let mut command = cli::chatsignal(&db);
        cli::run(command.args(["events", "export", "--contact", &format!("+{PHONE}")]))
    };
    let (_, lines, _) = export();
    let events: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events.len(), 800);
    let ids: Vec<Vec<u8>> = ["event_id", "contact_id"]
        .iter()
        .flat_map(|key| events.iter().map(|e| bytes_of(e[*key].as_str().expect("an id"))))
        .collect();
    // Before: the name and the number are in the directory, the ids in the log, the text nowhere.
    assert!(holds(&place, NAME.as_bytes()) && holds(&place, PHONE.as_bytes()));
    assert!(holds(&place, &ids[0]) && !holds(&place, b"canarytext"));
    let directory_only = Connection::open(&db).expect("opens");
    let in_log: i64 = directory_only
        .query_row(
            "SELECT count(*) FROM events WHERE instr(body, CAST(?1 AS BLOB)) > 0
             OR instr(body, CAST(?2 AS BLOB)) > 0",
            [NAME, PHONE],
            |row| row.get(0),
        )
        .expect("counted");
    assert_eq!(in_log, 0, "names and numbers are not in the log");
    drop(directory_only);

    let erased = cli::json(cli::chatsignal(&db).args(["contacts", "erase", &format!("+{PHONE}")]));
    assert_eq!((&erased["events"], &erased["log_emptied"]), (&json!(800), &json!(true)));
    for needle in [NAME.as_bytes(), PHONE.as_bytes()] {
        assert!(!holds(&place, needle), "{}", String::from_utf8_lossy(needle));
    }
    for id in ids.iter().step_by(50).chain(ids.last()) {
        assert!(!holds(&place, id), "an id stayed behind");
    }
    assert_eq!(export().0, 5, "nobody is known under that number");

    // Importing the same chat again brings nothing back.
    let again = import(&chat);
    assert_eq!((&again[0]["new"], &again[0]["erased"]), (&json!(0), &json!(800)));
    assert!(!holds(&place, NAME.as_bytes()) && !holds(&place, PHONE.as_bytes()));
    assert_eq!(count(&db), 6_000);
}
