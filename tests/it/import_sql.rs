//! `chatsignal import --from`: the example of docs/IMPORT.md on SQLite and PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::cli;

/// The mapping of docs/IMPORT.md.
fn example() -> String {
    let docs = include_str!("../../docs/IMPORT.md");
    let block = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    block.expect("docs/IMPORT.md has a toml block").to_owned()
}

/// Tables as the example expects them; `{time}` is the type of an instant, in UTC.
const SCHEMA: &str = "
CREATE TABLE customers (id INTEGER PRIMARY KEY, phone TEXT, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_phone TEXT, customer_name TEXT,
  created_at {time}, updated_at {time}, total {amount}, state TEXT);
CREATE TABLE tickets (id INTEGER PRIMARY KEY, customer INTEGER, rated_at {time}, stars INTEGER);
INSERT INTO customers VALUES (1, '+49 151 1234567', 'Zebulon Canary'), (2, '+49 151 7654321', 'B');
INSERT INTO orders VALUES
  (1, '+49 151 1234567', 'Zebulon Canary', '2024-01-31 12:00:00', '2024-01-31 12:00:00', 11.77, 'done'),
  (2, '4915117654321', 'B', '2024-02-01 12:00:00', '2024-02-03 09:00:00', 5, 'back'),
  (3, '4915117654321', 'B', '2024-02-02 12:00:00', '2024-02-02 12:00:00', 7.5, 'lost'),
  (4, NULL, NULL, '2024-02-02 12:00:00', '2024-02-02 12:00:00', 7.5, 'done');
INSERT INTO tickets VALUES (1, 1, '2024-03-01 08:30:00', 5), (2, 2, '2024-03-02 08:30:00', NULL);
";

const LATER: &str = "
UPDATE orders SET state = 'back', updated_at = '2024-02-04 10:00:00' WHERE id = 1;
INSERT INTO orders VALUES
  (5, '4915117654321', 'B', '2024-02-05 12:00:00', '2024-02-05 12:00:00', 9.99, 'done');
";

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("map.toml"), example()).expect("written");
        Self { folder }
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("t.db")
    }

    fn import(&self, url: &str) -> Value {
        let map = self.folder.path().join("map.toml");
        let mut command = cli::chatsignal(&self.db());
        cli::json(command.args(["import", "--output", "json", "--from", url, "--map"]).arg(map))
    }

    fn exported(&self) -> Vec<Value> {
        let mut command = cli::chatsignal(&self.db());
        let (code, stdout, stderr) = cli::run(command.args(["events", "export"]));
        assert_eq!(code, 0, "{stderr}");
        stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// Imports, changes the source, imports again.
fn play(scene: &Scene, url: &str, change: impl FnOnce()) {
    let first = scene.import(url);
    let rejects = first[0]["rejects"].as_array().expect("a list");
    assert_eq!(first[0]["file"], json!("orders"));
    assert_eq!(first[0]["new"], json!(2), "{first}");
    let reasons: Vec<&str> = rejects.iter().filter_map(|r| r["field"].as_str()).collect();
    assert_eq!(reasons, ["orders.data.status", "orders.contact"], "{first}");
    assert_eq!((&first[1]["file"], &first[1]["new"]), (&json!("tickets"), &json!(1)));
    assert!(!first.to_string().contains("Zebulon"));

    let events = scene.exported();
    assert!(events.iter().any(|e| {
        e["type"] == "purchase"
            && e["source"] == "sql"
            && e["occurred_at_ms"] == json!(1_706_702_400_000_u64)
            && e["data"]["amount"] == "11.7700"
            && e["data"]["currency"] == "EUR"
    }));
    assert!(events.iter().any(|e| e["data"]["status"] == "refunded"));

    change();
    let second = scene.import(url);
    // The refund of order 1 and order 5 are new; order 2 is at the watermark and comes again.
    assert_eq!(second[0]["new"], json!(2), "{second}");
    assert_eq!(second[0]["resumed"], json!(true));
    assert_eq!(second[0]["rejected"], json!(0), "rows below the watermark are not read again");
    assert_eq!(second[1]["duplicate"], json!(1), "without a watermark everything is read again");
    assert_eq!(scene.import(url)[0]["new"], json!(0));
}

#[test]
fn the_example_of_the_docs_imports() {
    let scene = Scene::new();
    let file = scene.folder.path().join("shop.db");
    let shop = Connection::open(&file).expect("opens");
    let schema = SCHEMA.replace("{time}", "TEXT").replace("{amount}", "REAL");
    shop.execute_batch(&schema).expect("tables");
    let url = format!("sqlite://{}", file.display());
    play(&scene, &url, || shop.execute_batch(LATER).expect("changed"));
}

#[test]
fn every_fault_of_a_mapping_is_named_at_once() {
    let scene = Scene::new();
    let file = scene.folder.path().join("shop.db");
    Connection::open(&file)
        .and_then(|c| c.execute_batch("CREATE TABLE orders (id INTEGER, total REAL, state TEXT)"))
        .expect("tables");
    let mut command = cli::chatsignal(&scene.db());
    command.args(["import", "--from", &format!("sqlite://{}", file.display()), "--map"]);
    let (code, _, stderr) = cli::run(command.arg(scene.folder.path().join("map.toml")));
    assert_eq!(code, 3, "{stderr}");
    for expected in [
        "orders: contact: there is no column customer_phone",
        "orders: watermark: there is no column updated_at",
        "tickets: query:",
    ] {
        assert!(stderr.contains(expected), "{expected} not in {stderr}");
    }
}

#[test]
fn the_example_imports_from_postgresql() {
    let Some(server) = Server::start() else { return };
    let scene = Scene::new();
    let schema = SCHEMA.replace("{time}", "TIMESTAMPTZ").replace("{amount}", "NUMERIC(10,2)");
    server.sql(&schema.replace("INSERT", "SET timezone = 'UTC'; INSERT"));
    play(&scene, &server.url(), || server.sql(&format!("SET timezone = 'UTC'; {LATER}")));
}

/// A PostgreSQL server of the test's own, on a socket in a temporary folder.
struct Server {
    folder: tempfile::TempDir,
}

impl Server {
    /// `None`, with a message, where there is no server or no `psql`.
    fn start() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("cs-pg").tempdir_in("/tmp").ok()?;
        let data = folder.path().join("data");
        let socket = folder.path().display().to_string();
        // PostgreSQL refuses to run as root.
        let open = Command::new("chown").arg("postgres").arg(folder.path()).status();
        if Self::is_root() && !open.is_ok_and(|status| status.success()) {
            eprintln!("skipped: running as root and there is no user postgres");
            return None;
        }
        let mut init = Self::command("initdb");
        init.args(["--auth=trust", "--username=tester", "--no-sync", "--pgdata"]).arg(&data);
        if !init.output().is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: no working initdb on PATH");
            return None;
        }
        let server = Self { folder };
        let options = format!("-k {socket} -c listen_addresses='' -c fsync=off");
        let mut start = Self::command("pg_ctl");
        start.args(["start", "--wait", "--silent", "--log"]).arg(data.join("log"));
        start.args(["--options", &options, "--pgdata"]).arg(&data);
        let started = start.status();
        if !started.is_ok_and(|status| status.success()) {
            eprintln!("skipped: the server did not start");
            return None;
        }
        Some(server)
    }

    fn is_root() -> bool {
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
    }

    /// A command of PostgreSQL's, as the user `postgres` when we are root.
    fn command(name: &str) -> Command {
        let path = [
            "/usr/lib/postgresql/17/bin",
            "/usr/lib/postgresql/16/bin",
            "/usr/lib/postgresql/15/bin",
        ]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from(name));
        if !Self::is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
        command.current_dir("/tmp");
        command
    }

    fn url(&self) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://tester@{socket}/postgres")
    }

    fn sql(&self, sql: &str) {
        let mut command = Command::new("psql");
        command.args([
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            &self.url(),
            "--command",
            sql,
        ]);
        let output = command.output().expect("psql starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = Self::command("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]);
        let _ = stop.arg(self.folder.path().join("data")).status();
    }
}
