//! When a task is ended that does not end by itself.
//!
//! Fuel bounds every task, but a job may buy a day of it, and a result that comes after the commit window is worth
//! nothing. And nobody wants the result of a duty that is over.

use super::Stop;
use ergon_executor_core::Engine;
use std::time::Duration;

/// The shortest fence: below it, a busy machine would matter more than the program.
const SHORTEST: Duration = Duration::from_secs(64);

/// An engine that ends what takes too long as [`LocalFault::Fenced`](ergon_executor_core::LocalFault::Fenced), and what
/// nobody waits for any more as any local fault, as soon as it can.
pub trait Fenced: Engine {
	/// The same engine with a fence; programs that either has prepared can be run by both.
	fn within(&self, longest: Duration, stop: &Stop) -> Self;
}

/// The fence for a commit window: twice the window, because blocks come late as well.
pub fn fence(window: Duration) -> Duration {
	window.saturating_mul(2).max(SHORTEST)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_fence_should_be_two_windows_but_not_too_short() {
		assert_eq!(fence(Duration::ZERO), SHORTEST);
		assert_eq!(fence(Duration::from_secs(32)), SHORTEST);
		assert_eq!(fence(Duration::from_secs(3600)), Duration::from_secs(7200));
		assert_eq!(fence(Duration::MAX), Duration::MAX);
	}
}
