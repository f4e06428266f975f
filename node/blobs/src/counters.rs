use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What happened since the store was opened; each only grows.
#[derive(Debug, Default)]
pub struct Counters {
	/// Blobs and blocks that were asked for and here.
	pub hits: AtomicU64,
	/// Blobs and blocks that were asked for and not here.
	pub misses: AtomicU64,
	/// Blobs that were put whole.
	pub uploads: AtomicU64,
	/// Blobs whose last block was fetched.
	pub fetched: AtomicU64,
	/// Blobs that were removed to make room or because their time was over.
	pub evictions: AtomicU64,
	/// Blocks that were damaged on disk.
	pub corrupt: AtomicU64,
	/// Writes that the quota or the disk had no room for.
	pub full: AtomicU64,
}

/// Counts one more.
pub(crate) fn count(counter: &AtomicU64) {
	counter.fetch_add(1, Relaxed);
}
