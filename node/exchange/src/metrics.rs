//! What operators see of the exchange.

use crate::transport::Offence;
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, U64,
};

/// Counters of one node's exchange. Without a registry they count for nobody.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
	/// Blocks that were sent to peers, by the protocol (`blobs`, `bitswap`).
	pub served_blocks: CounterVec<U64>,
	/// Their bytes.
	pub served_bytes: CounterVec<U64>,
	/// Questions that were refused because a peer, or all of them, asked too much.
	pub refused: CounterVec<U64>,
	/// Blocks that came from peers and were kept.
	pub fetched_blocks: Counter<U64>,
	/// Their bytes.
	pub fetched_bytes: Counter<U64>,
	/// Fetches under way.
	pub running: Gauge<U64>,
	/// Fetches that have ended, by how (`whole`, `not-found`, `deadline`, `abandoned`, `refused`, `failed`).
	pub ended: CounterVec<U64>,
	/// Times that a peer was charged, by what for.
	pub bad_peers: CounterVec<U64>,
	/// Blobs that this node keeps because others asked it to.
	pub kept: Counter<U64>,
	/// Roots that were announced in the network's table.
	pub announced: Counter<U64>,
}

impl Metrics {
	/// Registers them where there is a registry.
	pub(crate) fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let metrics = Self {
			served_blocks: by("ergon_exchange_served_blocks_total", "Blocks sent to peers", "protocol")?,
			served_bytes: by(
				"ergon_exchange_served_bytes_total",
				"Bytes of blocks sent to peers",
				"protocol",
			)?,
			refused: by("ergon_exchange_refused_total", "Questions refused for asking too much", "protocol")?,
			fetched_blocks: Counter::new("ergon_exchange_fetched_blocks_total", "Blocks fetched from peers")?,
			fetched_bytes: Counter::new(
				"ergon_exchange_fetched_bytes_total",
				"Bytes of blocks fetched from peers",
			)?,
			running: Gauge::new("ergon_exchange_fetches_running", "Fetches of blobs under way")?,
			ended: by(
				"ergon_exchange_fetches_ended_total",
				"Fetches of blobs that have ended, by how",
				"end",
			)?,
			bad_peers: by(
				"ergon_exchange_bad_peers_total",
				"Times a peer was charged, by what for",
				"offence",
			)?,
			kept: Counter::new("ergon_exchange_kept_total", "Blobs kept because other nodes asked for it")?,
			announced: Counter::new(
				"ergon_exchange_announced_total",
				"Blobs announced in the network's table",
			)?,
		};
		if let Some(registry) = registry {
			let Self { served_blocks, served_bytes, refused, fetched_blocks, fetched_bytes, .. } = &metrics;
			register(served_blocks.clone(), registry)?;
			register(served_bytes.clone(), registry)?;
			register(refused.clone(), registry)?;
			register(fetched_blocks.clone(), registry)?;
			register(fetched_bytes.clone(), registry)?;
			let Self { running, ended, bad_peers, kept, announced, .. } = &metrics;
			register(running.clone(), registry)?;
			register(ended.clone(), registry)?;
			register(bad_peers.clone(), registry)?;
			register(kept.clone(), registry)?;
			register(announced.clone(), registry)?;
		}
		Ok(metrics)
	}

	/// A block left.
	pub(crate) fn served(&self, protocol: &str, bytes: usize) {
		self.served_blocks.with_label_values(&[protocol]).inc();
		self.served_bytes.with_label_values(&[protocol]).inc_by(bytes as u64);
	}

	/// A question was refused.
	pub(crate) fn refused(&self, protocol: &str) {
		self.refused.with_label_values(&[protocol]).inc();
	}

	/// A peer was charged.
	pub(crate) fn bad_peer(&self, offence: Offence) {
		self.bad_peers.with_label_values(&[offence.label()]).inc();
	}

	/// A block came.
	pub(crate) fn fetched(&self, bytes: usize) {
		self.fetched_blocks.inc();
		self.fetched_bytes.inc_by(bytes as u64);
	}
}

fn by(name: &str, help: &str, label: &str) -> Result<CounterVec<U64>, PrometheusError> {
	CounterVec::new(Opts::new(name, help), &[label])
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
	use super::*;

	#[test]
	fn all_are_registered() {
		let registry = Registry::new();
		let metrics = Metrics::new(Some(&registry)).unwrap();
		metrics.served("blobs", 3);
		metrics.refused("blobs");
		metrics.fetched(4);
		metrics.ended.with_label_values(&["whole"]).inc();
		metrics.bad_peer(Offence::Flood);
		let names: Vec<_> = registry.gather().iter().map(|family| family.get_name().to_owned()).collect();
		assert_eq!(names.len(), 10, "{names:?}");
		assert!(Metrics::new(Some(&registry)).is_err(), "a second one would count twice");
	}
}
