//! What can be watched from outside.

use std::net::{SocketAddr, TcpListener};
use substrate_prometheus_endpoint::{
	init_prometheus, register, Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, U64,
};

/// Counters and gauges; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
	/// Shards that occupy a slot.
	pub running: Gauge<U64>,
	/// Slots.
	pub slots: Gauge<U64>,
	/// Shards by how they ended here: `computed`, `unavailable`, `stopped`, `fault`.
	pub shards: CounterVec<U64>,
	/// Fuel of all tasks that were run.
	pub fuel: Counter<U64>,
	/// The last best block that was looked at.
	pub best_block: Gauge<U64>,
	/// Whether there is a connection.
	pub connected: Gauge<U64>,
	/// Connections after the first.
	pub reconnects: Counter<U64>,
	/// The provider's agreements since its last fault.
	pub streak: Gauge<U64>,
	/// Blocks of rest that the provider has left after a fault; 0 if it is not suspended or its rest is over.
	pub rest: Gauge<U64>,
	/// Blobs by what became of them: `fetched`, `missing`, `stored`, `refused`, `restored`, and `unspread` for results that
	/// were revealed although no other node was known to hold them.
	pub blobs: CounterVec<U64>,
	/// Bytes of blobs: `in`, `out`.
	pub blob_bytes: CounterVec<U64>,
	/// Commitments, reveals and resumes by what became of them: `included`, `refused`.
	pub reports: CounterVec<U64>,
	registry: Registry,
}

impl Metrics {
	/// Fresh metrics in a registry of their own.
	pub fn new() -> Result<Self, PrometheusError> {
		let registry = Registry::new();
		let name = |name: &str| format!("ergon_worker_{name}");
		let gauge = |short: &str, help: &str| register(Gauge::new(name(short), help)?, &registry);
		let counter = |short: &str, help: &str| register(Counter::new(name(short), help)?, &registry);
		let counters = |short: &str, help: &str, labels: &[&str]| {
			register(CounterVec::new(Opts::new(name(short), help), labels)?, &registry)
		};
		Ok(Self {
			running: gauge("shards_running", "Shards that occupy a slot")?,
			slots: gauge("slots", "Shards that may run at a time")?,
			shards: counters("shards_total", "Shards by how they ended here", &["result"])?,
			fuel: counter("fuel_total", "Fuel of all tasks that were run")?,
			best_block: gauge("best_block", "The last best block that was looked at")?,
			connected: gauge("connected", "1 with a connection to the node, 0 without")?,
			reconnects: counter("reconnects_total", "Connections to the node after the first")?,
			streak: gauge("provider_streak", "Agreements of the provider since its last fault")?,
			rest: gauge("provider_rest_blocks", "Blocks of rest that a suspended provider has left")?,
			blobs: counters("blobs_total", "Blobs by what became of them", &["what"])?,
			blob_bytes: counters("blob_bytes_total", "Bytes of blobs moved", &["direction"])?,
			reports: counters(
				"reports_total",
				"Commitments, reveals and resumes by what became of them",
				&["kind", "result"],
			)?,
			registry,
		})
	}

	/// Serves them under `/metrics` until the process ends.
	pub fn serve(&self, address: SocketAddr) -> std::io::Result<()> {
		// Bound once for a clear error now: the endpoint itself binds in the background.
		drop(TcpListener::bind(address)?);
		let registry = self.registry.clone();
		tokio::spawn(async move {
			if let Err(error) = init_prometheus(address, registry).await {
				tracing::error!(%error, %address, "the metrics are not served");
			}
		});
		Ok(())
	}

	/// What a scrape would say, for tests.
	#[cfg(test)]
	pub fn shards_with(&self, result: &str) -> u64 {
		self.shards.with_label_values(&[result]).get()
	}
	/// The same for blobs.
	#[cfg(test)]
	pub fn blobs_with(&self, what: &str) -> u64 {
		self.blobs.with_label_values(&[what]).get()
	}
}
