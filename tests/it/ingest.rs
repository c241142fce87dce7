//! Readers on real files.

use std::collections::BTreeSet;

use chatsignal_core::event::{Currency, EventKind};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::dates::{Certainty, DateOrder};
use chatsignal_ingest::{Availability, Context, Hasher, Ingested, purchases, whatsapp};
use chatsignal_tests::data_dir;

fn context(hasher: &Hasher) -> Context<'_> {
    Context { hasher, local: &UtcOffsetMin(0), availability: Availability::Occurred { lag_ms: 0 } }
}

#[test]
fn cdnow_is_read_whole() {
    let Some(dir) = data_dir("ingest::cdnow_is_read_whole") else { return };
    let bytes = std::fs::read(dir.join("tabular/CDNOW_master.txt")).expect("file of the data set");
    let hasher = Hasher::new(&[1; 32]);
    let options = purchases::Options {
        columns: purchases::ColumnNames::default(),
        currency: Currency::new("USD").expect("a currency"),
        date_order: None,
        decimal_mark: None,
    };
    let mut out = Ingested::default();
    let report = purchases::read(&bytes, &options, &context(&hasher), &mut out).expect("a table");
    // 69,659 lines of 23,570 customers; 255 repeat another line and are purchases of their own.
    assert_eq!(report.rows, 69_659);
    assert_eq!(out.rejects, []);
    let ids: BTreeSet<_> = out.events.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), 69_659);
    let contacts: BTreeSet<_> = out.events.iter().map(|event| event.contact_id).collect();
    assert_eq!(contacts.len(), 23_570);
    assert_eq!(out.directory.len(), 23_570);
    let total: i64 = out
        .events
        .iter()
        .map(|event| match event.kind {
            EventKind::Purchase { amount, .. } => amount.e4,
            _ => 0,
        })
        .sum();
    // awk 'NR>1{s+=$4}END{printf "%.2f",s}' CDNOW_master.txt
    assert_eq!(total, 25_003_156_300);
}

#[test]
fn chat_exports_of_a_public_parser_read_alike() {
    let Some(dir) = data_dir("ingest::chat_exports_of_a_public_parser_read_alike") else { return };
    let expected: serde_json::Value = serde_json::from_slice(
        &std::fs::read(dir.join("whatsapp/chat-exports/target.json")).expect("file"),
    )
    .expect("JSON");
    let expected: BTreeSet<(String, String)> = expected
        .as_array()
        .expect("a list")
        .iter()
        .map(|m| {
            let field = |name: &str| m[name].as_str().expect("text").to_string();
            (field("timestamp"), field("author"))
        })
        .collect();
    for (file, order) in [
        ("test_mmddyy_24hrs.txt", DateOrder::MonthFirst),
        ("test_yyyymmdd_24hrs.txt", DateOrder::YearFirst),
    ] {
        let bytes = std::fs::read(dir.join("whatsapp/chat-exports").join(file)).expect("file");
        let hasher = Hasher::new(&[1; 32]);
        let options = whatsapp::export::Options { me: &["Jahn Doe"], ..Default::default() };
        let mut out = Ingested::default();
        let report = whatsapp::export::read(&bytes, &options, &context(&hasher), &mut out)
            .expect("an export");
        assert_eq!(report.dates.order, order, "{file}");
        assert_eq!(report.dates.certainty, Certainty::Certain, "{file}");
        // That parser knows five authors and leaves the app's own lines out, as we do.
        let names = ["John Doe", "🤓", "John Doe 🤓", "John-John Doe"];
        let found: BTreeSet<(String, String)> = out
            .events
            .iter()
            .map(|event| {
                let contact = |name: &&&str| hasher.contact(name) == event.contact_id;
                let author = match event.kind {
                    EventKind::MessageOutbound { .. } => "Jahn Doe",
                    _ => names.iter().find(contact).expect("an author of the file"),
                };
                (iso(event.occurred_at), author.to_string())
            })
            .collect();
        assert_eq!(found, expected, "{file}");
    }
}

/// `2021-12-30T22:01:00`, for the days of the test file.
fn iso(at: TimestampMs) -> String {
    let days = (at.0 / 86_400_000) as i32;
    let seconds = at.0 / 1_000 % 86_400;
    let (year, month, day) = (2019..=2021)
        .flat_map(|y| (1..=12).flat_map(move |m| (1..=31).map(move |d| (y, m, d))))
        .find(|(y, m, d)| chatsignal_ingest::calendar::days_from_civil(*y, *m, *d) == Some(days))
        .expect("a day of the file");
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00", seconds / 3_600, seconds / 60 % 60)
}
