//! Services killed while they train: a job that was accepted is done in the end, once.

use std::io::{BufRead, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chatsignal_core::artifact::ModelKind;
use chatsignal_native::registry::ModelRegistry;
use chatsignal_tests::cases;
use serde_json::{Value, json};

use super::support::Workspace;
use super::training::{CONTACTS, LONG, ask, churn, ended, start, wait};
use crate::cli::chatsignal;

/// A service in a process of its own.
pub struct Child {
    process: std::process::Child,
    pub address: SocketAddr,
}

impl Child {
    pub fn start(db: &Path) -> Self {
        let mut command = chatsignal(db);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
        command.args(["--job-lease-ms", "600", "--reload-ms", "100"]);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("starts");
        let mut stderr = std::io::BufReader::new(process.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split(' ').next());
        let address = address.and_then(|text| text.parse().ok()).expect("an address");
        // Its log must go on being read, or it would wait for that.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self { process, address }
    }

    /// SIGTERM, and the end with code 0.
    pub fn terminate(mut self) {
        let asked = Instant::now();
        let id = self.process.id().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
        assert_eq!(self.process.wait().expect("ends").code(), Some(0));
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.process.kill().expect("is killed");
        self.process.wait().expect("has ended");
    }
}

impl Drop for Child {
    /// A test that failed leaves no service behind.
    fn drop(&mut self) {
        // It has ended already, as a rule.
        let _ = self.process.kill();
    }
}

#[test]
fn a_job_whose_process_is_killed_is_done_by_the_next() {
    let workspace = Workspace::business(CONTACTS);
    let child = Child::start(&workspace.db);
    let job_id = start(child.address, &churn(LONG));
    wait(child.address, &job_id, |job| job["status"] == "training");
    child.kill();
    let child = Child::start(&workspace.db);
    let job = ended(child.address, &job_id);
    assert_eq!((&job["status"], &job["attempts"]), (&json!("succeeded"), &json!(2)), "{job}");
    child.terminate();
    let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db)).expect("opens");
    assert_eq!(registry.list("default", ModelKind::Churn).expect("lists").len(), 1);
}

/// A small generator for the instants of the kills.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Asks for one score. The service may be killed at any byte of it.
fn score(stream: &mut TcpStream) -> std::io::Result<String> {
    let head = "POST /api/v1/ml/models/churn-prediction/predict?explain=none HTTP/1.1\r\n\
                host: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
                content-length: 15\r\n\r\n{\"features\":{}}";
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Kills the service at random instants while it trains and is asked for scores and more training;
/// every job that was accepted has a good end.
#[test]
#[ignore = "long: `cargo xtask verify kills` runs it with CHATSIGNAL_CASES=200"]
fn service_kill() {
    let kills = cases(200).min(200);
    let workspace = Workspace::business(CONTACTS);
    let mut random = 11;
    let mut accepted: Vec<Value> = Vec::new();
    let mut answered = 0;
    for kill in 0..kills {
        let child = Child::start(&workspace.db);
        let address = child.address;
        let load = std::thread::spawn(move || {
            let mut answered = 0;
            while let Ok(mut stream) = TcpStream::connect(address) {
                answered +=
                    usize::from(score(&mut stream).is_ok_and(|answer| answer.contains("200 OK")));
            }
            answered
        });
        let mut request = churn(20);
        request["seed"] = json!(kill);
        request["promote"] = json!("never");
        let (status, job) = ask(address, "POST", "/api/v1/ml/training/train-model", &request);
        assert_eq!(status, 202, "{job}");
        if job["created"] == true {
            accepted.push(job["job_id"].clone());
        }
        std::thread::sleep(Duration::from_millis(next(&mut random) % 2_500));
        child.kill();
        answered += load.join().expect("the load ran");
    }
    let child = Child::start(&workspace.db);
    let mut by_status = std::collections::BTreeMap::<String, usize>::new();
    let mut versions = std::collections::BTreeSet::new();
    for job_id in &accepted {
        let job = ended(child.address, job_id.as_str().expect("an identity"));
        let status = job["status"].as_str().expect("a status").to_owned();
        if status == "succeeded" {
            versions.insert(job["version"].as_str().expect("a version").to_owned());
        } else {
            // Killed each time that it was begun.
            assert_eq!((status.as_str(), &job["attempts"]), ("failed", &json!(5)), "{job}");
        }
        *by_status.entry(status).or_default() += 1;
    }
    child.terminate();
    let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db)).expect("opens");
    let list = registry.list("default", ModelKind::Churn).expect("lists");
    assert!(list.iter().all(|version| version.manifest.is_ok()));
    assert!(versions.iter().all(|version| {
        version.parse().is_ok_and(|n| registry.get("default", ModelKind::Churn, n).is_ok())
    }));
    println!(
        "{kills} kills, {answered} scores meanwhile: {} jobs accepted, none lost, {by_status:?}; \
         {} versions, all whole",
        accepted.len(),
        list.len()
    );
    assert!(!accepted.is_empty() && !versions.is_empty());
}
