//! Engines with a fence around the time that a task may take.
//!
//! Fuel bounds every task, but a job may buy a day of it, and a result that comes after the commit window is worth
//! nothing. A thread cannot be stopped from outside, so the engine must stop itself: each engine is made with a fence,
//! and shards with about the same window share one, so that they share its compiled programs too.

use ergon_executor_core::LocalFault;
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError},
	time::Duration,
};

/// The shortest fence: below it, a busy machine would matter more than the program.
const SHORTEST: Duration = Duration::from_secs(64);
/// The longest fence, in powers of two of a second: half a year. Also bounds how many engines there can be.
const LONGEST: u32 = 24;

/// The class of a fence: it is two to this power seconds long.
pub type Class = u32;

/// Makes an engine with a fence.
type Make<E> = Box<dyn Fn(Duration) -> Result<E, LocalFault> + Send + Sync>;

/// One engine for each class of fences, made when it is first needed.
pub struct Engines<E> {
	make: Make<E>,
	made: Mutex<BTreeMap<Class, Arc<E>>>,
}

impl<E> Engines<E> {
	/// Engines that are made like this.
	pub fn new(make: impl Fn(Duration) -> Result<E, LocalFault> + Send + Sync + 'static) -> Self {
		Self { make: Box::new(make), made: Mutex::default() }
	}

	/// The engine of a class.
	pub fn get(&self, class: Class) -> Result<Arc<E>, LocalFault> {
		// A panic while it was held cannot have left it half changed.
		let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
		if let Some(engine) = made.get(&class) {
			return Ok(engine.clone());
		}
		let engine = Arc::new((self.make)(Duration::from_secs(1 << class.min(LONGEST)))?);
		made.insert(class, engine.clone());
		Ok(engine)
	}
}

/// The class for a commit window: twice the window, because blocks come late as well, rounded up to a power of two.
pub fn class(window: Duration) -> Class {
	let least = window.saturating_mul(2).max(SHORTEST).as_secs_f64().ceil();
	// At least 64 and finite, so the logarithm is a small number.
	(least.log2().ceil() as u32).min(LONGEST)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;

	#[test]
	fn a_fence_should_be_about_two_windows_within_bounds() {
		assert_eq!(class(Duration::ZERO), 6);
		assert_eq!(class(Duration::from_secs(32)), 6);
		assert_eq!(class(Duration::from_secs(33)), 7);
		assert_eq!(class(Duration::from_secs(3600)), 13);
		assert_eq!(class(Duration::MAX), LONGEST);
	}

	#[test]
	fn engines_should_be_made_once_for_each_class() {
		let engines =
			Engines::new(
				|fence| if fence.as_secs() < 256 { Ok(fence) } else { Err(LocalFault::Setup("no".into())) },
			);
		let first = engines.get(6).unwrap();
		assert_eq!(*first, Duration::from_secs(64));
		assert!(Arc::ptr_eq(&first, &engines.get(6).unwrap()));
		assert_eq!(*engines.get(7).unwrap(), Duration::from_secs(128));
		assert!(engines.get(8).is_err());
	}
}
