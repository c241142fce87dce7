//! Nothing that a caller sends comes into the log, at any level.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::json;

use super::sockets::http;
use super::support::Workspace;
use crate::cli::chatsignal;

/// A phone number, a name, a text, a key: each in every place that a request has.
const CANARIES: [&str; 4] = [
    "4915155501234567",
    "Ana-Maria-Canary",
    "canary\u{1b}[31mtext",
    "cs_0c0ffee0cafe_00000000000000000000000000000000000000000000000000000000decade00",
];

#[test]
fn canaries_are_in_no_line() {
    let workspace = Workspace::simulated();
    let mut command = chatsignal(&workspace.db);
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "trace", "--log-format", "json"]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
    let mut stderr = child.stderr.take().expect("piped");
    let (address, listening) = std::sync::mpsc::channel::<SocketAddr>();
    let reader = std::thread::spawn(move || {
        let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
        let mut told = false;
        loop {
            let count = stderr.read(&mut buffer).expect("reads");
            if count == 0 {
                return String::from_utf8_lossy(&all).into_owned();
            }
            all.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&all);
            let found = text.split("http://").nth(1).and_then(|rest| rest.split(' ').next());
            if let (false, Some(Ok(found))) = (told, found.map(str::parse)) {
                told = true;
                address.send(found).expect("the test waits");
            }
        }
    });
    let address = listening.recv().expect("listens");
    for canary in CANARIES {
        let quoted = json!(canary).to_string();
        let escaped: String = canary.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let header = format!(
            "x-canary: {}\r\nuser-agent: {}\r\n",
            canary.replace('\u{1b}', ""),
            canary.replace('\u{1b}', "")
        );
        for body in [
            format!("{{\"lead_id\":{quoted}}}"),
            format!("{{\"lead_id\":{quoted},\"features\":{{}}}}"),
            format!("{{\"features\":{{{quoted}:1}}}}"),
            format!("{{{quoted}:1}}"),
            format!("{{\"features\":{quoted}}}"),
            format!("{{\"leads\":[{{\"lead_id\":{quoted}}},{quoted}]}}"),
            format!("{{\"events\":[{{\"v\":1,\"type\":{quoted},\"contact_id\":{quoted}}}]}}"),
            format!("{{\"timezone\":{quoted},\"features\":{{}}}}"),
            format!("{{\"text\":{quoted}}}"),
            format!("{{\"text\":[{quoted}],\"language\":{quoted}}}"),
            quoted.clone(),
            canary.to_owned(),
        ] {
            for path in [
                "/api/v1/ml/models/lead-scoring/predict",
                "/api/v1/ml/models/lead-scoring/batch",
                "/api/v1/ml/models/engagement-prediction/optimal-time",
                "/api/v1/ml/sentiment/analyze",
            ] {
                http(address, "POST", path, &header, &body);
            }
        }
        for path in [
            format!("/{escaped}"),
            format!("/livez?q={escaped}"),
            format!("/api/v1/ml/health?{escaped}=1"),
        ] {
            http(address, "GET", &path, &header, "");
        }
        if canary.starts_with("cs_") {
            let key = format!("authorization: Bearer {canary}\r\n");
            http(address, "POST", "/api/v1/ml/models/lead-scoring/predict", &key, "{}");
        }
    }
    let metrics = http(address, "GET", "/metrics", "", "").1;
    let told = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(told.expect("kill runs").success());
    child.wait().expect("ends");
    let log = reader.join().expect("the log was read");
    assert!(log.lines().count() > 100, "the log was on");
    for canary in CANARIES {
        for part in [canary, canary.split('\u{1b}').next().expect("a part")] {
            if part.len() < 6 {
                continue;
            }
            let line = log.lines().find(|line| line.contains(part));
            assert_eq!(line, None, "{part} was logged");
            assert!(!metrics.contains(part), "{part} is in the metrics");
        }
    }
    // One line is one object: no one can write lines of their own.
    let own = log.lines().filter(|line| !line.starts_with("chatsignal listens"));
    for line in own {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}
