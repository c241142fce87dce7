//! Every limit is an answer: bodies, batches, rates, places.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use chatsignal_native::service::{Config, Scope};
use hyper::body::Frame;
use serde_json::json;

use super::support::{App, Workspace, block_on};

const PREDICT: &str = "/api/v1/ml/models/lead-scoring/predict";
const BATCH: &str = "/api/v1/ml/models/lead-scoring/batch";

#[test]
fn a_batch_has_a_thousand_items() {
    let app = Workspace::empty().into_app();
    let body =
        |count: usize| json!({ "leads": vec![json!({ "features": {} }); count] }).to_string();
    block_on(async {
        let start = Instant::now();
        let answer = app.post(BATCH, body(1_001)).await;
        assert_eq!(answer.code(), "batch_too_large");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/leads");
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
        let answer = app.post(&format!("{BATCH}?explain=none"), body(1_000)).await.json();
        assert_eq!(answer["summary"]["succeeded"], 1_000);
    });
}

#[test]
fn a_body_has_a_longest_length_whether_it_says_so_or_not() {
    let workspace = Workspace::empty();
    let app = App::new(Config { body_bytes_max: 1_000, ..workspace.config() });
    block_on(async {
        let json = ("content-type", "application/json");
        let told = app.call("POST", PREDICT, &[json, ("content-length", "5000000000")], "{}").await;
        assert_eq!(told.code(), "body_too_large");
        let untold = app.post(PREDICT, Body::from(vec![b' '; 1_001])).await;
        assert_eq!(untold.code(), "body_too_large");
        let within = format!("{:>1000}", r#"{"features":{}}"#);
        assert_eq!(app.post(PREDICT, within).await.status, 200);
    });
}

#[test]
fn a_tenant_has_its_share_of_requests_and_no_more() {
    let workspace = Workspace::empty();
    let app = App::new(Config { rate_limit_per_s: 1, rate_limit_burst: 3, ..workspace.config() });
    block_on(async {
        let mut remaining = Vec::new();
        for _ in 0..3 {
            let answer = app.post(PREDICT, r#"{"features":{}}"#).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers["ratelimit-limit"], "3");
            remaining
                .push(answer.headers["ratelimit-remaining"].to_str().expect("text").to_owned());
        }
        assert_eq!(remaining, ["2", "1", "0"]);
        let refused = app.post(PREDICT, "not even read").await;
        assert_eq!(refused.code(), "rate_limited");
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(refused.headers["ratelimit-remaining"], "0");
        assert_eq!(app.get("/livez").await.status, 200, "probes are not counted");
    });
}

#[test]
fn one_class_of_work_cannot_take_the_places_of_another() {
    let workspace = Workspace::empty();
    let app = App::new(Config { batch_concurrency: 1, score_concurrency: 1, ..workspace.config() });
    block_on(async {
        // A batch whose body never ends holds the one place.
        let (held, body) = endless();
        let batch = app.post(BATCH, body);
        let during = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let start = Instant::now();
            let refused = app.post(BATCH, r#"{"leads":[]}"#).await;
            assert_eq!(refused.code(), "overloaded");
            assert!(refused.headers.contains_key("retry-after"));
            assert!(start.elapsed() < Duration::from_millis(50), "{:?}", start.elapsed());
            assert_eq!(app.post(PREDICT, r#"{"features":{}}"#).await.status, 200);
            drop(held);
        };
        let (batch, ()) = tokio::join!(batch, during);
        assert_eq!(batch.code(), "invalid_json", "the body was cut off");
        assert_eq!(app.post(BATCH, r#"{"leads":[]}"#).await.status, 200, "the place is free again");
    });
}

#[test]
fn one_tenant_cannot_take_the_places_of_another() {
    let workspace = Workspace::empty();
    let keys = ["one", "two"].map(|tenant| workspace.key(tenant, &[Scope::Score]));
    let [one, two] = keys.map(|key| format!("Bearer {key}"));
    let config = Config { batch_concurrency: 2, tenant_share_percent: 50, ..workspace.config() };
    let app = App::new(config);
    block_on(async {
        let headers = |key| [("authorization", key), ("content-type", "application/json")];
        let (held, body) = endless();
        let (first, second) = (headers(one.as_str()), headers(two.as_str()));
        let batch = app.call("POST", BATCH, &first, body);
        let during = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let refused = app.call("POST", BATCH, &first, r#"{"leads":[]}"#).await;
            assert_eq!(refused.code(), "overloaded");
            assert!(refused.headers.contains_key("retry-after"));
            let other = app.call("POST", BATCH, &second, r#"{"leads":[]}"#).await;
            assert_eq!(other.status, 200, "a place is left for others");
            drop(held);
        };
        let (_, ()) = tokio::join!(batch, during);
        let again = app.call("POST", BATCH, &first, r#"{"leads":[]}"#).await;
        assert_eq!(again.status, 200, "the share is free again");
    });
}

#[test]
fn packed_bodies_are_refused_by_name() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
        let answer = app.call("POST", PREDICT, &headers, "{}").await;
        assert_eq!(answer.code(), "unsupported_media_type");
    });
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let workspace = Workspace::empty();
    let app =
        App::new(Config { body_timeout_ms: Duration::from_millis(100), ..workspace.config() });
    block_on(async {
        let (_held, body) = endless();
        assert_eq!(app.post(PREDICT, body).await.code(), "body_timeout");
    });
}

/// A body that gives nothing until the sender is dropped, and then ends.
struct Waiting(tokio::sync::mpsc::Receiver<()>);

impl axum::body::HttpBody for Waiting {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.0.poll_recv(context).map(|_| None)
    }
}

fn endless() -> (tokio::sync::mpsc::Sender<()>, Body) {
    let (held, waiting) = tokio::sync::mpsc::channel(1);
    (held, Body::new(Waiting(waiting)))
}
