use crate::BlobError;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many bytes the store holds, those on their way in included.
#[derive(Debug)]
pub(crate) struct Usage {
	used: Mutex<u64>,
	max_total: u64,
}

impl Usage {
	pub(crate) fn new(used: u64, max_total: u64) -> Self {
		Self { used: Mutex::new(used), max_total }
	}

	pub(crate) fn used(&self) -> u64 {
		*self.lock()
	}

	/// Nothing set aside yet, for a blob on its way in.
	pub(crate) fn reservation(&self) -> Reservation<'_> {
		Reservation { usage: self, bytes: 0 }
	}

	/// Counts bytes no more that are no longer there.
	pub(crate) fn release(&self, bytes: u64) {
		let mut used = self.lock();
		*used = used.saturating_sub(bytes);
	}

	fn lock(&self) -> MutexGuard<'_, u64> {
		// A plain number has no state in which a panic could have left it.
		self.used.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// Bytes set aside for a blob on its way in; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation<'a> {
	usage: &'a Usage,
	bytes: u64,
}

impl Reservation<'_> {
	pub(crate) fn bytes(&self) -> u64 {
		self.bytes
	}

	/// Sets more aside, or nothing.
	pub(crate) fn add(&mut self, needed: u64) -> Result<(), BlobError> {
		let max_total = self.usage.max_total;
		let mut used = self.usage.lock();
		match used.checked_add(needed) {
			Some(total) if total <= max_total => {
				*used = total;
				self.bytes += needed;
				Ok(())
			},
			_ => Err(BlobError::Full { used: *used, needed, max_total }),
		}
	}

	/// The bytes are in the store: they stay counted.
	pub(crate) fn keep(mut self) {
		self.bytes = 0;
	}
}

impl Drop for Reservation<'_> {
	fn drop(&mut self) {
		self.usage.release(self.bytes);
	}
}
