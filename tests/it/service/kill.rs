//! The serving process is killed under load: nothing acknowledged is lost, nothing doubled.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::Hasher;
use chatsignal_native::store::{ChannelKind, Store};
use chatsignal_tests::events::next;
use chatsignal_tests::webhooks::sign;
use serde_json::json;

use super::support::{Workspace, spawn};
use crate::cli::chatsignal;

const SECRET: &str = "the-secret-of-the-campaign";
/// Senders of each kind.
const SENDERS: u64 = 2;
/// Events of one request.
const EVENTS: u64 = 12;

/// One sender: it goes on from request to request, sends one again until it is acknowledged, and
/// never tells an instant twice.
struct Sender {
    name: String,
    webhook: bool,
    /// Instants of the request under way; sent again as they are.
    open: Vec<u64>,
    acknowledged: Vec<u64>,
    clock: u64,
}

impl Sender {
    fn body(&self) -> Vec<u8> {
        if self.webhook {
            let messages: Vec<_> = self
                .open
                .iter()
                .map(|at| {
                    json!({"from": self.name, "id": format!("wamid.{}.{at}", self.name),
                           "timestamp": at.to_string(), "type": "text", "text": {"body": "?"}})
                })
                .collect();
            let value = json!({"messaging_product": "whatsapp",
                "contacts": [{"profile": {"name": "N"}, "wa_id": self.name}], "messages": messages});
            return json!({"object": "whatsapp_business_account",
                "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]})
            .to_string()
            .into_bytes();
        }
        let line = |at: &u64| {
            json!({"v": 1, "type": "csat", "contact_id": self.name, "occurred_at_ms": at * 1_000,
                   "data": {"rating": 3}})
            .to_string()
                + "\n"
        };
        self.open.iter().map(line).collect::<String>().into_bytes()
    }

    /// Sends until it fails.
    fn run(&mut self, address: SocketAddr, path: &str, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            if self.open.is_empty() {
                self.open = (self.clock..self.clock + EVENTS).collect();
                self.clock += EVENTS;
            }
            let body = self.body();
            let headers = if self.webhook {
                format!("x-hub-signature-256: {}\r\n", sign(SECRET, &body))
            } else {
                // Every other request of this kind names a key.
                let at = self.open[0];
                let key = (at / EVENTS)
                    .is_multiple_of(2)
                    .then(|| format!("idempotency-key: {}-{at}\r\n", self.name));
                "content-type: application/x-ndjson\r\n".to_owned() + &key.unwrap_or_default()
            };
            match post(address, path, &headers, &body) {
                Some(200) => self.acknowledged.append(&mut self.open),
                // Overload is an answer; a dead connection ends the round.
                Some(503) => std::thread::sleep(Duration::from_millis(5)),
                Some(other) => panic!("{other}"),
                None => return,
            }
        }
    }
}

/// The status of a POST, if the whole answer came.
fn post(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.get(9..12)?.parse().ok()
}

fn campaign(kills: u64, seed: u64) {
    let workspace = Workspace::empty();
    let channel = {
        let mut store = Store::open(&workspace.db).expect("opens");
        let tenant = store.tenant("default").expect("there");
        let kind = ChannelKind::Whatsapp;
        store.create_channel(&tenant, kind, Some(SECRET), "", TimestampMs(1)).expect("made")
    };
    let webhook_path = format!("/api/v1/webhooks/whatsapp/{}", channel.channel_id);
    let mut senders: Vec<Sender> = (0..2 * SENDERS)
        .map(|at| Sender {
            name: format!("49151000000{at:02}"),
            webhook: at % 2 == 0,
            open: Vec::new(),
            acknowledged: Vec::new(),
            clock: 1_700_000_000,
        })
        .collect();
    let mut random = seed;
    let mut cut_off = 0u64;
    for round in 0..=kills {
        let mut command = chatsignal(&workspace.db);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
        let (mut child, address) = spawn(&mut command);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for sender in &mut senders {
                let path = if sender.webhook { &*webhook_path } else { "/api/v1/events" };
                let stop = &stop;
                scope.spawn(move || sender.run(address, path, stop));
            }
            std::thread::sleep(Duration::from_micros(10_000 + next(&mut random) % 150_000));
            if round < kills {
                // SIGKILL.
                child.kill().expect("killed");
            } else {
                // The last round ends in peace: whoever sends is answered.
                stop.store(true, Ordering::Relaxed);
            }
        });
        if round == kills {
            child.kill().expect("killed");
        }
        child.wait().expect("waited for");
        cut_off += senders.iter().filter(|sender| !sender.open.is_empty()).count() as u64;
    }
    let store = Store::open(&workspace.db).expect("opens");
    assert_eq!(store.integrity().expect("readable"), Vec::<String>::new());
    let tenant = store.tenant("default").expect("there");
    let hasher = Hasher::new(&tenant.key);
    let mut acknowledged = 0;
    for sender in &senders {
        let events = store.events_of(tenant.id, hasher.contact(&sender.name)).expect("readable");
        let mut stored: HashMap<u64, u32> = HashMap::new();
        for event in &events {
            *stored.entry((event.occurred_at.0 / 1_000).unsigned_abs()).or_default() += 1;
        }
        assert!(stored.values().all(|copies| *copies == 1), "{} is doubled", sender.name);
        for at in &sender.acknowledged {
            assert!(stored.contains_key(at), "{} {at} was acknowledged and is lost", sender.name);
        }
        acknowledged += sender.acknowledged.len();
        // What was sent and never acknowledged may be there or not; nothing else is.
        let sent = sender.acknowledged.len() + sender.open.len();
        assert!(events.len() <= sent, "{} events of {sent}", events.len());
        let state = store.state_at(tenant.id, hasher.contact(&sender.name), TimestampMs::MAX);
        if let Some(read) = state.expect("readable") {
            let log = chatsignal_core::contact::ContactState::at(&events, TimestampMs::MAX);
            assert!(read.state == log, "the kept state of {} is another", sender.name);
        }
    }
    println!(
        "{kills} kills: {acknowledged} events acknowledged, {cut_off} requests cut off, 0 lost, 0 doubled"
    );
    assert!(acknowledged > 0 && cut_off > 0);
}

#[test]
fn a_killed_service_loses_and_doubles_nothing() {
    campaign(3, 1);
}

/// The campaign behind the claim.
#[test]
#[ignore = "minutes: cargo xtask verify kills"]
fn service_kill_two_hundred_times_under_load() {
    campaign(200, 2);
}
