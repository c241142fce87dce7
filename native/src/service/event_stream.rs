//! Server-sent events (the `text/event-stream` of the HTML standard) as the body of an answer.

use std::convert::Infallible;
use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;

/// Header of a reader that was here before.
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How often a silent stream says that it is alive.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(10);
/// Events that wait for a client to take them.
const BUFFER: usize = 8;
/// How long a client should wait before it connects again, milliseconds.
const RETRY_MS: u32 = 2_000;

/// One event; its data are one line of JSON.
pub(crate) fn event(name: &str, id: Option<impl Display>, data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).unwrap_or_default();
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("{id}event: {name}\ndata: {json}\n\n"))
}

/// The end of a stream that events are put into.
#[derive(Debug)]
pub(crate) struct EventStream(mpsc::Sender<Bytes>);

/// The client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl EventStream {
    /// A stream and its body, which ends when the stream is dropped.
    pub(crate) fn new() -> (Self, Events) {
        let (sender, receiver) = mpsc::channel(BUFFER);
        (Self(sender), Events(receiver))
    }

    /// A stream and the answer that carries it.
    pub(crate) fn open() -> (Self, Response) {
        let (stream, events) = Self::new();
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // A proxy must not wait until it has more.
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ];
        (stream, (headers, Body::new(events)).into_response())
    }

    /// Tells the client when to come again. The first thing in a stream.
    pub(crate) async fn hello(&self) -> Result<(), Gone> {
        self.put(format!("retry: {RETRY_MS}\n\n").into()).await
    }

    /// Puts an event in.
    pub(crate) async fn put(&self, event: Bytes) -> Result<(), Gone> {
        self.0.send(event).await.map_err(|_| Gone)
    }

    /// A sign of life for proxies that close silent connections.
    pub(crate) async fn heartbeat(&self) -> Result<(), Gone> {
        self.put(Bytes::from_static(b": alive\n\n")).await
    }

    /// Waits until the client is gone.
    pub(crate) async fn gone(&self) {
        self.0.closed().await;
    }
}

/// The body of a stream.
#[derive(Debug)]
pub(crate) struct Events(mpsc::Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
