//! How much a peer may take in a time.

use std::time::{Duration, Instant};

/// A token bucket: it fills at a steady rate up to a brim, and what is taken may overdraw it once.
///
/// Overdrawing is what lets one block pass that is larger than what is in the bucket: the cost of a block is known only
/// when it has been read. What was overdrawn is paid by waiting.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
	/// Tokens in a second.
	rate: f64,
	brim: f64,
	tokens: f64,
	at: Instant,
}

impl Bucket {
	/// A full bucket.
	pub(crate) fn new(rate: f64, brim: f64, now: Instant) -> Self {
		Self { rate, brim, tokens: brim, at: now }
	}

	fn fill(&mut self, now: Instant) {
		let passed = now.saturating_duration_since(self.at).as_secs_f64();
		self.tokens = (self.tokens + passed * self.rate).min(self.brim);
		self.at = self.at.max(now);
	}

	/// Whether something may be taken now.
	pub(crate) fn is_open(&mut self, now: Instant) -> bool {
		self.fill(now);
		self.tokens > 0.0
	}

	/// Whether it is filled to the brim.
	pub(crate) fn is_full(&mut self, now: Instant) -> bool {
		self.fill(now);
		self.tokens >= self.brim
	}

	/// Takes that many, if need be more than there are.
	pub(crate) fn take(&mut self, tokens: f64, now: Instant) {
		self.fill(now);
		self.tokens -= tokens;
	}

	/// Takes that many if there are as many.
	pub(crate) fn try_take(&mut self, tokens: f64, now: Instant) -> bool {
		self.fill(now);
		let enough = self.tokens >= tokens;
		if enough {
			self.tokens -= tokens;
		}
		enough
	}

	/// When it is open again.
	pub(crate) fn opens_at(&self) -> Instant {
		if self.tokens > 0.0 {
			return self.at;
		}
		// A bit later than exactly, so that rounding cannot make it come too early; an hour at most, whatever the rate.
		let wait = ((-self.tokens) / self.rate + 0.001).clamp(0.001, 3600.0);
		self.at + Duration::from_secs_f64(wait)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn no_more_flows_than_brim_and_rate_allow() {
		let start = Instant::now();
		let mut now = start;
		let mut bucket = Bucket::new(1000.0, 500.0, now);
		let mut taken = 0.0;
		while now < start + Duration::from_secs(10) {
			if bucket.is_open(now) {
				bucket.take(300.0, now);
				taken += 300.0;
			} else {
				now = bucket.opens_at();
				assert!(bucket.is_open(now), "it opens when it says so");
			}
		}
		assert!((9_000.0..=10_900.0).contains(&taken), "{taken}");
	}

	#[test]
	fn a_clock_that_stands_or_goes_back_gives_nothing() {
		let now = Instant::now() + Duration::from_secs(60);
		let mut bucket = Bucket::new(10.0, 10.0, now);
		assert!(bucket.try_take(10.0, now));
		assert!(!bucket.try_take(0.5, now));
		assert!(!bucket.is_open(now - Duration::from_secs(50)));
		assert!(!bucket.is_open(now));
		assert!(bucket.is_open(now + Duration::from_millis(200)));
		assert!(!bucket.is_full(now + Duration::from_millis(200)));
		assert!(bucket.is_full(now + Duration::from_secs(2)));
	}
}
