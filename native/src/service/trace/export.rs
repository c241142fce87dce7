//! Spans on their way to the collector: a queue with an end, sent in groups by a task of its own.
//! When the collector is slow or gone spans are dropped and counted; no request waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::otlp::{Endpoint, Span, body};
use crate::service::metrics::Metrics;

/// Spans that wait; further ones are dropped.
const QUEUE_MAX: usize = 4_096;
/// Spans of one request to the collector.
const GROUP_MAX: usize = 512;
/// How long spans are gathered.
const GATHER: Duration = Duration::from_secs(1);
/// How long the collector may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes spans; nothing where no collector is configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exporter(Option<mpsc::Sender<Span>>);

/// The task that sends.
#[derive(Debug)]
pub(crate) struct Exporting {
    spans: mpsc::Receiver<Span>,
    endpoint: Endpoint,
}

impl Exporter {
    /// A queue with its sending end, where there is a collector.
    pub(crate) fn new(endpoint: Option<&Endpoint>) -> (Self, Option<Exporting>) {
        let Some(endpoint) = endpoint else { return (Self(None), None) };
        let (sender, spans) = mpsc::channel(QUEUE_MAX);
        (Self(Some(sender)), Some(Exporting { spans, endpoint: endpoint.clone() }))
    }

    /// Whether anyone wants spans.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Takes a span; one too many is dropped.
    pub(crate) fn send(&self, span: Span, metrics: &Metrics) {
        if self.0.as_ref().is_some_and(|queue| queue.try_send(span).is_err()) {
            metrics.spans_dropped.inc();
        }
    }
}

impl Exporting {
    /// Sends until `stop` is done, then what is left.
    pub(crate) fn spawn(
        self,
        metrics: Arc<Metrics>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        tokio::spawn(self.run(metrics, stop))
    }

    async fn run(mut self, metrics: Arc<Metrics>, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut stopped = false;
        while !stopped {
            tokio::select! {
                () = &mut stop => stopped = true,
                () = tokio::time::sleep(GATHER) => {}
            }
            loop {
                let mut group = Vec::new();
                while group.len() < GROUP_MAX {
                    let Ok(span) = self.spans.try_recv() else { break };
                    group.push(span);
                }
                if group.is_empty() {
                    break;
                }
                let sent = timeout(SEND_TIMEOUT, send(&self.endpoint, &body(&group))).await;
                let why = match sent {
                    Ok(Ok(200..=299)) => continue,
                    Ok(Ok(status)) => format!("status {status}"),
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => "no answer in time".to_owned(),
                };
                metrics.spans_dropped.inc_by(group.len() as u64);
                tracing::warn!(why, spans = group.len(), "the collector did not take spans");
            }
        }
    }
}

/// One request on a connection of its own; the status of its answer.
async fn send(endpoint: &Endpoint, body: &[u8]) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(&endpoint.authority).await?;
    let Endpoint { authority, path } = endpoint;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    while answer.len() < 12 {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    let status = answer.get(9..12).and_then(|status| std::str::from_utf8(status).ok());
    let status = status.and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("the answer is no HTTP"))
}
