//! The process that serves: this program again, with `--child`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, header};
use axum::routing::post;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;
use chatsignal_native::service::{self, Config, Scope};
use chatsignal_native::store::Store;
use chatsignal_train::synth::{Preset, Simulator};
use serde_json::{Value, json};

use super::bare;
use super::connection::request;

/// Contacts of one batch.
const BATCH: usize = 20;

/// A folder with a database and a key of its tenant.
#[derive(Debug)]
pub struct Workspace {
    folder: tempfile::TempDir,
    contacts: Vec<ContactId>,
    /// The key, with every scope.
    pub key: String,
}

impl Workspace {
    /// With an empty log: the shipped models score.
    ///
    /// # Errors
    /// A folder or database that cannot be made.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut store = Store::open_or_create(&folder.path().join("bench.db"))?;
        let tenant = store.tenant_or_create("default")?;
        let scopes = [Scope::Score, Scope::Ingest, Scope::Train, Scope::Admin, Scope::Metrics];
        let (key, _) = store.create_key(&tenant, &scopes, "bench", TimestampMs(1))?;
        Ok(Self { key: key.reveal().to_owned(), folder, contacts: Vec::new() })
    }

    /// With the log of so many SIMULATED contacts.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn simulated(contacts: u32) -> Result<Self> {
        let mut workspace = Self::new()?;
        let mut store = Store::open(&workspace.db())?;
        let tenant = store.tenant("default")?;
        let events: Vec<_> = Simulator::new(Preset::Realistic, contacts, 11)
            .contacts()
            .flat_map(|contact| contact.events)
            .collect();
        store.insert_events(&tenant, &events)?;
        let all = store.contacts(tenant.id)?;
        workspace.contacts = all.into_iter().map(|summary| summary.contact).collect();
        Ok(workspace)
    }

    /// Waits until a service that runs on it has scored every contact: what it does in the background
    /// after its start is not what is measured.
    ///
    /// # Errors
    /// When that takes longer than a minute.
    pub fn settled(&self) -> Result<()> {
        let store = Store::open(&self.db())?;
        let tenant = store.tenant("default")?;
        let start = Instant::now();
        while !store.waiting(tenant.id, 1)?.is_empty() {
            ensure!(start.elapsed() < Duration::from_secs(60), "contacts still wait to be scored");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// A churn question about each contact by its id, with every reason.
    #[must_use]
    pub fn by_id(&self) -> Vec<Vec<u8>> {
        let headers = self.headers();
        let path = "/api/v1/ml/models/churn-prediction/predict?explain=full";
        let one = |contact: &ContactId| {
            request(
                "POST",
                path,
                &headers,
                &json!({ "customer_id": contact.to_string() }).to_string(),
            )
        };
        self.contacts.iter().map(one).collect()
    }

    /// Batches of [`BATCH`] such questions: work of some milliseconds each.
    #[must_use]
    pub fn batches(&self) -> Vec<Vec<u8>> {
        let headers = self.headers();
        let path = "/api/v1/ml/models/churn-prediction/batch?explain=full";
        let one = |contacts: &[ContactId]| {
            let customers: Vec<Value> = contacts
                .iter()
                .map(|contact| json!({ "customer_id": contact.to_string() }))
                .collect();
            request("POST", path, &headers, &json!({ "customers": customers }).to_string())
        };
        self.contacts.chunks_exact(BATCH).map(one).collect()
    }

    /// A request whose body is announced and does not come.
    #[must_use]
    pub fn slow_body(&self) -> String {
        format!(
            "POST /api/v1/ml/models/lead-scoring/predict HTTP/1.1\r\nhost: localhost\r\n{}\
             content-type: application/json\r\ncontent-length: 5000\r\n\r\n{{",
            self.headers()
        )
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> PathBuf {
        self.folder.path().join("bench.db")
    }

    /// The header lines of a caller with the key.
    #[must_use]
    pub fn headers(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.key)
    }
}

/// What a child serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Routes {
    /// The service.
    Service,
    /// Behind the same accept loop: `POST /echo` answers its body unread, `POST /echo-json` reads it
    /// as JSON and writes it as JSON, `POST /bare` scores it and does nothing else.
    Echo,
}

/// Serves until told to stop; the address goes to standard output.
///
/// # Errors
/// When the service cannot start.
pub fn child(routes: Routes, db: &Path, threads: usize) -> Result<()> {
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        db: db.to_owned(),
        threads,
        // The load is what is measured, not the limit of one tenant.
        rate_limit_per_s: 0,
        ..Config::default()
    };
    let listening = |address| println!("{address}");
    match routes {
        Routes::Service => service::serve(config, listening)?,
        Routes::Echo => {
            const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
            let echo = async |body: Bytes| (JSON, body);
            let echo_json = async |body: Bytes| {
                let value: Value = serde_json::from_slice(&body).unwrap_or_default();
                (JSON, value.to_string())
            };
            let router = Router::new()
                .route("/echo", post(echo))
                .route("/echo-json", post(echo_json))
                .route("/bare", bare::route(&config.db)?);
            service::serve_with(config, |_| router, listening)?;
        }
    }
    Ok(())
}

/// A child that serves.
#[derive(Debug)]
pub struct Service {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Service {
    /// Starts one. Its log goes to a file of the workspace, as a deployment's would.
    ///
    /// # Errors
    /// When it does not come to listen.
    pub fn start(routes: Routes, workspace: &Workspace, threads: usize) -> Result<Self> {
        let path = workspace.folder.path().join(format!("{routes:?}.log"));
        let log = File::create(&path)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--child")
            .arg(format!("{routes:?}").to_lowercase())
            .arg("--db")
            .arg(workspace.db())
            .args(["--threads", &threads.to_string()])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let output = child.stdout.take().context("no output to read")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().context("the child did not start to listen")?;
        Ok(Self { child, log: path, address })
    }

    /// The file of its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.log.clone()
    }

    /// CPU seconds of its threads so far (Linux; else an error).
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn cpu_s(&self) -> Result<f64> {
        let mut total = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            let ns = text.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok());
            total += ns.unwrap_or(0);
        }
        Ok(total as f64 / 1e9)
    }

    /// Resident memory, bytes (Linux; else an error).
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.context("no resident memory is told")? << 10)
    }

    /// Tells it to stop (SIGTERM).
    ///
    /// # Errors
    /// When it cannot be told.
    #[cfg(unix)]
    pub fn terminate(&self) -> Result<()> {
        let id = i32::try_from(self.child.id())?;
        let id = rustix::process::Pid::from_raw(id).context("no process")?;
        Ok(rustix::process::kill_process(id, rustix::process::Signal::TERM)?)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end in time, or not well.
    pub fn ended(mut self, within: Duration) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < within {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the service ended with {status}");
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("the service has not ended after {within:?}")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Ended already, mostly.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
