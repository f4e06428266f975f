//! What the blob store counts, for Prometheus.

use ergon_blobs::BlobStore;
use std::sync::atomic::Ordering::Relaxed;
use substrate_prometheus_endpoint::{
	register, MetricSource, Opts, PrometheusError, Registry, SourcedCounter, SourcedGauge,
};

/// One number, read from the store when it is asked for.
#[derive(Clone)]
struct Reading {
	store: BlobStore,
	read: fn(&BlobStore) -> u64,
}

impl MetricSource for Reading {
	type N = u64;

	fn collect(&self, mut set: impl FnMut(&[&str], u64)) {
		set(&[], (self.read)(&self.store));
	}
}

type Line = (&'static str, &'static str, fn(&BlobStore) -> u64);

/// Levels.
const GAUGES: [Line; 3] = [
	("ergon_blobs", "Whole blobs in the store", |store| store.usage().blobs),
	("ergon_blobs_bytes", "Bytes on disk in the blob store", |store| store.usage().bytes),
	("ergon_blobs_loose_bytes", "Bytes of blobs that no job refers to", |store| store.usage().loose_bytes),
];

/// Sums since the start.
const COUNTERS: [Line; 7] = [
	("ergon_blobs_hits_total", "Blobs and blocks that were asked for and here", |store| {
		store.counters().hits.load(Relaxed)
	}),
	("ergon_blobs_misses_total", "Blobs and blocks that were asked for and not here", |store| {
		store.counters().misses.load(Relaxed)
	}),
	("ergon_blobs_uploads_total", "Blobs that were put whole", |store| {
		store.counters().uploads.load(Relaxed)
	}),
	("ergon_blobs_fetched_total", "Blobs whose last block was fetched", |store| {
		store.counters().fetched.load(Relaxed)
	}),
	("ergon_blobs_evictions_total", "Blobs that were removed for room or after their time", |store| {
		store.counters().evictions.load(Relaxed)
	}),
	("ergon_blobs_corrupt_total", "Blocks that were damaged on disk", |store| {
		store.counters().corrupt.load(Relaxed)
	}),
	("ergon_blobs_full_total", "Writes that the quota or the disk had no room for", |store| {
		store.counters().full.load(Relaxed)
	}),
];

/// Shows the store's numbers.
pub fn show(store: &BlobStore, registry: &Registry) -> Result<(), PrometheusError> {
	let reading = |read| Reading { store: store.clone(), read };
	for (name, help, read) in GAUGES {
		register(SourcedGauge::new(&Opts::new(name, help), reading(read))?, registry)?;
	}
	for (name, help, read) in COUNTERS {
		register(SourcedCounter::new(&Opts::new(name, help), reading(read))?, registry)?;
	}
	Ok(())
}
