//! What all handles on a store share, and the one way in which it changes: records go to disk together, then into the
//! index in the same order, then everybody who waits is told.

use crate::{
	counters::count,
	events::Events,
	index::{Index, Limits, Outcome},
	layout::{remove, Layout},
	log::{Log, Record, What},
	partial::Shared,
	pool::Pool,
	BlobError, Counters, Event, Options, References,
};
use ergon_primitives::BlobId;
use std::{
	collections::HashMap,
	fmt,
	sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
	time::{Instant, SystemTime, UNIX_EPOCH},
};
use tracing::warn;

/// Locks what a panic cannot have left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
	mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds since 1970.
pub(crate) fn now() -> u32 {
	let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// Shared by all handles.
pub(crate) struct Inner {
	pub(crate) layout: Layout,
	pub(crate) options: Options,
	/// Held for moments only: nothing that waits for the disk is done under it, but the removal of a file.
	index: Mutex<Index>,
	/// Waits in line for the log. Entered while the index is locked, so that the line's order is the order of decisions.
	line: Mutex<Line>,
	told: Condvar,
	log: Mutex<Log>,
	pub(crate) pool: Pool,
	pub(crate) events: Events,
	pub(crate) counters: Counters,
	pub(crate) references: Mutex<Option<Arc<dyn References>>>,
	/// Held while something is evicted. Until when that is known to be in vain.
	pub(crate) evicting: Mutex<Option<Instant>>,
	/// The trees that are being fetched.
	pub(crate) partials: Mutex<HashMap<BlobId, Weak<Shared>>>,
}

impl fmt::Debug for Inner {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("BlobStore").field("path", &self.layout.root()).finish_non_exhaustive()
	}
}

/// Something to be recorded.
#[derive(Debug)]
pub(crate) struct Change {
	pub(crate) record: Record,
	/// The blocks of a tree that comes in whole, with their sizes.
	pub(crate) parts: Vec<(BlobId, u64)>,
	/// What was set aside for it, whether for something loose: it counts by itself from now on.
	pub(crate) room: (u64, bool),
}

impl Change {
	/// Something that happens now and has no parts.
	pub(crate) fn new(root: BlobId, what: What) -> Self {
		Self { record: Record { root, time: now(), what }, parts: Vec::new(), room: (0, false) }
	}
}

#[derive(Default)]
struct Line {
	waiting: Vec<Waiting>,
	/// Whether somebody is writing the log for all who waited.
	busy: bool,
}

struct Waiting {
	changes: Vec<Change>,
	ticket: Ticket,
}

/// Where the answer to a commit will be: the blocks that are left over.
pub(crate) type Ticket = Arc<Mutex<Option<Result<Vec<BlobId>, BlobError>>>>;

impl Inner {
	pub(crate) fn new(layout: Layout, options: Options, index: Index, log: Log, pool: Pool) -> Self {
		Self {
			layout,
			options,
			index: Mutex::new(index),
			line: Mutex::default(),
			told: Condvar::new(),
			log: Mutex::new(log),
			pool,
			events: Events::default(),
			counters: Counters::default(),
			references: Mutex::new(None),
			evicting: Mutex::new(None),
			partials: Mutex::default(),
		}
	}

	pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
		lock(&self.index)
	}

	pub(crate) fn limits(&self) -> Limits {
		let loose = lock(&self.references).is_some().then_some(self.options.loose_quota);
		Limits { quota: self.options.quota, loose }
	}

	/// Puts changes in line. The index is locked, so that what they were decided on still holds.
	pub(crate) fn enqueue(&self, _index: &mut Index, changes: Vec<Change>) -> Ticket {
		let ticket = Ticket::default();
		lock(&self.line).waiting.push(Waiting { changes, ticket: ticket.clone() });
		ticket
	}

	/// Waits until changes are on disk and in the index. Who comes first writes for all.
	pub(crate) fn wait(&self, ticket: &Ticket) -> Result<Vec<BlobId>, BlobError> {
		let mut line = lock(&self.line);
		loop {
			if let Some(answer) = lock(ticket).take() {
				return answer;
			}
			if line.busy {
				line = self.told.wait(line).unwrap_or_else(PoisonError::into_inner);
				continue;
			}
			line.busy = true;
			let batch = std::mem::take(&mut line.waiting);
			drop(line);
			self.write(batch);
			line = lock(&self.line);
			line.busy = false;
			self.told.notify_all();
		}
	}

	/// Records changes and waits for it.
	pub(crate) fn commit(&self, changes: Vec<Change>) -> Result<Vec<BlobId>, BlobError> {
		let ticket = self.enqueue(&mut self.index(), changes);
		self.wait(&ticket)
	}

	fn write(&self, batch: Vec<Waiting>) {
		let records = || batch.iter().flat_map(|waiting| &waiting.changes).map(|change| change.record);
		// One sync makes the names of all blocks durable that these blobs have.
		let placed = records().any(|record| matches!(record.what, What::Here { whole: true, .. }));
		let mut log = lock(&self.log);
		let synced = if placed { self.layout.sync() } else { Ok(()) };
		if let Err(error) = synced.and_then(|()| log.append(records())) {
			batch.iter().for_each(|waiting| *lock(&waiting.ticket) = Some(Err(error.again())));
			return;
		}
		let mut events = Vec::new();
		let mut index = self.index();
		for waiting in batch {
			let mut outcome = Outcome::default();
			for change in waiting.changes {
				index.unreserve(change.room.0, change.room.1);
				index.apply(&change.record, &change.parts, &mut outcome);
			}
			events.append(&mut outcome.events);
			*lock(&waiting.ticket) = Some(Ok(outcome.left));
		}
		// More than half of a long file is of no use any more.
		let records = (log.records() > 2 * index.roots.len() as u64 + 8192).then(|| index.records());
		drop(index);
		self.tell(events);
		if let Some(records) = records {
			if let Err(error) = log.rewrite(&mut records.into_iter()) {
				warn!(%error, "the blob store's list could not be shortened");
			}
		}
	}

	/// Writes the list of blobs anew if it had so many records and most are of no use.
	pub(crate) fn shorten(&self, recorded: u64) -> Result<(), BlobError> {
		let index = self.index();
		if recorded <= 2 * index.roots.len() as u64 + 1024 {
			return Ok(());
		}
		lock(&self.log).rewrite(&mut index.records().into_iter())
	}

	pub(crate) fn tell(&self, events: Vec<Event>) {
		events.into_iter().for_each(|event| self.events.tell(event));
	}

	/// Removes the files of blocks that nobody needs any more. Says how many bytes they were counted as.
	pub(crate) fn unlink(&self, blocks: &[BlobId]) {
		for id in blocks {
			let index = self.index();
			if !index.needed(id) {
				// Under the lock: nobody can begin to rely on the file meanwhile.
				if let Err(error) = remove(&self.layout.block(id)) {
					warn!(%error, "a block stays until the next start");
				}
			}
		}
	}

	/// Counts and passes on an error that comes of no room.
	pub(crate) fn noted(&self, error: BlobError) -> BlobError {
		if error.is_full() {
			count(&self.counters.full);
		}
		error
	}
}

/// Keeps blobs and blocks from being removed while it lives.
#[derive(Debug)]
pub(crate) struct Pins {
	inner: Arc<Inner>,
	ids: Vec<BlobId>,
}

impl Pins {
	pub(crate) fn new(inner: Arc<Inner>) -> Self {
		Self { inner, ids: Vec::new() }
	}

	/// One more; the index is locked by who asks.
	pub(crate) fn add(&mut self, index: &mut Index, id: BlobId) {
		index.pin(id);
		self.ids.push(id);
	}
}

impl Drop for Pins {
	fn drop(&mut self) {
		let left: Vec<_> = {
			let mut index = self.inner.index();
			self.ids.drain(..).filter(|id| index.unpin(id)).collect()
		};
		self.inner.unlink(&left);
	}
}
