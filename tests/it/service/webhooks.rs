//! Webhooks: what is believed, what it does, and that it does it once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use chatsignal_core::time::TimestampMs;
use chatsignal_ingest::Hasher;
use chatsignal_native::service::Server;
use chatsignal_native::store::{Channel, ChannelKind, Store};
use chatsignal_tests::webhooks::{chatwoot_message, sign, whatsapp_texts};
use serde_json::json;

use super::bad_bodies::bodies;
use super::support::{Answer, App, Workspace, block_on, connect};

const SECRET: &str = "abcd-app-secret-of-meta";

fn channel(workspace: &Workspace, kind: ChannelKind) -> Channel {
    let mut store = Store::open(&workspace.db).expect("opens");
    let tenant = store.tenant("default").expect("there");
    store.create_channel(&tenant, kind, Some(SECRET), "", TimestampMs(1)).expect("made")
}

fn stored(workspace: &Workspace) -> u64 {
    let store = Store::open(&workspace.db).expect("opens");
    let tenant = store.tenant("default").expect("there").id;
    store.contacts(tenant).expect("readable").iter().map(|contact| contact.events).sum()
}

async fn send(app: &App, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    app.call("POST", path, headers, body).await
}

async fn whatsapp(app: &App, channel: &Channel, body: &[u8]) -> Answer {
    let path = format!("/api/v1/webhooks/whatsapp/{}", channel.channel_id);
    let signature = sign(SECRET, body);
    send(app, &path, &[("x-hub-signature-256", &signature)], body.to_vec()).await
}

#[test]
fn the_handshake_gives_the_challenge_to_who_knows_the_token() {
    let workspace = Workspace::empty();
    let whatsapp = channel(&workspace, ChannelKind::Whatsapp);
    let chatwoot = channel(&workspace, ChannelKind::Chatwoot);
    let app = workspace.app();
    block_on(async {
        let ask = async |id: &str, query: &str| {
            app.get(&format!("/api/v1/webhooks/whatsapp/{id}?{query}")).await
        };
        let token = &whatsapp.verify_token;
        let good = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
        let answer = ask(&whatsapp.channel_id, &good).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, &b"1158201444"[..]));
        assert!(answer.headers["content-type"].to_str().expect("text").starts_with("text/plain"));
        for query in [
            "".to_owned(),
            "hub.mode=subscribe&hub.verify_token=&hub.challenge=1".to_owned(),
            good.replace("subscribe", "unsubscribe"),
            good.replace(&token[..8], "00000000"),
            format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=%3Cscript%3E%20x"),
        ] {
            assert_eq!(ask(&whatsapp.channel_id, &query).await.status.as_u16(), 403, "{query}");
        }
        assert_eq!(ask(&chatwoot.channel_id, &good).await.code(), "not_found");
        assert_eq!(ask("ch_0", &good).await.code(), "not_found");
    });
}

#[test]
fn a_delivery_is_on_disk_and_names_stay_in_the_directory() {
    let workspace = Workspace::empty();
    let channel = channel(&workspace, ChannelKind::Whatsapp);
    let app = workspace.app();
    block_on(async {
        let body = whatsapp_texts(&[("wamid.1", "4915112345678"), ("wamid.2", "4915112345679")]);
        let answer = whatsapp(&app, &channel, &body).await;
        assert_eq!(answer.json(), json!({"accepted": 2, "duplicates": 0, "rejected": 0}));
        let store = Store::open(&workspace.db).expect("opens");
        let tenant = store.tenant("default").expect("there");
        let contact = Hasher::new(&tenant.key).contact("4915112345678");
        let events = store.events_of(tenant.id, contact).expect("read");
        assert_eq!(events.len(), 1);
        let person = store.person(tenant.id, contact).expect("read");
        assert_eq!(person.name.as_deref(), Some("Name of 4915112345678"));
        // What another version of WhatsApp may send is no error.
        for odd in [
            json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "new_field", "value": {}}]}]}),
            json!({"object": "whatsapp_business_account", "entry": []}),
        ] {
            let answer = whatsapp(&app, &channel, odd.to_string().as_bytes()).await;
            assert_eq!(answer.status.as_u16(), 200);
        }
        let large = vec![b' '; (3 << 20) + 1];
        assert_eq!(whatsapp(&app, &channel, &large).await.code(), "body_too_large");
    });
}

#[test]
fn a_forged_delivery_is_refused_and_has_no_effect() {
    let workspace = Workspace::empty();
    let channel = channel(&workspace, ChannelKind::Whatsapp);
    let app = workspace.app();
    block_on(async {
        let path = format!("/api/v1/webhooks/whatsapp/{}", channel.channel_id);
        let body = whatsapp_texts(&[("wamid.1", "4915112345678")]);
        let good = sign(SECRET, &body);
        let mut refused = 0;
        for bit in 0..4 * 64 {
            let mut digits = good.clone().into_bytes();
            let at = 7 + bit / 4;
            let digit = char::from(digits[at]).to_digit(16).expect("a digit") ^ (1 << (bit % 4));
            digits[at] = char::from_digit(digit, 16).expect("a digit") as u8;
            let header = String::from_utf8(digits).expect("text");
            let answer = send(&app, &path, &[("x-hub-signature-256", &header)], body.clone()).await;
            assert_eq!(answer.code(), "unauthorized", "bit {bit}");
            refused += 1;
        }
        for at in (0..body.len()).step_by(7) {
            let mut changed = body.clone();
            changed[at] ^= 1;
            let answer = send(&app, &path, &[("x-hub-signature-256", &good)], changed).await;
            assert_eq!(answer.code(), "unauthorized", "byte {at}");
            refused += 1;
        }
        let sha1 = good.replace("sha256", "sha1");
        let other = sign("another-secret-of-meta", &body);
        let malformed: [&[(&str, &str)]; 6] = [
            &[],
            &[("x-hub-signature-256", "")],
            &[("x-hub-signature-256", &good[7..])],
            &[("x-hub-signature-256", &sha1)],
            &[("x-hub-signature-256", &other)],
            &[("x-hub-signature-256", &good), ("x-hub-signature-256", &good)],
        ];
        for headers in malformed {
            assert_eq!(send(&app, &path, headers, body.clone()).await.code(), "unauthorized");
        }
        assert!(refused > 300);
        assert_eq!(stored(&workspace), 0);
        // Capital digits are the same signature; so is that of the escaped form.
        let upper = format!("sha256={}", good[7..].to_uppercase());
        let answer = send(&app, &path, &[("x-hub-signature-256", &upper)], body).await;
        assert_eq!(answer.json()["accepted"], 1);
    });
}

#[test]
fn one_message_has_one_effect_however_often_it_comes() {
    let workspace = Workspace::empty();
    let channel = Arc::new(channel(&workspace, ChannelKind::Whatsapp));
    let app = Arc::new(workspace.app());
    block_on(async {
        let body = Arc::new(whatsapp_texts(&[("wamid.1", "4915112345678")]));
        let at_once: Vec<_> = (0..50)
            .map(|_| {
                let (app, channel, body) = (app.clone(), channel.clone(), body.clone());
                tokio::spawn(async move { whatsapp(&app, &channel, &body).await.json() })
            })
            .collect();
        let mut accepted = 0;
        for answer in at_once {
            accepted += answer.await.expect("ends")["accepted"].as_u64().expect("a count");
        }
        assert_eq!(accepted, 1);
        let mut took = Vec::new();
        for _ in 0..1_000 {
            let start = Instant::now();
            let answer = whatsapp(&app, &channel, &body).await;
            took.push(start.elapsed());
            assert_eq!(answer.json()["duplicates"], 1);
        }
        assert_eq!(stored(&workspace), 1);
        took.sort_unstable();
        println!("replayed delivery: median {:?}, p99 {:?}", took[500], took[990]);
        let mut took = Vec::new();
        for at in 0..500 {
            let body = whatsapp_texts(&[(&format!("wamid.n{at}"), "4915112345678")]);
            let start = Instant::now();
            assert_eq!(whatsapp(&app, &channel, &body).await.json()["accepted"], 1);
            took.push(start.elapsed());
        }
        took.sort_unstable();
        println!("new delivery: median {:?}, p99 {:?}", took[250], took[495]);
        // Under 10 ms on an idle machine; this one may be busy.
        assert!(took[250] < Duration::from_millis(100), "{:?}", took[250]);
    });
}

#[test]
fn secrets_rotate_and_channels_end() {
    let workspace = Workspace::empty();
    let channel = channel(&workspace, ChannelKind::Whatsapp);
    let mut store = Store::open(&workspace.db).expect("opens");
    let tenant = store.tenant("default").expect("there").id;
    let new = "the-next-secret-of-meta";
    assert!(store.rotate_channel(tenant, &channel.channel_id, new).expect("rotated"));
    let path = format!("/api/v1/webhooks/whatsapp/{}", channel.channel_id);
    block_on(async {
        let app = workspace.app();
        for (id, secret) in [("wamid.1", SECRET), ("wamid.2", new)] {
            let body = whatsapp_texts(&[(id, "4915112345678")]);
            let header = sign(secret, &body);
            let answer = send(&app, &path, &[("x-hub-signature-256", &header)], body).await;
            assert_eq!(answer.json()["accepted"], 1, "{secret}");
        }
        store.revoke_channel(tenant, &channel.channel_id, TimestampMs(2)).expect("revoked");
        let app = workspace.app();
        assert_eq!(whatsapp(&app, &channel, b"{}").await.code(), "not_found");
    });
}

#[test]
fn a_believed_sender_may_send_anything() {
    let workspace = Workspace::empty();
    let whatsapp_channel = channel(&workspace, ChannelKind::Whatsapp);
    let chatwoot_channel = channel(&workspace, ChannelKind::Chatwoot);
    let app = workspace.app();
    let path = format!("/api/v1/webhooks/chatwoot/{}?token={SECRET}", chatwoot_channel.channel_id);
    block_on(async {
        for body in bodies().into_iter().filter(|body| body.len() <= 3 << 20) {
            let answer = whatsapp(&app, &whatsapp_channel, &body).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert_eq!(answer.status.as_u16(), 200, "{shown}");
            assert_eq!(answer.json()["accepted"], 0, "{shown}");
            let answer = send(&app, &path, &[], body).await;
            assert_eq!(answer.status.as_u16(), 200, "{shown}");
            assert_eq!(answer.json()["accepted"], 0, "{shown}");
        }
        assert_eq!(stored(&workspace), 0);
    });
}

#[test]
fn chatwoot_signs_or_names_the_secret() {
    let workspace = Workspace::empty();
    let channel = channel(&workspace, ChannelKind::Chatwoot);
    let app = workspace.app();
    block_on(async {
        let path = format!("/api/v1/webhooks/chatwoot/{}", channel.channel_id);
        let body = chatwoot_message(1, "+4915112345678");
        let signed = sign(SECRET, &[b"1700000000.", &body[..]].concat());
        let headers = [("x-chatwoot-signature", &*signed), ("x-chatwoot-timestamp", "1700000000")];
        let answer = send(&app, &path, &headers, body).await;
        assert_eq!(answer.json(), json!({"accepted": 1, "duplicates": 0, "rejected": 0}));
        let with_token = format!("{path}?token={SECRET}");
        let body = chatwoot_message(2, "+4915112345678");
        assert_eq!(send(&app, &with_token, &[], body.clone()).await.json()["accepted"], 1);
        let wrong_token = format!("{path}?token={}", SECRET.replace("abcd", "abce"));
        let forged = [("x-chatwoot-signature", &*signed), ("x-chatwoot-timestamp", "1700000001")];
        for (path, headers) in [
            (&path, &[][..]),
            (&wrong_token, &[][..]),
            (&path, &forged[..]),
            (&path, &headers[..1]),
            (&with_token, &forged[..]),
        ] {
            let answer = send(&app, path, headers, body.clone()).await;
            assert_eq!(answer.code(), "unauthorized", "{path} {headers:?}");
        }
        assert_eq!(stored(&workspace), 2);
    });
}

#[test]
fn the_command_makes_rotates_and_revokes_channels() {
    let workspace = Workspace::empty();
    let secret = workspace.db.with_extension("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).expect("written");
    let file = secret.to_str().expect("text");
    let command = |args: &[&str]| {
        let mut command = crate::cli::chatsignal(&workspace.db);
        command.arg("channels").args(args);
        command
    };
    let made = crate::cli::json(&mut command(&[
        "create",
        "--kind",
        "whatsapp",
        "--secret-file",
        file,
        "--label",
        "shop",
        "--format",
        "json",
    ]));
    let id = made["channel_id"].as_str().expect("an id").to_owned();
    assert_eq!(made["path"], format!("/api/v1/webhooks/whatsapp/{id}"));
    assert!(made["secret"].is_null() && made["verify_token"].as_str().is_some());
    let own = crate::cli::json(&mut command(&["create", "--kind", "chatwoot", "--format", "json"]));
    assert_eq!(own["secret"].as_str().map(str::len), Some(48));
    let (code, _, stderr) = crate::cli::run(&mut command(&["create", "--kind", "whatsapp"]));
    assert_eq!(code, 3, "{stderr}");
    let (code, listed, _) = crate::cli::run(&mut command(&["list"]));
    assert!(code == 0 && listed.contains(&id) && !listed.contains(SECRET), "{listed}");
    assert_eq!(crate::cli::run(&mut command(&["rotate", &id, "--secret-file", file])).0, 0);
    assert_eq!(crate::cli::run(&mut command(&["revoke", &id])).0, 0);
    assert_eq!(crate::cli::run(&mut command(&["revoke", &id])).0, 5);
}

/// One request on a connection that stays open; the status.
fn on_kept_connection(stream: &mut TcpStream, path: &str, signature: &str, body: &[u8]) -> u16 {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nx-hub-signature-256: {signature}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("writes");
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let read = stream.read(&mut piece).expect("reads");
        assert!(read > 0, "the connection stays open");
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            if body.len() == length {
                return text[9..12].parse().expect("a status");
            }
        }
    }
}

#[test]
fn deliveries_are_answered_fast_while_scores_are_computed() {
    let workspace = Workspace::simulated();
    let channel = channel(&workspace, ChannelKind::Whatsapp);
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        let path = format!("/api/v1/webhooks/whatsapp/{}", channel.channel_id);
        let took = tokio::task::spawn_blocking(move || {
            let mut stream = connect(address);
            let mut took = Vec::new();
            for at in 0..1_000 {
                let from = format!("4915100{:06}", at % 200);
                let body = whatsapp_texts(&[(&format!("wamid.{at}"), &from)]);
                let signature = sign(SECRET, &body);
                let start = Instant::now();
                assert_eq!(on_kept_connection(&mut stream, &path, &signature, &body), 200);
                took.push(start.elapsed());
            }
            took.sort_unstable();
            took
        })
        .await
        .expect("ends");
        println!(
            "delivery over TCP with live scoring: median {:?}, p90 {:?}, p99 {:?}",
            took[500], took[900], took[990]
        );
        assert!(took[500] < Duration::from_millis(100), "{:?}", took[500]);
        assert!(server.stop().await);
    });
}
