use axum::http::{Method, StatusCode};
use std::sync::Arc;
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, U64,
};

/// What the gateway counts.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
	requests: CounterVec<U64>,
	sent: Counter<U64>,
	received: Counter<U64>,
	connections: Gauge<U64>,
}

impl Metrics {
	/// Counts, and shows it where there is a registry.
	pub fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let requests =
			Opts::new("ergon_blobs_http_requests_total", "Requests over HTTP, by method and status");
		let inner = Inner {
			requests: CounterVec::new(requests, &["method", "status"])?,
			sent: Counter::new("ergon_blobs_http_sent_bytes_total", "Bytes of blobs sent over HTTP")?,
			received: Counter::new(
				"ergon_blobs_http_received_bytes_total",
				"Bytes of blobs received over HTTP",
			)?,
			connections: Gauge::new("ergon_blobs_http_connections", "Open connections")?,
		};
		if let Some(registry) = registry {
			register(inner.requests.clone(), registry)?;
			register(inner.sent.clone(), registry)?;
			register(inner.received.clone(), registry)?;
			register(inner.connections.clone(), registry)?;
		}
		Ok(Self(Arc::new(inner)))
	}

	pub(crate) fn answered(&self, method: &Method, status: StatusCode) {
		// Methods are whatever a client writes: only known ones get a series of their own.
		let method = match *method {
			Method::GET => "GET",
			Method::HEAD => "HEAD",
			Method::PUT => "PUT",
			Method::OPTIONS => "OPTIONS",
			_ => "other",
		};
		self.0.requests.with_label_values(&[method, status.as_str()]).inc();
	}

	pub(crate) fn sent(&self, bytes: u64) {
		self.0.sent.inc_by(bytes);
	}

	pub(crate) fn received(&self, bytes: u64) {
		self.0.received.inc_by(bytes);
	}

	/// Counts a connection until it is dropped.
	pub(crate) fn connected(&self) -> Connected {
		self.0.connections.inc();
		Connected(self.0.connections.clone())
	}
}

/// An open connection.
pub(crate) struct Connected(Gauge<U64>);

impl Drop for Connected {
	fn drop(&mut self) {
		self.0.dec();
	}
}
