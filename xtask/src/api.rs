//! The campaign `api` of `cargo xtask verify`: schemathesis, driven by our own `/openapi.json`,
//! against a service of its own. Its Python environment lies in `target`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::step::{self, cargo, command, root};

/// The fuzzing client.
const CLIENT: &str = "schemathesis==4.32.5";
/// Tenant of `chatsignal demo`.
const CONTACTS: &str = "300";

/// Runs the client with so many examples an operation; what it says at its end.
///
/// # Errors
/// No Python, no package index, or a failure that the client found: it is printed with a command
/// that repeats it.
pub fn run(examples: u32) -> Result<Value> {
    let folder = root().join("target/api");
    let python = environment(&folder.join("venv"))?;
    let service = Service::start(&folder)?;
    let mut client = command("timeout");
    client.arg("3600").arg(python.with_file_name("schemathesis"));
    client.arg("--config-file").arg(root().join("tests/schemathesis.toml"));
    client.arg("run").arg(format!("{}/openapi.json", service.address));
    client.args(["--header", &format!("Authorization: Bearer {}", service.key)]);
    // One worker: Python 3.11 fails now and then when hypothesis reads source in several threads.
    client.args(["--seed", "1", "--max-examples", &examples.to_string(), "--workers", "1"]);
    client.args(["--continue-on-failure", "--no-color"]);
    client.current_dir(&folder);
    let output = client.stdout(Stdio::piped()).spawn()?.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    ensure!(output.status.success(), "schemathesis found failures");
    let line = |word: &str| text.lines().rev().find(|line| line.contains(word)).map(str::trim);
    Ok(json!({
        "client": CLIENT,
        "examples": examples,
        "operations": line("Tested:"),
        "cases": line("generated,"),
    }))
}

fn environment(venv: &Path) -> Result<std::path::PathBuf> {
    let python = venv.join("bin/python");
    if !python.exists() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(venv);
        step::run(make)?;
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", CLIENT]);
    step::run(install)?;
    Ok(python)
}

/// A service on a SIMULATED workspace, with a key of every scope.
struct Service {
    child: Child,
    address: String,
    key: String,
}

impl Service {
    fn start(folder: &Path) -> Result<Self> {
        step::run(cargo(["build", "--package", "chatsignal-native", "--bin", "chatsignal"]))?;
        let program = root().join("target/debug/chatsignal");
        let db = folder.join("api.db");
        for file in ["api.db", "api.db-wal", "api.db-shm"] {
            // Of an earlier run, if any.
            let _ = fs::remove_file(folder.join(file));
        }
        let ours = |arguments: &[&str]| {
            let mut command = Command::new(&program);
            command.env("CHATSIGNAL_DB", &db).args(arguments);
            command
        };
        let mut demo = ours(&["demo", "--contacts", CONTACTS, "--format", "json", "--db"]);
        let demo: Value = read(demo.arg(&db))?;
        let tenant = demo["tenant"].as_str().context("the demo names its tenant")?;
        let scopes = "score,ingest,train,admin,metrics";
        let key = read(
            ours(&["keys", "create", "--tenant", tenant, "--format", "json"])
                .args(["--scope", scopes, "--label", "api"]),
        )?;
        let key = key["key"].as_str().context("the key is printed")?.to_owned();
        let mut serve = ours(&["serve", "--listen", "127.0.0.1:0", "--rate-limit-per-s", "0"]);
        let mut child = serve.stderr(Stdio::piped()).args(["--log", "error"]).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no output to read")?).lines();
        for line in &mut lines {
            let line = line?;
            if let Some(rest) = line.split("http://").nth(1) {
                let address = rest.split(' ').next().unwrap_or_default();
                let address = format!("http://{address}");
                // What it says later is shown as it comes.
                std::thread::spawn(move || {
                    lines.map_while(Result::ok).for_each(|line| eprintln!("{line}"));
                });
                return Ok(Self { child, address, key });
            }
        }
        bail!("the service did not start to listen")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It holds nothing that would be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(command: &mut Command) -> Result<Value> {
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{command:?} failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}
