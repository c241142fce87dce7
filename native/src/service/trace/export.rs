//! Spans on their way to the collector: a queue with an end, sent in groups by a task of its own.
//! When the collector is slow or gone spans are dropped and counted; no request waits.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
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
    client: Client,
}

impl Exporter {
    /// A queue with its sending end, where there is a collector.
    ///
    /// # Errors
    /// When the certificates of this machine cannot be read.
    pub(crate) fn new(
        endpoint: Option<&Endpoint>,
    ) -> Result<(Self, Option<Exporting>), reqwest::Error> {
        let Some(endpoint) = endpoint else { return Ok((Self(None), None)) };
        let (sender, spans) = mpsc::channel(QUEUE_MAX);
        let exporting = Exporting { spans, endpoint: endpoint.clone(), client: client(endpoint)? };
        Ok((Self(Some(sender)), Some(exporting)))
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
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(GATHER) => {}
            }
            // A collector that is slow keeps nobody from stopping.
            tokio::select! {
                () = &mut stop => break,
                () = self.send_waiting(&metrics) => {}
            }
        }
        if timeout(SEND_TIMEOUT, self.send_waiting(&metrics)).await.is_err() {
            metrics.spans_dropped.inc_by(self.spans.len() as u64);
        }
    }

    /// Sends everything that waits, in groups.
    async fn send_waiting(&mut self, metrics: &Metrics) {
        loop {
            let mut group = Vec::new();
            while group.len() < GROUP_MAX {
                let Ok(span) = self.spans.try_recv() else { break };
                group.push(span);
            }
            if group.is_empty() {
                return;
            }
            let sending = Sending { spans: group.len() as u64, metrics };
            let why = match self.send(body(&group)).await {
                Ok(status) if status.is_success() => {
                    sending.succeeded();
                    continue;
                }
                Ok(status) => format!("status {status}"),
                Err(error) => error.without_url().to_string(),
            };
            drop(sending);
            tracing::warn!(why, spans = group.len(), "the collector did not take spans");
        }
    }

    /// Sends a group; the status of the answer.
    async fn send(&self, body: Vec<u8>) -> Result<StatusCode, reqwest::Error> {
        let request = self.client.post(self.endpoint.0.clone()).body(body);
        let json = HeaderValue::from_static("application/json");
        Ok(request.header(CONTENT_TYPE, json).send().await?.status())
    }
}

/// Spans on their way: dropped ones unless they arrive, also when nobody waits for the answer.
struct Sending<'a> {
    spans: u64,
    metrics: &'a Metrics,
}

impl Sending<'_> {
    fn succeeded(mut self) {
        self.spans = 0;
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.metrics.spans_dropped.inc_by(self.spans);
    }
}

/// Speaks to the collector that was named and to nobody else.
fn client(endpoint: &Endpoint) -> Result<Client, reqwest::Error> {
    // An error means that the process has a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(SEND_TIMEOUT).redirect(Policy::none()).no_proxy();
    // Without TLS no machine needs certificates.
    if endpoint.is_plain() { client.tls_certs_only([]).build() } else { client.build() }
}
