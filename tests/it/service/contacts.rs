//! Lists of contacts, one contact, score history, erasure.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::contact::ContactState;
use chatsignal_core::event::{ConsentKind, Event, EventKind, Source};
use chatsignal_core::id::{ContactId, EventId};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::DirectoryEntry;
use chatsignal_native::service::Scope;
use chatsignal_native::store::{ScoreRow, Store};
use serde_json::{Value, json};

use super::support::{App, Workspace, block_on};

const PATH: &str = "/api/v1/contacts";

fn score(contact: ContactId, model: ModelKind, at: i64, value: f64, label: &str) -> ScoreRow {
    let answer = json!({ "canary": "answer-of-a-person", "at": at }).to_string();
    ScoreRow {
        contact,
        model,
        computed_at: TimestampMs(at),
        as_of: TimestampMs(at),
        version: 1,
        value,
        label: label.to_owned(),
        answer,
    }
}

/// A workspace with names, scores and one contact who opted out; its contacts.
fn peopled() -> (Workspace, Vec<ContactId>) {
    let workspace = Workspace::simulated();
    let mut contacts: Vec<ContactId> = workspace.events.iter().map(|e| e.contact_id).collect();
    contacts.sort_unstable();
    contacts.dedup();
    contacts.retain(|id| *id != ContactId::BUSINESS);
    let mut store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant");
    let mut batch = store.batch(&tenant).expect("a batch");
    for (at, id) in contacts.iter().enumerate() {
        let entry = DirectoryEntry::Contact {
            id: *id,
            name: Some(format!("Zoë Canary_{at}%")),
            phone: Some(format!("5511987654{at:03}")),
            external_id: None,
            country: None,
        };
        batch.directory(&entry).expect("kept");
    }
    batch.commit().expect("written");
    let labels = ["cold", "warm", "hot"];
    for (at, id) in contacts.iter().enumerate().skip(2) {
        let now = 1_800_000_000_000 + at as i64;
        store
            .record_score(&tenant, &score(*id, ModelKind::Lead, now - 50, 1.0, "cold"))
            .expect("kept");
        // The level that is kept is an old word: lists show that of the cut-offs that hold now.
        let value = 10.0 * (at / 2) as f64;
        store
            .record_score(&tenant, &score(*id, ModelKind::Lead, now, value, labels[at % 3]))
            .expect("kept");
        store.record_score(&tenant, &score(*id, ModelKind::Churn, now, 0.5, "high")).expect("kept");
        // An older word comes late: the newest stays.
        store
            .record_score(&tenant, &score(*id, ModelKind::Lead, now - 10, 99.0, "hot"))
            .expect("kept");
    }
    let opt_out = Event {
        event_id: EventId([9; 16]),
        contact_id: contacts[3],
        occurred_at: TimestampMs(1_900_000_000_000),
        available_at: TimestampMs(1_900_000_000_000),
        utc_offset: UtcOffsetMin(0),
        source: Source::Api,
        conversation_id: None,
        campaign_id: None,
        agent_id: None,
        kind: EventKind::Consent(ConsentKind::OptOut),
    };
    store.insert_events(&tenant, [opt_out]).expect("inserted");
    (workspace, contacts)
}

/// Every contact of a list, page by page.
async fn all(app: &App, query: &str, limit: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("{PATH}?limit={limit}{query}{cursor}");
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        let page = answer.json();
        let contacts = page["contacts"].as_array().expect("contacts").clone();
        assert!(contacts.len() <= limit);
        found.extend(contacts);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                assert_eq!(page["total"], found.len());
                return found;
            }
        }
    }
}

fn ids(contacts: &[Value]) -> Vec<&str> {
    contacts.iter().map(|contact| contact["contact_id"].as_str().expect("an id")).collect()
}

#[test]
fn pages_cover_every_contact_once_in_every_order() {
    let (workspace, contacts) = peopled();
    let app = workspace.app();
    block_on(async {
        let expected: Vec<String> = contacts.iter().map(ToString::to_string).collect();
        for sort in
            ["id", "last_activity", "lead_score", "churn_probability", "engagement_probability"]
        {
            for limit in [1, 3, 1_000] {
                let found = all(&app, &format!("&sort={sort}"), limit).await;
                let mut sorted: Vec<&str> = ids(&found);
                sorted.sort_unstable();
                assert_eq!(sorted, expected, "{sort} by {limit}");
            }
        }
        let by_score = all(&app, "&sort=lead_score", 4).await;
        let scores: Vec<Option<f64>> =
            by_score.iter().map(|c| c["scores"]["lead"]["value"].as_f64()).collect();
        assert!(scores[..18].windows(2).all(|pair| pair[0] >= pair[1]), "{scores:?}");
        assert_eq!(scores[18..], [None, None], "contacts without a score come last");
        let newest = all(&app, "&sort=last_activity", 7).await;
        let instants: Vec<&str> =
            newest.iter().map(|c| c["last_activity_at"].as_str().expect("text")).collect();
        assert!(instants.windows(2).all(|pair| pair[0] >= pair[1]));
        // What was asked for, and nothing else.
        let hot = all(&app, "&tier=hot", 50).await;
        assert!(!hot.is_empty() && hot.iter().all(|c| c["scores"]["lead"]["label"] == "hot"));
        let above = by_score.iter().filter(|c| c["scores"]["lead"]["value"].as_f64() >= Some(75.0));
        assert_eq!(hot.len(), above.count());
        assert_eq!(all(&app, "&risk_level=high", 50).await.len(), 18);
        assert_eq!(all(&app, "&level=high", 50).await.len(), 0);
        let refusing = all(&app, "&marketing_allowed=false", 50).await;
        assert!(ids(&refusing).contains(&expected[3].as_str()));
        let future = all(&app, "&active_since=2030-01-01T00:00:00Z", 50).await;
        assert_eq!(ids(&future), [expected[3].as_str()]);
        assert_eq!(all(&app, "&inactive_since=2030-01-01T00:00:00Z", 50).await.len(), 19);
    });
}

#[test]
fn levels_are_those_of_the_cut_offs_that_hold_now() {
    let (workspace, _) = peopled();
    let app = workspace.app();
    block_on(async {
        let count = async |query: &str| all(&app, query, 7).await.len();
        let of = async || {
            let tiers = ["hot", "warm", "cold", "unqualified"];
            let mut counts = Vec::new();
            for tier in tiers {
                let found = all(&app, &format!("&tier={tier}"), 7).await;
                assert!(found.iter().all(|c| c["scores"]["lead"]["label"] == tier), "{tier}");
                counts.push(found.len());
            }
            counts
        };
        assert_eq!(of().await, [4, 6, 4, 4]);
        let change = json!({
            "lead_cutoffs": { "hot": 90, "warm": 80, "cold": 10 },
            "churn_cutoffs": { "critical": 0.5, "high": 0.4, "medium": 0.3 },
        });
        let headers = [("content-type", "application/json")];
        let answer = app.call("PATCH", "/api/v1/settings", &headers, change.to_string()).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(of().await, [2, 2, 14, 0]);
        assert_eq!((count("&risk_level=critical").await, count("&risk_level=high").await), (18, 0));
        // What was said then stays as it was said.
        let id =
            all(&app, "&tier=hot", 7).await[0]["contact_id"].as_str().expect("an id").to_owned();
        let history = app.get(&format!("{PATH}/{id}/scores?model=churn")).await.json();
        assert_eq!(history["scores"][0]["label"], "high");
        let reset = json!({ "lead_cutoffs": null, "churn_cutoffs": null }).to_string();
        app.call("PATCH", "/api/v1/settings", &headers, reset).await;
        assert_eq!(of().await, [4, 6, 4, 4]);
    });
}

#[test]
fn lines_equal_what_the_log_says() {
    let (workspace, contacts) = peopled();
    let app = workspace.app();
    let store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant").id;
    block_on(async {
        for id in contacts {
            let events = store.events_of(tenant, id).expect("events");
            let found = app.get(&format!("{PATH}/{id}")).await.json();
            assert_eq!(found["events"], events.len());
            let last = events.iter().map(|event| event.occurred_at).max().expect("events");
            assert_eq!(found["last_activity_at"], super::scoring::instant(last));
            let consent = ContactState::at(&events, TimestampMs(i64::MAX)).consent();
            assert_eq!(found["consent"]["opted_out"], consent.opted_out);
            assert_eq!(found["consent"]["marketing_allowed"], consent.allows_marketing());
        }
    });
}

#[test]
fn names_are_found_by_body_and_numbers_are_shortened() {
    let (workspace, contacts) = peopled();
    let bearer = |scopes: &[Scope]| format!("Bearer {}", workspace.key("default", scopes));
    let (reader, admin) = (bearer(&[Scope::Score]), bearer(&[Scope::Score, Scope::Admin]));
    let other = format!("Bearer {}", workspace.key("other", &Scope::ALL));
    let app = workspace.app();
    block_on(async {
        let search = async |name: &str, key: &str| {
            let headers = [("content-type", "application/json"), ("authorization", key)];
            let body = json!({ "name": name, "filter": { "sort": "lead_score", "limit": 100 } });
            app.call("POST", "/api/v1/contacts/search", &headers, body.to_string()).await.json()
        };
        assert_eq!(search("canary_", &reader).await["total"], 20);
        assert_eq!(search("Canary_7%", &reader).await["total"], 1);
        assert_eq!(search("Canary%7", &reader).await["total"], 0, "% stands for itself");
        assert_eq!(search("canary", &other).await["total"], 0);
        let path = format!("{PATH}/{}", contacts[7]);
        let get = async |path: &str, key: &str| {
            app.call("GET", path, &[("authorization", key)], "").await
        };
        assert_eq!(get(&path, &reader).await.json()["phone"], "…07");
        assert_eq!(get(&path, &admin).await.json()["phone"], "5511987654007");
        // Another tenant's ids are ids of nobody.
        for more in ["", "/scores", "/explanations"] {
            let foreign = get(&format!("{path}{more}"), &other).await;
            assert_eq!(foreign.code(), "not_found");
            let unknown = get(&format!("{PATH}/{}{more}", "ab".repeat(16)), &other).await;
            assert_eq!(unknown.code(), "not_found");
            assert_eq!(foreign.json()["detail"], unknown.json()["detail"]);
        }
        let erase = app.call("DELETE", &path, &[("authorization", &other)], "").await;
        assert_eq!(erase.status, 204, "nothing of theirs has this id");
        assert_eq!(get(&path, &reader).await.status, 200, "and nothing of ours is gone");
        let forbidden = app.call("DELETE", &path, &[("authorization", &reader)], "").await;
        assert_eq!(forbidden.code(), "forbidden");
    });
}

#[test]
fn the_history_is_paged_newest_first() {
    let (workspace, contacts) = peopled();
    let app = workspace.app();
    block_on(async {
        let base = format!("{PATH}/{}", contacts[5]);
        let whole = app.get(&format!("{base}/scores")).await.json();
        let rows = whole["scores"].as_array().expect("scores").clone();
        assert_eq!(rows.len(), 4);
        assert_eq!(whole["next_cursor"], Value::Null);
        assert_eq!((&rows[0]["version"], &rows[3]["value"]), (&json!("1"), &json!(1.0)));
        // By any length of page the same rows.
        for limit in 1..=4 {
            let mut found = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = app.get(&format!("{base}/scores?limit={limit}{cursor}")).await.json();
                found.extend(page["scores"].as_array().expect("scores").clone());
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let key = |rows: &[Value]| -> Vec<String> {
                rows.iter().map(|r| format!("{} {}", r["computed_at"], r["model"])).collect()
            };
            assert_eq!(key(&found), key(&rows), "by {limit}");
        }
        let churn = app.get(&format!("{base}/scores?model=churn")).await.json();
        assert_eq!(churn["scores"].as_array().map(Vec::len), Some(1));
        let told = app.get(&format!("{base}/explanations?model=lead&limit=1")).await.json();
        assert_eq!(told["explanations"][0]["prediction"]["canary"], "answer-of-a-person");
        assert_eq!(told["explanations"][0]["model"], "lead");
        for path in [PATH.to_owned(), format!("{base}/scores"), format!("{base}/explanations")] {
            let tag = app.get(&path).await.headers["etag"].to_str().expect("a tag").to_owned();
            let known = app.call("GET", &path, &[("if-none-match", &tag)], "").await;
            assert_eq!((known.status.as_u16(), known.body.len()), (304, 0), "{path}");
        }
        for query in
            ["model=custom", "model=", "limit=0", "limit=201", "cursor=x", "cursor=-5", "before=1"]
        {
            let answer = app.get(&format!("{base}/scores?{query}")).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
    });
}

#[test]
fn erasure_leaves_nothing_and_can_be_repeated() {
    let (workspace, contacts) = peopled();
    let app = workspace.app();
    let holds = |needle: &[u8]| {
        let folder = workspace.db.parent().expect("a folder");
        std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).any(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    };
    block_on(async {
        let id = contacts[5];
        let path = format!("{PATH}/{id}");
        assert!(holds(&id.0) && holds(b"5511987654005"));
        for _ in 0..2 {
            let answer = app.call("DELETE", &path, &[], "").await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        }
        assert!(!holds(&id.0) && !holds(b"5511987654005"));
        for path in [path.clone(), format!("{path}/scores"), format!("{path}/explanations")] {
            assert_eq!(app.get(&path).await.code(), "not_found");
        }
        let by_id = json!({ "lead_id": id.to_string() });
        let predict = "/api/v1/ml/models/lead-scoring/predict";
        assert_eq!(app.post(predict, by_id.to_string()).await.code(), "not_found");
        assert_eq!(all(&app, "", 50).await.len(), 19);
        for path in ["5511987654005", "00000000000000000000000000000000", "x", "%ff"] {
            let answer = app.call("DELETE", &format!("{PATH}/{path}"), &[], "").await;
            assert_eq!(answer.code(), "not_found", "{path}");
        }
    });
}

#[test]
fn a_reader_of_the_log_does_not_make_an_erasure_rewrite_the_file_again() {
    let (workspace, contacts) = peopled();
    let app = workspace.app();
    let path = format!("{PATH}/{}", contacts[5]);
    let reader = rusqlite::Connection::open(&workspace.db).expect("opens");
    reader.execute_batch("BEGIN").expect("begins");
    let count = "SELECT count(*) FROM events";
    reader.query_row(count, [], |row| row.get::<_, i64>(0)).expect("reads");
    block_on(async {
        let start = Instant::now();
        let answer = app.call("DELETE", &path, &[], "").await;
        assert_eq!(answer.code(), "store_unavailable");
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        assert!(answer.headers.contains_key("retry-after"));
        assert_eq!(app.get(&path).await.code(), "not_found");
    });
    // The log grows by each rewrite, since the reader keeps it from being used anew.
    let size = |path: &std::path::Path| std::fs::metadata(path).expect("there").len();
    let (file, log) = (size(&workspace.db), size(&workspace.db.with_extension("db-wal")));
    assert!(log < 3 * file + (1 << 20), "one rewrite: {log} bytes of log, {file} of file");
    block_on(async {
        // It goes through once the reader is done.
        let done = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            reader.execute_batch("COMMIT").expect("ends");
        });
        let answer = app.call("DELETE", &path, &[], "").await;
        assert_eq!(answer.status, 204);
        done.join().expect("the reader ended");
    });
}

#[test]
fn who_objects_to_profiling_is_shown_without_scores() {
    let (workspace, contacts) = peopled();
    let app = workspace.app();
    block_on(async {
        let id = contacts[5].to_string();
        let path = format!("{PATH}/{id}");
        let before = app.get(&path).await.json();
        let tier = before["scores"]["lead"]["label"].as_str().expect("a tier").to_owned();
        let filters = [format!("&tier={tier}"), "&risk_level=high".to_owned()];
        let found =
            async |query: &str| -> bool { ids(&all(&app, query, 3).await).contains(&id.as_str()) };
        let say = |kind: ConsentKind, at: u8| {
            let mut store = Store::open(&workspace.db).expect("a store");
            let tenant = store.tenant("default").expect("a tenant");
            let instant = TimestampMs(1_900_000_000_000 + i64::from(at));
            let event = Event {
                event_id: EventId([at; 16]),
                contact_id: contacts[5],
                occurred_at: instant,
                available_at: instant,
                kind: EventKind::Consent(kind),
                ..any_event()
            };
            store.insert_events(&tenant, [event]).expect("inserted");
        };
        say(ConsentKind::Objected, 21);
        let after = app.get(&path).await.json();
        assert_eq!(after["consent"]["objected"], true);
        assert_eq!(after["scores"], json!({}));
        assert!(after["trend"].is_null() && after["best_hour"].is_null(), "{after}");
        for part in ["scores", "explanations"] {
            let history = app.get(&format!("{path}/{part}")).await.json();
            assert_eq!((&history[part], &history["next_cursor"]), (&json!([]), &Value::Null));
        }
        for filter in &filters {
            assert!(!found(filter).await, "{filter}");
        }
        // By a score they come after all who have one, and once.
        for sort in ["lead_score", "churn_probability"] {
            let list = all(&app, &format!("&sort={sort}"), 3).await;
            let places = ids(&list).iter().filter(|other| **other == id).count();
            assert_eq!((list.len(), places), (contacts.len(), 1), "{sort}");
        }
        // Until they opt in again.
        say(ConsentKind::OptIn, 22);
        assert_eq!(app.get(&path).await.json()["scores"], before["scores"]);
        assert!(found(&filters[0]).await);
    });
}

#[test]
fn wrong_lists_and_searches_are_refused() {
    let (workspace, _) = peopled();
    let app = workspace.app();
    block_on(async {
        let other_order = all_cursor(&app).await;
        for query in [
            "tier=boiling",
            "tier=",
            "risk_level=hot",
            "level=critical",
            "marketing_allowed=1",
            "marketing_allowed=yes",
            "active_since=yesterday",
            "active_since=",
            "inactive_since=9999-01-01T00:00:00Z",
            "sort=name",
            "sort=",
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=1e3",
            "limit=x",
            "cursor=",
            "cursor=x",
            "cursor=id.-.00",
            "name=Zo%C3%AB",
            "offset=5",
            "tier=hot&tier=cold",
            "%00=1",
            other_order.as_str(),
        ] {
            let answer = app.get(&format!("{PATH}?{query}")).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
        let path = "/api/v1/contacts/search";
        for (body, code) in [
            (json!({}), "missing_field"),
            (json!({ "name": "" }), "invalid_field"),
            (json!({ "name": "   " }), "invalid_field"),
            (json!({ "name": "x".repeat(129) }), "invalid_field"),
            (json!({ "name": 5 }), "invalid_field"),
            (json!({ "name": ["x"] }), "invalid_field"),
            (json!({ "name": null }), "invalid_field"),
            (json!({ "name": "x", "filter": null }), "invalid_field"),
            (json!({ "name": "x", "filter": [] }), "invalid_field"),
            (json!({ "name": "x", "filter": { "tier": "boiling" } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "risk_level": 1 } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "limit": 0 } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "limit": 1001 } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "limit": "5" } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "sort": "name" } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "cursor": "x" } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "cursor": 5 } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "marketing_allowed": "true" } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "active_since": 0 } }), "invalid_field"),
            (json!({ "name": "x", "filter": { "name": "y" } }), "unknown_field"),
            (json!({ "name": "x", "limit": 5 }), "unknown_field"),
        ] {
            assert_eq!(app.post(path, body.to_string()).await.code(), code, "{body}");
        }
    });
}

/// A query with the cursor of a page in another order.
async fn all_cursor(app: &App) -> String {
    let page = app.get(&format!("{PATH}?sort=lead_score&limit=1")).await.json();
    format!("sort=id&cursor={}", page["next_cursor"].as_str().expect("a cursor"))
}

#[test]
fn joined_ids_are_one_line() {
    let (workspace, contacts) = peopled();
    let mut store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant");
    let (a, b) = (contacts[4], contacts[6]);
    let before: BTreeMap<ContactId, usize> =
        [a, b].map(|id| (id, store.events_of(tenant.id, id).expect("events").len())).into();
    let alias = Event {
        event_id: EventId([8; 16]),
        contact_id: b,
        kind: EventKind::Alias { other: a },
        ..workspace.events[0].clone()
    };
    store.insert_events(&tenant, [alias]).expect("inserted");
    let app = workspace.app();
    block_on(async {
        let found = app.get(&format!("{PATH}/{b}")).await.json();
        assert_eq!(found["contact_id"], a.to_string());
        assert_eq!(found["events"], before[&a] + before[&b] + 1);
        assert_eq!(found["scores"]["lead"]["value"], 30.0, "the newest score of both");
        assert_eq!(all(&app, "", 50).await.len(), 19);
    });
}

#[test]
fn a_line_shows_what_the_newest_scores_say_of_trend_and_hours() {
    let (workspace, contacts) = peopled();
    let mut store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant");
    let now = 1_850_000_000_000;
    let with = |model, value, answer: Value| ScoreRow {
        answer: answer.to_string(),
        ..score(contacts[5], model, now, value, "high")
    };
    let hour = |hour: u8, probability: f64, allowed: bool| {
        json!({ "hour": hour, "send_at": "2028-08-16T00:00:00Z", "probability": probability,
                "lower": 0.0, "upper": 1.0, "allowed": allowed })
    };
    let lead = json!({ "trend": { "previous": 40.0, "direction": "up" } });
    let hours = json!({ "optimal_hour": 9, "hourly": [hour(9, 0.5, true), hour(10, 0.25, false)] });
    let rows = [with(ModelKind::Lead, 60.0, lead), with(ModelKind::Engagement, 0.5, hours)];
    store.record_scores(&tenant, &rows, &[]).expect("kept");
    let app = workspace.app();
    block_on(async {
        let one = app.get(&format!("{PATH}/{}", contacts[5])).await.json();
        assert_eq!(one["trend"], json!({ "previous": 40.0, "direction": "up" }));
        assert_eq!((&one["best_hour"], &one["send_hours"]), (&json!(9), &Value::Null));
        let list = app.get(&format!("{PATH}?send_hours=true&limit=1000")).await.json();
        let lines = list["contacts"].as_array().expect("contacts");
        let line = lines.iter().find(|line| line["contact_id"] == contacts[5].to_string());
        let expected = json!({ "first_send_at": "2028-08-16T00:00:00Z", "hours": [9, 10],
                               "probabilities": [0.5, 0.25], "allowed": [true, false] });
        assert_eq!(line.expect("in the list")["send_hours"], expected);
        assert_eq!(lines.iter().filter(|line| !line["send_hours"].is_null()).count(), 1);
    });
    // Joined ids keep both.
    let alias = Event {
        event_id: EventId([8; 16]),
        contact_id: contacts[5],
        kind: EventKind::Alias { other: contacts[1] },
        ..workspace.events[0].clone()
    };
    store.insert_events(&tenant, [alias]).expect("inserted");
    let one = block_on(app.get(&format!("{PATH}/{}", contacts[1]))).json();
    assert_eq!((&one["trend"]["previous"], &one["best_hour"]), (&json!(40.0), &json!(9)));
}

#[test]
fn the_events_of_a_contact_are_paged_newest_first() {
    let (workspace, contacts) = peopled();
    let store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant");
    let expected = store.events_of(tenant.id, contacts[3]).expect("events");
    let app = workspace.app();
    block_on(async {
        let path = format!("{PATH}/{}/events", contacts[3]);
        for limit in [1, 7, 200] {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = app.get(&format!("{path}?limit={limit}{cursor}")).await.json();
                let events = page["events"].as_array().expect("events").clone();
                found.extend(events.iter().map(|e| e["event_id"].as_str().map(str::to_owned)));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let newest_first: Vec<_> =
                expected.iter().rev().map(|event| Some(event.event_id.to_string())).collect();
            assert_eq!(found, newest_first, "{limit}");
        }
        for query in ["limit=0", "limit=201", "cursor=x", "cursor=1.2", "before=1"] {
            let answer = app.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.code(), "invalid_parameter", "{query}");
        }
        let nobody = app.get(&format!("{PATH}/{}/events", "0".repeat(31) + "7")).await;
        assert_eq!(nobody.code(), "not_found");
    });
}

/// Prints how long a page of 50,000 contacts takes in every order:
/// `cargo test -p chatsignal-tests service::contacts -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn pages_of_fifty_thousand_contacts() {
    const CONTACTS: u32 = 50_000;
    let workspace = Workspace::empty();
    let mut store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant");
    let id = |at: u32| {
        let mut id = [7; 16];
        // Scattered, as keyed hashes are.
        id[..4].copy_from_slice(&at.wrapping_mul(0x9e37_79b1).to_be_bytes());
        ContactId(id)
    };
    let template = any_event();
    let events = (0..4 * CONTACTS).map(|at| {
        let mut event = template.clone();
        event.contact_id = id(at % CONTACTS);
        event.event_id.0[..4].copy_from_slice(&at.to_be_bytes());
        event.occurred_at = TimestampMs(1_700_000_000_000 + i64::from(at) * 60_000);
        event.available_at = event.occurred_at;
        if at >= CONTACTS && at % 20 == 0 {
            event.kind = EventKind::Consent(ConsentKind::OptOut);
        }
        event
    });
    let start = Instant::now();
    store.insert_events(&tenant, events).expect("inserted");
    println!("{} events inserted in {:?}", 4 * CONTACTS, start.elapsed());
    let mut batch = store.batch(&tenant).expect("a batch");
    for at in 0..CONTACTS {
        let name = Some(format!("Person {at}"));
        let phone = Some(format!("55119{at:08}"));
        let entry =
            DirectoryEntry::Contact { id: id(at), name, phone, external_id: None, country: None };
        batch.directory(&entry).expect("kept");
    }
    batch.commit().expect("written");
    for model in [ModelKind::Lead, ModelKind::Churn] {
        let rows: Vec<ScoreRow> = (0..CONTACTS)
            .map(|at| score(id(at), model, 1_800_000_000_000, f64::from(at % 1_000) / 10.0, "hot"))
            .collect();
        store.record_scores(&tenant, &rows, &[]).expect("kept");
    }
    drop(store);
    let app = workspace.app();
    block_on(async {
        let start = Instant::now();
        assert_eq!(app.get(&format!("{PATH}?limit=1")).await.json()["total"], CONTACTS);
        println!("first request, folding consent: {:?}", start.elapsed());
        for query in [
            "sort=id",
            "sort=lead_score",
            "sort=churn_probability",
            "sort=last_activity",
            "sort=last_activity&tier=hot&marketing_allowed=true",
            "sort=lead_score&tier=cold",
            "limit=1000",
        ] {
            let path = format!("{PATH}?{query}");
            println!("{}  GET {path}", median(&app, "GET", &path, "").await);
            let next = app.get(&path).await.json()["next_cursor"].clone();
            if let Some(next) = next.as_str() {
                let path = format!("{path}&cursor={next}");
                println!("{}  its next page", median(&app, "GET", &path, "").await);
            }
        }
        let body = json!({ "name": "person 4999", "filter": { "sort": "lead_score" } });
        let path = "/api/v1/contacts/search";
        println!("{}  POST {path}", median(&app, "POST", path, &body.to_string()).await);
    });
}

/// Any event.
fn any_event() -> Event {
    use chatsignal_train::synth::{Preset, Simulator};
    let simulator = Simulator::new(Preset::Headline, 1, 5);
    simulator.contacts().flat_map(|contact| contact.events).next().expect("an event")
}

/// Median of nine answers, milliseconds.
async fn median(app: &App, method: &str, path: &str, body: &str) -> String {
    let mut times = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        let headers = [("content-type", "application/json")];
        let answer = app.call(method, path, &headers, body.to_owned()).await;
        assert_eq!(answer.status, 200);
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    format!("{:7.1} ms", times[4])
}
