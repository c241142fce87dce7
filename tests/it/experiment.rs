//! `chatsignal experiment`: a split that never changes, and a report that adds up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cli;

#[test]
fn groups_are_stable_and_the_report_adds_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = folder.path().join("log.db");
    // 300 customers known in January; every third of them buys again in March.
    let mut csv = String::from("customer_id,date,amount\n");
    for customer in 0..300 {
        writeln!(csv, "c{customer},2026-01-10,5.00").expect("written");
        if customer % 3 == 0 {
            writeln!(csv, "c{customer},2026-03-10,7.00").expect("written");
        }
    }
    let file = folder.path().join("purchases.csv");
    std::fs::write(&file, csv).expect("written");
    cli::run(cli::chatsignal(&db).args(["import", "--format", "purchases"]).arg(&file));

    let groups = |name: &str| {
        let mut command = cli::chatsignal(&db);
        let shares = ["--shares", "holdout=1,treated=3"];
        let out = cli::json(
            command.args(["experiment", "groups", "--name", name, "--format", "json"]).args(shares),
        );
        let rows = out.as_array().expect("a list").clone();
        let pair = |row: &serde_json::Value| (row["contact"].to_string(), row["group"].to_string());
        rows.iter().map(pair).collect::<BTreeMap<_, _>>()
    };
    let spring = groups("spring");
    assert_eq!(spring.len(), 300);
    assert_eq!(spring, groups("spring"));
    assert_ne!(spring, groups("autumn"));
    let holdout = spring.values().filter(|group| group.contains("holdout")).count();
    assert!((45..=105).contains(&holdout), "{holdout} of 300 in a quarter");

    let report = cli::json(
        cli::chatsignal(&db)
            .args(["experiment", "report", "--name", "spring", "--since", "2026-02-01"])
            .args(["--outcome", "purchase", "--shares", "holdout=1,treated=3"])
            .args(["--format", "json"]),
    );
    let (first, second) = (&report["groups"][0], &report["groups"][1]);
    assert_eq!(first["contacts"], holdout);
    assert_eq!(second["contacts"], 300 - holdout);
    let bought = |group: &serde_json::Value| {
        group["contacts"].as_f64().expect("a count")
            * group["rate"]["value"].as_f64().expect("a rate")
    };
    assert!((bought(first) + bought(second) - 100.0).abs() < 1e-9);
    assert!(first["difference"].is_null() && second["difference"].is_object());
    assert_eq!(report["sample_ratio_ok"], true);
}
