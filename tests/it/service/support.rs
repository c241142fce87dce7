//! A service on a workspace of its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::event::Event;
use chatsignal_core::time::TimestampMs;
use chatsignal_native::registry::{ModelRegistry, Publication};
use chatsignal_native::service::{AppState, Config, Scope, router};
use chatsignal_native::store::Store;
use chatsignal_tests::models;
use chatsignal_train::synth::{Preset, Simulator};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A folder with a database of simulated contacts and small models.
pub struct Workspace {
    _dir: tempfile::TempDir,
    pub db: PathBuf,
    pub events: Vec<Event>,
}

impl Workspace {
    /// Without contacts; the shipped models score.
    pub fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let db = dir.path().join("service.db");
        Store::open_or_create(&db).expect("a store").tenant_or_create("default").expect("a tenant");
        Self { _dir: dir, db, events: Vec::new() }
    }

    /// So many simulated contacts; the shipped models score.
    pub fn business(contacts: u32) -> Self {
        let mut workspace = Self::empty();
        let mut store = Store::open(&workspace.db).expect("a store");
        let tenant = store.tenant("default").expect("a tenant");
        let simulator = Simulator::new(Preset::Headline, contacts, 5);
        workspace.events = simulator.contacts().flat_map(|contact| contact.events).collect();
        store.insert_events(&tenant, &workspace.events).expect("inserts");
        workspace
    }

    /// Twenty simulated contacts and a model of each kind.
    pub fn simulated() -> Self {
        let workspace = Self::business(20);
        for artifact in [models::lead(), models::churn(), models::engagement()] {
            workspace.publish(&artifact);
        }
        workspace
    }

    /// Publishes a model of the default tenant and lets it score; its version.
    pub fn publish(&self, artifact: &ModelArtifact) -> u32 {
        let registry = ModelRegistry::open(ModelRegistry::beside(&self.db)).expect("opens");
        let model = artifact.encode();
        let publication = Publication { model: &model, files: Vec::new() };
        let version = registry.publish("default", artifact.kind, &publication).expect("publishes");
        registry.activate("default", artifact.kind, version).expect("activates");
        version
    }

    /// A key of a tenant, which is made when there is none.
    pub fn key(&self, tenant: &str, scopes: &[Scope]) -> String {
        let mut store = Store::open(&self.db).expect("a store");
        let tenant = store.tenant_or_create(tenant).expect("a tenant");
        let (text, _) = store.create_key(&tenant, scopes, "test", TimestampMs(1)).expect("a key");
        text.reveal().to_owned()
    }

    /// The settings of a service on it.
    pub fn config(&self) -> Config {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            db: self.db.clone(),
            reload_ms: Duration::from_millis(50),
            ..Config::default()
        }
    }

    /// The service in process, which keeps the workspace.
    pub fn into_app(self) -> App {
        let app = self.app();
        App { _workspace: Some(self), ..app }
    }

    /// The service in process.
    pub fn app(&self) -> App {
        App::new(self.config())
    }
}

/// A service in process.
pub struct App {
    pub state: AppState,
    router: Router,
    _workspace: Option<Workspace>,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// The code of an error, checked against the form that errors of the route have.
    pub fn code(&self) -> String {
        let problem = self.json();
        if problem["error"].is_null() {
            assert_eq!(self.headers["content-type"], "application/problem+json");
            assert_eq!(problem["status"], self.status.as_u16());
            assert!(problem["request_id"].is_string() && problem["instance"].is_string());
        } else {
            assert_eq!(self.headers["content-type"], "application/json");
        }
        code_of(&problem).as_str().expect("a code").to_owned()
    }
}

/// The code in the body of an error, in any of the forms that there are.
pub fn code_of(body: &Value) -> &Value {
    if body["error"].is_object() { &body["error"]["code"] } else { &body["code"] }
}

/// A path that a template stands for, for every kind of model.
pub fn paths(template: &str) -> Vec<String> {
    let path = template
        .replace("{contact_id}", "00000000000000000000000000000007")
        .replace("{version}", "prior");
    if path.contains("{model}") {
        ["lead", "churn", "engagement"].map(|model| path.replace("{model}", model)).into()
    } else {
        vec![path]
    }
}

impl App {
    pub fn new(config: Config) -> Self {
        let state = AppState::open(config).expect("opens");
        state.set_ready(true);
        Self { router: router(&state), state, _workspace: None }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        // A stream of changes has no end.
        let endless = parts
            .headers
            .get("content-type")
            .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        let body = if endless {
            Vec::new()
        } else {
            body.collect().await.expect("a body").to_bytes().to_vec()
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request to `localhost` with further headers.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], Body::empty()).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.call("POST", path, &[("content-type", "application/json")], body).await
    }
}

/// Runs a test's asynchronous part.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().expect("a runtime").block_on(future)
}

/// A connection with a deadline for every read.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    stream
}

/// Every operation of the description: method, path, operation.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().expect("methods").clone();
        let path = path.clone();
        methods
            .into_iter()
            .map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Starts a command that serves; the process and where it listens.
pub fn spawn(command: &mut Command) -> (Child, SocketAddr) {
    let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    // What it says later is read too, or it could not say it.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    let address = line.split("http://").nth(1).and_then(|rest| rest.split(' ').next());
    (child, address.and_then(|text| text.parse().ok()).expect("an address"))
}
