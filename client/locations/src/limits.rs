//! How long and how slowly.

use std::time::Duration;

/// Bounds on one fetch. How many bytes may come is said with each fetch, for it depends on the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Until a connection stands, with the lookup of the name and TLS.
	pub connect: Duration,
	/// From the request to the head of the answer, for each redirect again.
	pub answer: Duration,
	/// For all of it.
	pub total: Duration,
	/// The least bytes a second, on the average since the first of them, after `grace`.
	pub slowest: u64,
	/// How long the bytes may be slower than that at first.
	pub grace: Duration,
}

/// For blobs of up to 256 MiB over any line that a machine which computes for others has.
impl Default for Limits {
	fn default() -> Self {
		Self {
			connect: Duration::from_secs(10),
			answer: Duration::from_secs(30),
			total: Duration::from_secs(20 * 60),
			slowest: 32 << 10,
			grace: Duration::from_secs(20),
		}
	}
}
