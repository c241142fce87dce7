//! What is counted, for Prometheus. Labels hold route templates, methods and codes: nothing that a
//! caller sends, so that neither personal data nor an endless number of series can come in.

use std::fmt;
use std::time::Duration;

use chatsignal_api::ingest::EventsReceipt;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper ends of the buckets of durations, seconds.
const SECONDS: [f64; 14] =
    [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct IngestLabels {
    source: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    kind: &'static str,
    status: &'static str,
}

/// The counters of the service.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabel, Histogram, fn() -> Histogram>,
    problems: Family<CodeLabel, Counter>,
    predictions: Family<KindLabel, Counter>,
    swaps: Family<KindLabel, Counter>,
    ingested: Family<IngestLabels, Counter>,
    rescored: Counter,
    jobs: Family<JobLabels, Counter>,
    pub(crate) connections: Gauge,
    pub(crate) connections_refused: Counter,
    pub(crate) in_flight: Gauge,
    pub(crate) spans_dropped: Counter,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("chatsignal");
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            problems: Family::default(),
            predictions: Family::default(),
            swaps: Family::default(),
            ingested: Family::default(),
            rescored: Counter::default(),
            jobs: Family::default(),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
            in_flight: Gauge::default(),
            spans_dropped: Counter::default(),
            registry: Registry::default(),
        };
        let r = &mut registry;
        r.register("http_requests", "Answers by route and status", metrics.requests.clone());
        r.register("http_request_duration_seconds", "Time to the answer", metrics.seconds.clone());
        r.register("problems", "Answers that are errors, by code", metrics.problems.clone());
        r.register("predictions", "Scores given", metrics.predictions.clone());
        r.register("model_swaps", "Models that took another's place", metrics.swaps.clone());
        r.register("ingested", "Events that came in, by outcome", metrics.ingested.clone());
        r.register("score_changes", "Live scores that changed", metrics.rescored.clone());
        r.register("training_jobs", "Training jobs that ended", metrics.jobs.clone());
        r.register("connections", "Open connections", metrics.connections.clone());
        r.register(
            "connections_refused",
            "Connections closed at once: too many from one address",
            metrics.connections_refused.clone(),
        );
        r.register("requests_in_flight", "Requests being answered", metrics.in_flight.clone());
        r.register(
            "spans_dropped",
            "Spans that did not reach the collector",
            metrics.spans_dropped.clone(),
        );
        Self { registry, ..metrics }
    }

    /// Counts one answer.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let label = RouteLabel { route: labels.route };
        self.seconds.get_or_create(&label).observe(took.as_secs_f64());
    }

    /// Counts one error.
    pub(crate) fn problem(&self, code: &'static str) {
        self.problems.get_or_create(&CodeLabel { code }).inc();
    }

    /// Counts scores.
    pub(crate) fn predicted(&self, kind: &'static str, count: usize) {
        self.predictions.get_or_create(&KindLabel { kind }).inc_by(count as u64);
    }

    /// Counts a model that took another's place.
    pub(crate) fn swapped(&self, kind: &'static str) {
        self.swaps.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts what became of events.
    pub(crate) fn ingested(&self, source: &'static str, receipt: &EventsReceipt) {
        for (outcome, count) in [
            ("accepted", receipt.accepted),
            ("duplicate", receipt.duplicates),
            ("erased", receipt.erased),
            ("rejected", receipt.rejected),
        ] {
            self.ingested.get_or_create(&IngestLabels { source, outcome }).inc_by(count);
        }
    }

    /// Counts a live score that changed.
    pub(crate) fn rescored(&self) {
        self.rescored.inc();
    }

    /// Counts a training job that ended.
    pub(crate) fn job_ended(&self, kind: &'static str, status: &'static str) {
        self.jobs.get_or_create(&JobLabels { kind, status }).inc();
    }

    /// Everything in the text format of OpenMetrics.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
