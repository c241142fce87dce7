//! Server-sent events (the `text/event-stream` of the HTML standard) as the body of an answer.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;

/// Events that wait for a client to take them.
const BUFFER: usize = 8;
/// How long a client should wait before it connects again, milliseconds.
const RETRY_MS: u32 = 2_000;

/// The end of a stream that events are put into.
pub(crate) struct EventStream(Sender<Bytes>);

/// The client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl EventStream {
    /// A stream and the answer that carries it. The answer ends when the stream is dropped.
    pub(crate) fn open() -> (Self, Response) {
        let (sender, channel) = Channel::new(BUFFER);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // A proxy must not wait until it has more.
            (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ];
        (Self(sender), (headers, Body::new(channel)).into_response())
    }

    /// Tells the client when to come again. The first thing in a stream.
    pub(crate) async fn hello(&mut self) -> Result<(), Gone> {
        self.put(format!("retry: {RETRY_MS}\n\n")).await
    }

    /// Sends one event; its data are one line of JSON.
    pub(crate) async fn event(
        &mut self,
        name: &str,
        id: u64,
        data: &impl Serialize,
    ) -> Result<(), Gone> {
        let json = serde_json::to_string(data).unwrap_or_default();
        self.put(format!("id: {id}\nevent: {name}\ndata: {json}\n\n")).await
    }

    /// A sign of life for proxies that close silent connections.
    pub(crate) async fn heartbeat(&mut self) -> Result<(), Gone> {
        self.put(": heartbeat\n\n".to_owned()).await
    }

    async fn put(&mut self, text: String) -> Result<(), Gone> {
        self.0.send_data(Bytes::from(text)).await.map_err(|_| Gone)
    }
}
