//! Room for what comes in, and who has to go for it.

use crate::{
	counters::count,
	index::Need,
	inner::{lock, now, Change},
	log::What,
	manifest, BlobError, BlobStore, Hold, References, Swept,
};
use ergon_primitives::BlobId;
use std::{
	collections::HashSet,
	time::{Duration, Instant},
};
use tracing::{info, warn};

/// How long the store does not look again for room that it did not find. A sweep ends it.
const IN_VAIN: Duration = Duration::from_secs(1);

/// How many blobs go at a time.
const AT_A_TIME: usize = 512;

/// Bytes set aside for something on its way in; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
	store: BlobStore,
	bytes: u64,
	loose: bool,
}

impl Reservation {
	pub(crate) fn new(store: BlobStore, hold: Hold) -> Self {
		Self { store, bytes: 0, loose: hold == Hold::Loose }
	}

	/// As [`Self::new`], of a loose blob whose bytes count as loose already.
	pub(crate) fn counted(store: BlobStore) -> Self {
		Self { store, bytes: 0, loose: false }
	}

	/// Sets more aside, evicting what may go if there is no room.
	pub(crate) fn grow(&mut self, bytes: u64) -> Result<(), BlobError> {
		self.store.reserve(bytes, self.loose)?;
		self.bytes += bytes;
		Ok(())
	}

	/// How much is set aside, and whether for something loose.
	pub(crate) fn amount(&self) -> (u64, bool) {
		(self.bytes, self.loose)
	}

	/// Says that what was set aside has been given back otherwise.
	pub(crate) fn spend(&mut self) {
		self.bytes = 0;
	}

	/// Gives some of it back: it is counted otherwise now.
	pub(crate) fn shrink(&mut self, bytes: u64) {
		let bytes = bytes.min(self.bytes);
		self.bytes -= bytes;
		self.store.inner.index().unreserve(bytes, self.loose);
	}
}

impl Drop for Reservation {
	fn drop(&mut self) {
		self.shrink(self.bytes);
	}
}

impl BlobStore {
	fn reserve(&self, bytes: u64, loose: bool) -> Result<(), BlobError> {
		let inner = &self.inner;
		if inner.index().reserve(bytes, loose, inner.limits()).is_ok() {
			return Ok(());
		}
		self.make_room(bytes, loose);
		inner.index().reserve(bytes, loose, inner.limits())
	}

	/// Evicts until so many bytes more would fit, or says why they cannot.
	pub(crate) fn make_fit(&self, bytes: u64, loose: bool) -> Result<(), BlobError> {
		let inner = &self.inner;
		if inner.index().fits(bytes, loose, inner.limits()).is_err() {
			self.make_room(bytes, loose);
		}
		inner.index().fits(bytes, loose, inner.limits())
	}

	/// Evicts what may go until so many bytes fit. Whether they do now is for the caller to see.
	fn make_room(&self, bytes: u64, loose: bool) {
		let inner = &self.inner;
		let Some(references) = lock(&inner.references).clone() else { return };
		let mut vain = lock(&inner.evicting);
		let limits = inner.limits();
		// Another one may have made room meanwhile, or found that there is none.
		if inner.index().fits(bytes, loose, limits).is_ok()
			|| vain.is_some_and(|until| Instant::now() < until)
		{
			return;
		}
		let evicted = self.ask_chain(&*references).and_then(|before| {
			let mut need = inner.index().need(bytes, loose, limits);
			self.evict(&mut need, before)
		});
		match evicted {
			Ok(swept) if swept.blobs > 0 => {
				info!(blobs = swept.blobs, bytes = swept.bytes, "evicted blobs to make room")
			},
			Ok(_) => {},
			Err(error) => warn!(%error, "could not make room in the blob store"),
		}
		if inner.index().fits(bytes, loose, limits).is_err() {
			*vain = Some(Instant::now() + IN_VAIN);
		}
	}

	/// Lets go what jobs that have ended held, and evicts what is loose for longer than the grace, or too much. Meant to be
	/// called now and then, a few times a minute at most: it asks the chain for all that it refers to. What the chain
	/// refers to is known from then on to be public. Nothing is done while no [`References`] are set.
	pub fn sweep(&self) -> Result<Swept, BlobError> {
		let inner = &self.inner;
		let Some(references) = lock(&inner.references).clone() else { return Ok(Swept::default()) };
		let mut vain = lock(&inner.evicting);
		*vain = None;
		self.release_ended(&*references)?;
		let before = self.ask_chain(&*references)?;
		let expired = u64::from(now()).checked_sub(inner.options.grace.as_secs());
		let expired = expired.and_then(|time| u32::try_from(time).ok()).unwrap_or(0);
		let mut need = inner.index().surplus(inner.limits(), expired);
		let swept = self.evict(&mut need, before)?;
		if swept.blobs > 0 {
			info!(blobs = swept.blobs, bytes = swept.bytes, "removed blobs that no job refers to any more");
		}
		Ok(swept)
	}

	/// Ends the holds of jobs that the chain has no more.
	fn release_ended(&self, references: &dyn References) -> Result<(), BlobError> {
		let jobs = self.inner.index().jobs();
		let mut ended = HashSet::new();
		for job in jobs {
			if !references.job_exists(job).map_err(BlobError::Chain)? {
				ended.insert(job);
			}
		}
		if ended.is_empty() {
			return Ok(());
		}
		let held = self.inner.index().held_by(&ended);
		let changes = held.into_iter().map(|(id, job)| Change::new(id, What::Released(job))).collect();
		self.inner.commit(changes).map(drop)
	}

	/// Notes what the chain refers to. The answer is the turn of what came in later, of which the chain may not have been
	/// asked.
	fn ask_chain(&self, references: &dyn References) -> Result<u64, BlobError> {
		let marking = self.inner.index().begin_marking();
		// Only such manifests as are here: their number is bounded as the store is.
		let mut manifests = HashSet::new();
		references
			.visit(&mut |id, manifest| {
				if self.inner.index().mark(&id) && manifest {
					manifests.insert(id);
				}
			})
			.map_err(BlobError::Chain)?;
		for id in manifests {
			self.mark_listed(&id)?;
		}
		let events = self.inner.index().end_marking(marking, now());
		self.inner.tell(events);
		Ok(marking.before)
	}

	/// Notes what a manifest lists, reading it leaf by leaf. One that is not here whole lists nothing.
	fn mark_listed(&self, id: &BlobId) -> Result<(), BlobError> {
		let Some(mut reader) = crate::BlobReader::open(self, id)? else { return Ok(()) };
		let mut entries = manifest::Entries::new(reader.size());
		let mut offset = 0;
		loop {
			let piece = match reader.read(offset, usize::MAX) {
				Ok(piece) => piece,
				Err(BlobError::Corrupt { .. }) => return Ok(()),
				Err(error) => return Err(error),
			};
			if piece.is_empty() {
				return Ok(());
			}
			offset += piece.len() as u64;
			let mut index = self.inner.index();
			let mut mark = |listed: BlobId| {
				index.mark(&listed);
			};
			if !entries.read(&piece, &mut mark) {
				return Ok(());
			}
		}
	}

	/// Removes loose blobs that came in before a turn, until what has to go has gone or there are none.
	fn evict(&self, need: &mut Need, before: u64) -> Result<Swept, BlobError> {
		let inner = &self.inner;
		let start = inner.index().usage().bytes;
		let mut blobs = 0;
		loop {
			let (chosen, ticket) = {
				let mut index = inner.index();
				let chosen = index.choose(need, before, AT_A_TIME);
				if chosen.is_empty() {
					break;
				}
				let gone = chosen.iter().map(|id| Change::new(*id, What::Gone)).collect();
				let ticket = inner.enqueue(&mut index, gone);
				(chosen, ticket)
			};
			match inner.wait(&ticket) {
				Ok(left) => inner.unlink(&left),
				Err(error) => {
					inner.index().spare(&chosen);
					return Err(error);
				},
			}
			chosen.iter().for_each(|_| count(&inner.counters.evictions));
			blobs += chosen.len() as u64;
		}
		Ok(Swept { blobs, bytes: start.saturating_sub(inner.index().usage().bytes) })
	}
}
