//! Live scores: read from the state, equal to the batch recompute, told to whoever listens.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::{Event, EventKind, Source};
use chatsignal_core::id::{ContactId, EventId};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::ndjson;
use chatsignal_native::service::{Config, Scope, Server};
use chatsignal_native::store::{ScoreRow, StateOrigin, Store, Tenant};
use chatsignal_tests::models;
use serde_json::{Value, json};

use super::sockets::http;
use super::support::{App, Workspace, block_on, connect};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

fn lines<'e>(events: impl IntoIterator<Item = &'e Event>) -> String {
    let mut text = String::new();
    for event in events {
        ndjson::write(event, &mut text);
        text.push('\n');
    }
    text
}

fn open(workspace: &Workspace) -> (Store, Tenant) {
    let store = Store::open(&workspace.db).expect("opens");
    let tenant = store.tenant("default").expect("there");
    (store, tenant)
}

/// Events of one contact: messages of both sides and ratings, `count` of them.
fn long_history(contact: ContactId, count: u64) -> Vec<Event> {
    let base = chatsignal_core::testing::example();
    (0..count)
        .map(|at| {
            let mut id = [7u8; 16];
            id[..8].copy_from_slice(&at.to_le_bytes());
            id[8..].copy_from_slice(&contact.0[..8]);
            let ms = TimestampMs(1_600_000_000_000 + 600_000 * at as i64);
            Event {
                event_id: EventId(id),
                contact_id: contact,
                occurred_at: ms,
                available_at: ms,
                utc_offset: UtcOffsetMin(60),
                source: Source::Api,
                kind: match (at % 5, &base.kind) {
                    (0, _) => EventKind::Csat { rating: 4 },
                    (_, kind) => with_message(kind, id),
                },
                ..base.clone()
            }
        })
        .collect()
}

/// The kind with another message.
fn with_message(kind: &EventKind, id: [u8; 16]) -> EventKind {
    let mut kind = kind.clone();
    match &mut kind {
        EventKind::MessageInbound { message_id, .. }
        | EventKind::MessageOutbound { message_id, .. }
        | EventKind::MessageStatus { message_id, .. } => message_id.0 = id,
        _ => {}
    }
    kind
}

/// The answers of the three models without what differs from request to request.
async fn answers(app: &App, ask: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for (path, id) in [
        ("models/lead-scoring/predict", "lead_id"),
        ("models/churn-prediction/predict", "customer_id"),
        ("models/engagement-prediction/predict", "contact_id"),
    ] {
        let mut body = ask.clone();
        if let Some(contact) = body.as_object_mut().and_then(|body| body.remove("id")) {
            body[id] = contact;
        }
        let answer = app.post(&format!("/api/v1/ml/{path}?explain=full"), body.to_string()).await;
        let mut answer = answer.json();
        let fields = answer.as_object_mut().expect("an object");
        assert!(!fields.contains_key("code"), "{fields:?}");
        for field in ["request_id", "trend", id] {
            fields.remove(field);
        }
        all.push(answer);
    }
    all
}

#[test]
fn a_score_by_id_equals_the_recompute_from_the_log_to_the_bit() {
    let workspace = Workspace::simulated();
    let simulated = workspace.events.clone();
    let workspace = {
        let empty = Workspace::empty();
        for artifact in [models::lead(), models::churn(), models::engagement()] {
            empty.publish(&artifact);
        }
        empty
    };
    let long = ContactId([0xee; 16]);
    let mut events = simulated;
    events.extend(long_history(long, 1_500));
    // Any interleaving will do: by the bytes of the event's own id.
    events.sort_by_key(|event| (event.event_id.0[3], event.event_id.0));
    let app = workspace.app();
    let (mut store, tenant) = open(&workspace);
    block_on(async {
        for (round, piece) in events.chunks(events.len() / 6 + 1).enumerate() {
            let again = piece.iter().take(20);
            let body = lines(piece.iter().chain(again));
            let answer = app.call("POST", "/api/v1/events", &[NDJSON], body).await.json();
            assert_eq!(
                (&answer["accepted"], &answer["rejected"]),
                (&json!(piece.len()), &json!(0))
            );
            // States are kept in the midst of it, as the service does in the background.
            for contact in [long, events[0].contact_id] {
                if round > 0 {
                    store.begin_state(tenant.id, contact).expect("begun");
                }
                if let Some(fresh) = store.refresh_state(tenant.id, contact).expect("read") {
                    store.keep_state(tenant.id, &fresh).expect("kept");
                }
            }
        }
        let contacts = store.contacts(tenant.id).expect("read");
        assert!(contacts.len() > 15);
        let read = store.state_at(tenant.id, long, TimestampMs::MAX).expect("read").expect("there");
        assert!(matches!(read.origin, StateOrigin::Kept { .. }));
        let now = store.newest_available(tenant.id).expect("read").expect("events");
        let as_of = chatsignal_api::time::Instant(now.plus_ms(3_600_000)).to_string();
        for contact in contacts {
            let id = contact.contact.to_string();
            let log = store.events_of(tenant.id, contact.contact).expect("read");
            let log: Vec<Value> = lines(&log)
                .lines()
                .map(|line| serde_json::from_str(line).expect("an event"))
                .collect();
            let by_id = answers(&app, &json!({"id": id, "as_of": as_of})).await;
            let by_events = answers(&app, &json!({"events": log, "as_of": as_of})).await;
            assert_eq!(by_id, by_events, "{id}");
        }
    });
}

/// Waits until a contact has scores that `wanted` likes.
fn wait_for(
    workspace: &Workspace,
    contact: ContactId,
    wanted: impl Fn(&[ScoreRow]) -> bool,
) -> Vec<ScoreRow> {
    let (store, tenant) = open(workspace);
    let start = Instant::now();
    loop {
        let rows = store.scores_of(tenant.id, contact, None, None, 100).expect("read");
        if wanted(&rows) {
            return rows;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{rows:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("a clock").as_millis() as i64
}

fn inbound(contact: &str, at: i64) -> String {
    json!({"v": 1, "type": "message.inbound", "contact_id": contact, "occurred_at_ms": at,
           "message_id": format!("{contact}-{at}"), "data": {"kind": "text", "chars": 12}})
    .to_string()
}

fn post(address: SocketAddr, body: &str) -> Value {
    let mut stream = connect(address);
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("writes");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).expect("reads");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// Events of a stream as they come.
struct Reader(BufReader<std::net::TcpStream>);

impl Reader {
    fn open(address: SocketAddr, headers: &str) -> Self {
        let mut stream = connect(address);
        let head = format!("GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).expect("writes");
        Self(BufReader::new(stream))
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).unwrap_or(0);
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The data of the next event of a name.
    fn next(&mut self, name: &str) -> Value {
        let wanted = format!("event: {name}");
        while self.line().expect("goes on") != wanted {}
        loop {
            let line = self.line().expect("goes on");
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).expect("JSON");
            }
        }
    }
}

#[test]
fn what_comes_in_is_scored_kept_and_told() {
    let workspace = Workspace::simulated();
    block_on(async {
        let config = Config { streams_max: 2, ..workspace.config() };
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let workspace = tokio::task::spawn_blocking(move || {
            let (_, tenant) = open(&workspace);
            let id = |name: &str| chatsignal_ingest::Hasher::new(&tenant.key).contact(name);
            let mut reader = Reader::open(address, "");
            while reader.line().expect("stands") != "retry: 2000" {}
            let mut back = Reader::open(address, "last-event-id: 5\r\n");
            assert_eq!(back.next("gap"), json!({"missed": null}));
            assert_eq!(http(address, "GET", "/api/v1/stream", "", "").0, 503);

            assert_eq!(post(address, &inbound("L-1", now_ms()))["accepted"], 1);
            let rows = wait_for(&workspace, id("L-1"), |rows| rows.len() == 3);
            let kinds: Vec<ModelKind> = rows.iter().map(|row| row.model).collect();
            for kind in ModelKind::TRAINED {
                assert!(kinds.contains(&kind), "{kind:?}");
            }
            for row in &rows {
                let answer: Value = serde_json::from_str(&row.answer).expect("JSON");
                assert_eq!(answer["model"]["name"], row.model.as_str());
                assert!(answer["top_factors"].is_array(), "{answer}");
                assert_eq!(row.version, 1);
            }
            let lead = rows.iter().find(|row| row.model == ModelKind::Lead).expect("a lead");
            let change = loop {
                let change = reader.next("score");
                let of = (&change["model"], &change["contact_id"]);
                if of == (&json!("lead"), &json!(id("L-1").to_string())) {
                    break change;
                }
            };
            assert_eq!(
                (&change["value"], &change["label"]),
                (&json!(lead.value), &json!(lead.label))
            );
            assert_eq!(change["previous"], Value::Null);

            // Who objects to profiling is not scored; what came before stays until it is erased.
            let objected = json!({"v": 1, "type": "consent", "contact_id": "L-2",
                "occurred_at_ms": now_ms(), "data": {"kind": "objected"}});
            let both = format!("{}\n{objected}\n", inbound("L-2", now_ms() - 5));
            assert_eq!(post(address, &both)["accepted"], 2);
            // Whoever looks at them hears of it at once, and of an erasure.
            let told = reader.next("withdrawn");
            let of_two = json!({"contact_id": id("L-2").to_string(), "reason": "objected"});
            assert_eq!(told, of_two);
            // Eight further messages move the score of the other.
            let more: Vec<String> = (1..9).map(|at| inbound("L-1", now_ms() + at)).collect();
            assert_eq!(post(address, &more.join("\n"))["accepted"], 8);
            let rows = wait_for(&workspace, id("L-1"), |rows| rows.len() > 3);
            assert!(rows.windows(2).all(|two| two[0].computed_at >= two[1].computed_at));
            let (store, tenant) = open(&workspace);
            assert_eq!(store.scores_of(tenant.id, id("L-2"), None, None, 9).expect("read"), []);
            drop(store);
            let erase = format!("/api/v1/contacts/{}", id("L-1"));
            http(address, "DELETE", &erase, "", "");
            let of_one = json!({"contact_id": id("L-1").to_string(), "reason": "erased"});
            while reader.next("withdrawn") != of_one {}
            // Where levels begin elsewhere, what is shown is to be loaded again.
            let cutoffs = json!({"lead_cutoffs": {"hot": 90, "warm": 60, "cold": 30}}).to_string();
            assert_eq!(http(address, "PATCH", "/api/v1/settings", "", &cutoffs).0, 200);
            assert_eq!(reader.next("gap"), json!({"missed": null}));
            // Streams end with the service, not with its patience.
            (workspace, reader, back)
        })
        .await
        .expect("ends");
        let start = Instant::now();
        assert!(server.stop().await);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        drop(workspace);
    });
}

#[test]
fn no_tenant_takes_the_places_of_all_readers() {
    let workspace = Workspace::empty();
    let tenants = ["first", "second", "third"];
    let keys = tenants.map(|tenant| workspace.key(tenant, &[Scope::Score, Scope::Train]));
    block_on(async {
        let config = Config { streams_max: 2, streams_per_tenant_max: 1, ..workspace.config() };
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let readers = tokio::task::spawn_blocking(move || {
            let [first, second, third] = keys.map(|key| format!("authorization: Bearer {key}\r\n"));
            let open = |key: &str| {
                let mut reader = Reader::open(address, key);
                while reader.line().expect("stands") != "retry: 2000" {}
                reader
            };
            let status = |key: &str| http(address, "GET", "/api/v1/stream", key, "").0;
            let job = |key: &str| {
                http(
                    address,
                    "GET",
                    "/api/v1/jobs/t_00000000000000000000000000000000/events",
                    key,
                    "",
                )
                .0
            };
            let one = open(&first);
            assert_eq!(status(&first), 503, "the places of this tenant");
            assert_eq!(job(&first), 503, "its jobs take the same places");
            assert_eq!(job(&second), 404);
            let two = open(&second);
            assert_eq!(status(&third), 503, "the places of all");
            (one, two)
        });
        let readers = readers.await.expect("ends");
        assert!(server.stop().await);
        drop(readers);
    });
}

#[test]
fn who_waited_when_a_process_ended_is_scored_by_the_next() {
    let workspace = Workspace::simulated();
    let (store, tenant) = open(&workspace);
    // This process takes events in and scores nobody.
    let app = workspace.app();
    block_on(app.call("POST", "/api/v1/events", &[NDJSON], inbound("L-1", now_ms())));
    drop(app);
    let waiting = store.waiting(tenant.id, 100).expect("read").len();
    assert_eq!(waiting, store.contacts(tenant.id).expect("read").len());
    drop(store);
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let workspace = tokio::task::spawn_blocking(move || {
            let first = chatsignal_ingest::Hasher::new(&tenant.key).contact("L-1");
            assert_eq!(wait_for(&workspace, first, |rows| rows.len() == 3).len(), 3);
            settled(&workspace);
            // Another process imports while this one serves.
            let (mut store, tenant) = open(&workspace);
            let late = ContactId([0xab; 16]);
            store.insert_events(&tenant, long_history(late, 5)).expect("inserted");
            wait_for(&workspace, late, |rows| !rows.is_empty());
            settled(&workspace);
            workspace
        })
        .await
        .expect("ends");
        assert!(server.stop().await);
        drop(workspace);
    });
}

#[test]
fn time_and_other_models_change_scores_without_events() {
    let workspace = Workspace::simulated();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let (address, state) = (server.address(), server.state().clone());
        let looked = tokio::task::spawn_blocking(move || {
            let (_, tenant) = open(&workspace);
            let id = chatsignal_ingest::Hasher::new(&tenant.key).contact("L-1");
            assert_eq!(post(address, &inbound("L-1", now_ms()))["accepted"], 1);
            let first = wait_for(&workspace, id, |rows| rows.len() == 3);
            // Another version, of whichever kind, scores everybody again.
            let version = workspace.publish(&models::over_catalogue(ModelKind::Lead, 50.0, &[]));
            let leads = |rows: &[ScoreRow]| -> Vec<u32> {
                let leads = rows.iter().filter(|row| row.model == ModelKind::Lead);
                leads.map(|row| row.version).collect()
            };
            let second = wait_for(&workspace, id, |rows| leads(rows) == [version, 1]);
            assert_eq!(second.len(), first.len() + 1, "the others have nothing new to say");
            // Silence says something too.
            state.advance_clock(Duration::from_secs(30 * 86_400));
            let churn =
                |rows: &[ScoreRow]| rows.iter().filter(|row| row.model != ModelKind::Lead).count();
            let third = wait_for(&workspace, id, |rows| churn(rows) > 2);
            assert!(third[0].computed_at.since(second[0].computed_at) >= 86_400_000 * 30);
            // Once: what was scored need not be scored again.
            settled(&workspace);
            std::thread::sleep(Duration::from_millis(500));
            let last = wait_for(&workspace, id, |_| true);
            std::thread::sleep(Duration::from_millis(500));
            assert_eq!(wait_for(&workspace, id, |_| true), last);
            workspace
        });
        let workspace = looked.await.expect("ends");
        assert!(server.stop().await);
        drop(workspace);
    });
}

/// Waits until no contact waits any more.
fn settled(workspace: &Workspace) {
    let (store, tenant) = open(workspace);
    let start = Instant::now();
    while !store.waiting(tenant.id, 1).expect("read").is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "still waiting");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_trend_compares_with_the_history() {
    let workspace = Workspace::simulated();
    let (mut store, tenant) = open(&workspace);
    let app = workspace.app();
    block_on(async {
        let now = now_ms();
        let body = inbound("L-9", now);
        app.call("POST", "/api/v1/events", &[NDJSON], body).await;
        let contact = chatsignal_ingest::Hasher::new(&tenant.key).contact("L-9");
        let ask = json!({"lead_id": "L-9"}).to_string();
        let trend = async || {
            app.post("/api/v1/ml/models/lead-scoring/predict", ask.clone()).await.json()["trend"]
                .clone()
        };
        assert_eq!(trend().await, Value::Null, "nothing was known a week ago");
        let day = 86_400_000;
        for (days, value) in [(20, 1.0), (9, 33.0), (8, 34.0), (6, 90.0)] {
            let at = TimestampMs(now - days * day);
            let row = ScoreRow {
                contact,
                model: ModelKind::Lead,
                computed_at: at,
                as_of: at,
                version: 1,
                value,
                label: "cold".to_owned(),
                answer: "{}".to_owned(),
            };
            assert!(store.record_score(&tenant, &row).expect("kept"));
        }
        assert_eq!(trend().await["previous"], 34.0);
    });
}

#[test]
fn a_score_costs_the_same_however_long_the_history_is() {
    let workspace = Workspace::simulated();
    let (mut store, tenant) = open(&workspace);
    let app = workspace.app();
    let mut medians = Vec::new();
    for (byte, count) in [(1u8, 100u64), (2, 10_000), (3, 100_000)] {
        let contact = ContactId([byte; 16]);
        store.insert_events(&tenant, long_history(contact, count)).expect("inserted");
        let ask = json!({"lead_id": contact.to_string()}).to_string();
        let time = || {
            let start = Instant::now();
            let answer = block_on(app.post("/api/v1/ml/models/lead-scoring/predict", ask.clone()));
            assert_eq!(answer.status.as_u16(), 200);
            start.elapsed()
        };
        let folded = time();
        if count > 512 {
            store.begin_state(tenant.id, contact).expect("begun");
            let fresh = store.refresh_state(tenant.id, contact).expect("read").expect("begun");
            assert!(store.keep_state(tenant.id, &fresh).expect("kept"));
        }
        let mut took: Vec<Duration> = (0..41).map(|_| time()).collect();
        took.sort_unstable();
        println!(
            "{count} events: first {folded:?}, then median {:?}, p90 {:?}",
            took[20], took[36]
        );
        medians.push(took[20]);
    }
    assert!(medians[2] < 3 * medians[1] + Duration::from_millis(5), "{medians:?}");
}
