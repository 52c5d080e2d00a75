//! What the server counts about itself, in one registry per server.

use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// Every metric of one server. Cheap to update from any thread.
pub(crate) struct Metrics {
    registry: Registry,
    /// HTTP requests answered.
    pub(crate) http_requests: Family<RequestLabels, Counter>,
    /// From the head of a request to the head of its answer.
    pub(crate) http_seconds: Histogram,
    /// Events by what became of them.
    pub(crate) ingest_events: Family<IngestLabels, Counter>,
    /// Bodies of ingest requests, after decompression.
    pub(crate) ingest_bytes: Counter,
    /// Batches handed to the log that were appended.
    pub(crate) appends: Counter,
    /// From handing a batch to the log to its receipt.
    pub(crate) append_seconds: Histogram,
    /// Viewers connected.
    pub(crate) sessions: Gauge,
    /// Views computed at this moment.
    pub(crate) views: Gauge,
    /// Whether the log's storage can be reached: 1 or 0.
    pub(crate) log_reached: Gauge,
    /// Whether users and dashboards can be reached: 1 or 0.
    pub(crate) store_reached: Gauge,
    /// Frames sent.
    pub(crate) frames: Counter,
    /// Bytes of frames sent.
    pub(crate) frame_bytes: Counter,
    /// From the acceptance of an append to its being folded into every view.
    pub(crate) fold_lag_seconds: Histogram,
    /// How long one flush to all viewers took.
    pub(crate) flush_seconds: Histogram,
}

/// What tells requests apart. Bounded: routes are the server's own, never a path as sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    pub(crate) method: &'static str,
    pub(crate) route: String,
    pub(crate) status: u16,
}

/// What became of events.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct IngestLabels {
    pub(crate) result: IngestResult,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the names are label values, which Prometheus writes in snake case")]
pub(crate) enum IngestResult {
    /// It is in the log.
    accepted,
    /// It was in the log before: a retry.
    duplicate,
    /// It was refused by name.
    rejected,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new(node: &str) -> Self {
        let mut registry = Registry::with_prefix("tideboard");
        registry.register("build", "The running version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("node", "This node", Info::new([("name", node.to_owned())]));
        let mut r = Registrar(&mut registry);
        Self {
            http_requests: r.add("http_requests", "HTTP requests answered"),
            http_seconds: r.seconds("http_request_duration", "From a request's head to its answer's head"),
            ingest_events: r.add("ingest_events", "Events by what became of them"),
            ingest_bytes: r.add("ingest_bytes", "Bytes of ingest bodies after decompression"),
            appends: r.add("log_appends", "Batches appended to the log"),
            append_seconds: r.seconds("log_append_duration", "From handing a batch to the log to its receipt"),
            sessions: r.add("sessions", "Viewers connected"),
            views: r.add("views", "Views computed at this moment"),
            log_reached: r.add("log_reached", "Whether the events can be reached"),
            store_reached: r.add("store_reached", "Whether users and dashboards can be reached"),
            frames: r.add("frames", "Frames sent to viewers"),
            frame_bytes: r.add("frame_bytes", "Bytes of frames sent to viewers"),
            fold_lag_seconds: r.seconds("fold_lag", "From accepting an append to having folded it"),
            flush_seconds: r.seconds("flush_duration", "How long a flush to all viewers took"),
            registry,
        }
    }

    /// Counts events of which the same became.
    pub(crate) fn count_events(&self, result: IngestResult, events: usize) {
        self.ingest_events.get_or_create(&IngestLabels { result }).inc_by(events as u64);
    }

    /// Everything in the text format of OpenMetrics.
    pub(crate) fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

struct Registrar<'a>(&'a mut Registry);

impl Registrar<'_> {
    fn add<M>(&mut self, name: &str, help: &str) -> M
    where
        M: prometheus_client::registry::Metric + Clone + Default,
    {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    /// A histogram from 0.1 ms to about 13 s.
    fn seconds(&mut self, name: &str, help: &str) -> Histogram {
        let metric = Histogram::new(exponential_buckets(0.0001, 2.0, 18));
        self.0.register_with_unit(name, help, Unit::Seconds, metric.clone());
        metric
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_share_no_counts() {
        let (one, other) = (Metrics::new("n"), Metrics::new("n"));
        one.count_events(IngestResult::accepted, 3);
        assert!(one.encode().unwrap().contains("tideboard_ingest_events_total{result=\"accepted\"} 3"));
        assert!(!other.encode().unwrap().contains("ingest_events_total{"));
    }
}
