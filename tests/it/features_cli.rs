//! `chatsignal features` and `chatsignal doctor`, from the outside.

use chatsignal_core::feature::{CHURN_FEATURES, ENGAGEMENT_FEATURES, LEAD_FEATURES};
use chatsignal_tests::events::write_ndjson;
use serde_json::json;

use crate::cli;

#[test]
fn every_contact_has_a_row_and_every_feature_a_column() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (db, file) = (folder.path().join("t.db"), folder.path().join("events.ndjson"));
    write_ndjson(&file, 600, 12, 1).expect("events written");
    cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&file));
    for (kind, features) in
        [("lead", LEAD_FEATURES), ("churn", CHURN_FEATURES), ("engagement", ENGAGEMENT_FEATURES)]
    {
        let rows = cli::json(cli::chatsignal(&db).args(["features", kind, "--format", "json"]));
        let rows = rows.as_array().expect("a list");
        assert_eq!(rows.len(), 12);
        assert!(rows.iter().all(|row| row.as_object().map(|o| o.len()) == Some(features + 1)));
        let (code, one, _) =
            cli::run(cli::chatsignal(&db).args(["features", kind, "--contact", "customer-3"]));
        assert_eq!((code, one.lines().count() > features), (0, true));
        let mut before = cli::chatsignal(&db);
        before.args(["features", kind, "--contact", "customer-3", "--as-of", "1999-01-01"]);
        assert_eq!(cli::run(&mut before).0, 5, "nobody was known then");
    }
}

#[test]
fn the_doctor_names_what_is_wrong_and_the_way_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (db, file) = (folder.path().join("t.db"), folder.path().join("events.ndjson"));
    write_ndjson(&file, 100, 12, 1).expect("events written");
    cli::json(cli::chatsignal(&db).args(["import", "--output", "json"]).arg(&file));
    let look = || cli::json(cli::chatsignal(&db).args(["doctor", "--format", "json"]));
    let finding = |name: &str| {
        let report = look();
        let rows = report.as_array().expect("a list").clone();
        rows.into_iter().find(|row| row["check"] == name).expect("the check is there")
    };
    assert_eq!(finding("database")["status"], json!("ok"));
    assert_eq!(finding("consent")["status"], json!("warning"));
    assert_eq!(finding("currency")["status"], json!("warning"), "the events are in euros");
    let (code, ..) = cli::run(cli::chatsignal(&db).args(["settings", "set", "currency", "eur"]));
    assert_eq!(code, 0);
    assert_eq!(finding("currency")["status"], json!("ok"));

    // Damage in the middle of the file (a whole page: part of one may be free space) is found, in
    // words, and ends with a failure.
    let mut bytes = std::fs::read(&db).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xab);
    std::fs::write(&db, bytes).expect("written");
    let (code, stdout, stderr) = cli::run(cli::chatsignal(&db).arg("doctor"));
    assert_eq!(code, 1, "{stderr}");
    // The report is printed all the same.
    assert!(stdout.contains("broken") && stdout.contains("restore a copy"), "{stdout}{stderr}");
}
