//! How long to wait before the next try.

use std::time::Duration;

/// Waits that double from try to try up to a cap, each shortened at random by up to a half, so that workers that lost
/// the same node do not come back to it in step.
#[derive(Clone, Debug)]
pub struct Backoff {
	first: Duration,
	cap: Duration,
	tries: u32,
}

impl Backoff {
	/// Starts with `first`, never waits longer than `cap`.
	pub fn new(first: Duration, cap: Duration) -> Self {
		Self { first, cap, tries: 0 }
	}

	/// The next wait.
	pub fn wait(&mut self) -> Duration {
		let full = self.first.saturating_mul(1u32.checked_shl(self.tries).unwrap_or(u32::MAX)).min(self.cap);
		self.tries = self.tries.saturating_add(1);
		full.mul_f64(1.0 - 0.5 * chance())
	}

	/// Back to the first wait: the last try went well.
	pub fn reset(&mut self) {
		self.tries = 0;
	}

	/// How many waits there were since the start or the last reset.
	pub fn tries(&self) -> u32 {
		self.tries
	}
}

/// A random number in `0.0..1.0`; a half where the system gives none, for nothing but spreading depends on it.
fn chance() -> f64 {
	let mut bytes = [0; 2];
	match getrandom::fill(&mut bytes) {
		Ok(()) => f64::from(u16::from_le_bytes(bytes)) / 65536.0,
		Err(_) => 0.5,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn waits_should_grow_to_the_cap_and_start_again_after_a_reset() {
		let (first, cap) = (Duration::from_millis(500), Duration::from_secs(30));
		let mut backoff = Backoff::new(first, cap);
		for doubled in [1, 2, 4, 8, 16, 32] {
			let wait = backoff.wait();
			assert!(wait <= first * doubled && wait >= first * doubled / 2, "{wait:?} at {doubled}");
		}
		for _ in 0..100 {
			let wait = backoff.wait();
			assert!(wait <= cap && wait >= cap / 2, "{wait:?}");
		}
		backoff.reset();
		assert!(backoff.wait() <= first);
	}
}
