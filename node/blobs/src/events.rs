//! Who wants to know what comes and goes.

use async_channel::{Receiver, Sender, TrySendError};
use ergon_primitives::BlobId;
use std::sync::{
	atomic::{AtomicBool, Ordering::Relaxed},
	Mutex, PoisonError,
};

/// The most events that wait for one receiver.
const WAITING: usize = 4096;

/// Something that happened to a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
	/// It is here whole, and was not before.
	Added(BlobId),
	/// It is gone.
	Removed(BlobId),
	/// A block of it was damaged on disk and removed: it is a partial blob now.
	Broken(BlobId),
	/// It may be announced, and was not before: see `BlobStore::is_public`.
	Public(BlobId),
	/// The receiver was too slow and events were lost: `BlobStore::roots` says what is here.
	Missed,
}

/// The receivers.
#[derive(Debug, Default)]
pub(crate) struct Events {
	receivers: Mutex<Vec<(Sender<Event>, AtomicBool)>>,
}

impl Events {
	/// One more receiver, of all that happens from now on.
	pub(crate) fn subscribe(&self) -> Receiver<Event> {
		let (sender, receiver) = async_channel::bounded(WAITING);
		self.lock().push((sender, AtomicBool::new(false)));
		receiver
	}

	/// Tells all; never waits.
	pub(crate) fn tell(&self, event: Event) {
		self.lock().retain(|(sender, missed)| {
			if missed.load(Relaxed) {
				match sender.try_send(Event::Missed) {
					Ok(()) => missed.store(false, Relaxed),
					Err(TrySendError::Full(_)) => return true,
					Err(TrySendError::Closed(_)) => return false,
				}
			}
			match sender.try_send(event) {
				Ok(()) => true,
				Err(TrySendError::Full(_)) => {
					missed.store(true, Relaxed);
					true
				},
				Err(TrySendError::Closed(_)) => false,
			}
		});
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Sender<Event>, AtomicBool)>> {
		// A list of senders has no state in which a panic could have left it.
		self.receivers.lock().unwrap_or_else(PoisonError::into_inner)
	}
}
