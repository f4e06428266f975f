use crate::{
	counters::count,
	index::charge,
	inner::{lock, now, Change, Inner, Pins},
	log::What,
	open,
	partial::Partial,
	room::Reservation,
	BlobError, BlobReader, BlobWriter, Counters, Event, Hold, Options, References, Stat, Usage,
};
use async_channel::Receiver;
use bytes::Bytes;
use ergon_primitives::{blob::LEAF, BlobId, Codec};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};

/// A store of blobs in a folder. Handles are cheap to clone; the last one that goes closes it. See the crate's own page
/// for what it promises.
#[derive(Clone, Debug)]
pub struct BlobStore {
	pub(crate) inner: Arc<Inner>,
}

impl BlobStore {
	/// Opens the store in the folder `path`, making it where it is missing, and removes what a crash left behind.
	/// [`BlobError::Locked`] if another process, or another part of this one, has it open.
	pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, BlobError> {
		Ok(Self { inner: Arc::new(open::open(path.as_ref(), options)?) })
	}

	/// The store's bounds.
	pub fn options(&self) -> &Options {
		&self.inner.options
	}

	/// Who knows what the chain refers to. Until this is set nothing is evicted, and only the quota for everything binds.
	pub fn set_references(&self, references: Arc<dyn References>) {
		*lock(&self.inner.references) = Some(references);
	}

	/// Starts a blob that comes in pieces.
	pub fn writer(&self, hold: Hold) -> Result<BlobWriter, BlobError> {
		BlobWriter::new(self.clone(), hold)
	}

	/// Stores bytes and names them. They are on disk when this returns.
	pub fn put(&self, bytes: &[u8], hold: Hold) -> Result<BlobId, BlobError> {
		let limit = self.options().max_blob;
		if bytes.len() as u64 > limit {
			return Err(BlobError::TooLarge { limit });
		}
		if bytes.len() > LEAF {
			let mut writer = self.writer(hold)?;
			writer.write(bytes)?;
			return writer.finish();
		}
		let id = BlobId { codec: Codec::Raw, digest: Sha256::digest(bytes).into() };
		self.put_block(id, bytes, hold)?;
		count(&self.inner.counters.uploads);
		Ok(id)
	}

	/// Stores bytes if their name is the one expected; [`BlobError::Mismatch`] if not.
	pub fn put_named(&self, expected: BlobId, bytes: &[u8], hold: Hold) -> Result<(), BlobError> {
		if bytes.len() as u64 <= self.options().max_blob.min(LEAF as u64) {
			let found = BlobId { codec: Codec::Raw, digest: Sha256::digest(bytes).into() };
			if found != expected {
				return Err(BlobError::Mismatch { expected, found });
			}
			self.put_block(found, bytes, hold)?;
			count(&self.inner.counters.uploads);
			return Ok(());
		}
		let mut writer = self.writer(hold)?;
		writer.write(bytes)?;
		writer.finish_as(expected)
	}

	/// Stores a blob of one block whose name is known to be right.
	pub(crate) fn put_block(&self, id: BlobId, bytes: &[u8], hold: Hold) -> Result<(), BlobError> {
		let mut pins = Pins::new(self.inner.clone());
		let known = {
			let mut index = self.inner.index();
			pins.add(&mut index, id);
			index.whole(&id).is_some()
		};
		let size = bytes.len() as u64;
		// What is there already is neither written nor counted again, if it is what its name says.
		if known && self.inner.read_block(&id, size, &mut Vec::new())? {
			return self.keep(id, hold);
		}
		let mut room = Reservation::new(self.clone(), hold);
		room.grow(charge(size)).map_err(|error| self.inner.noted(error))?;
		let written = self.inner.layout.temporary().and_then(|mut file| {
			file.write(bytes)?;
			file.place(&self.inner.layout.block(&id))
		});
		written.map_err(|error| self.inner.noted(error))?;
		self.record(id, size, hold, Vec::new(), &mut room)
	}

	/// Records that a blob is here whole, its blocks being on disk and pinned.
	pub(crate) fn record(
		&self,
		id: BlobId,
		size: u64,
		hold: Hold,
		parts: Vec<(BlobId, u64)>,
		room: &mut Reservation,
	) -> Result<(), BlobError> {
		let mut here = Change::new(id, What::Here { size, whole: true, public: hold == Hold::Loose });
		here.parts = parts;
		here.room = room.amount();
		let mut changes = vec![here];
		if let Hold::Job(job) = hold {
			// Applied together: it is not loose even for a moment.
			changes.push(Change::new(id, What::Held(job)));
		}
		self.inner.commit(changes).map_err(|error| self.inner.noted(error))?;
		room.spend();
		Ok(())
	}

	/// Adds a hold to a blob that is here whole and pinned.
	fn keep(&self, id: BlobId, hold: Hold) -> Result<(), BlobError> {
		let held = {
			let mut index = self.inner.index();
			index.touch(&id, now());
			index.is_held(&id, hold.job())
		};
		if held {
			return Ok(());
		}
		let what = hold.job().map_or(What::Public, What::Held);
		let recorded = self.inner.commit(vec![Change::new(id, what)]);
		recorded.map(drop).map_err(|error| self.inner.noted(error))
	}

	/// Keeps a blob for one more reason; `Ok(false)` if it is not here whole. [`Hold::Loose`] adds none, but makes the blob
	/// public for good: see [`Self::is_public`].
	pub fn hold(&self, id: &BlobId, hold: Hold) -> Result<bool, BlobError> {
		let mut pins = Pins::new(self.inner.clone());
		{
			let mut index = self.inner.index();
			if index.whole(id).is_none() {
				return Ok(false);
			}
			pins.add(&mut index, *id);
		}
		self.keep(*id, hold).map(|()| true)
	}

	/// Whether the blob's name may be told to others. Not while it has only been put for a job: until that job's workers
	/// have committed to their results, whoever learns the name of one can copy it. It is public once it was put
	/// [`Hold::Loose`] or fetched from others, or when the chain names it, or after [`Self::hold`] with `Loose`.
	pub fn is_public(&self, id: &BlobId) -> bool {
		self.inner.index().is_public(id)
	}

	/// What is known of a blob; `None` if nothing of it is here.
	pub fn stat(&self, id: &BlobId) -> Result<Option<Stat>, BlobError> {
		let stat = self.inner.index().root(id).map(|root| (root.size, root.whole));
		let Some((size, whole)) = stat else { return Ok(None) };
		let have = if whole { size } else { self.partial_have(id)? };
		Ok(Some(Stat { size, whole, have }))
	}

	/// Whether a blob is here whole. Its bytes are not looked at: reading is what verifies them.
	pub fn has(&self, id: &BlobId) -> bool {
		self.inner.index().whole(id).is_some()
	}

	/// The bytes of a blob; `None` if it is not here whole, or was and is damaged.
	pub fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>, BlobError> {
		let found = match id.codec {
			Codec::Raw => {
				let size = self.inner.index().whole(id);
				self.read_verified(id, size)
			},
			Codec::DagPb => match BlobReader::open(self, id)?.map(|reader| reader.read_all()).transpose() {
				Err(BlobError::Corrupt { .. }) => Ok(None),
				other => other,
			},
		}?;
		self.count_read(found.is_some());
		Ok(found)
	}

	/// A block of that size, verified. If it was evicted or is damaged, it is not here.
	fn read_verified(&self, id: &BlobId, size: Option<u64>) -> Result<Option<Vec<u8>>, BlobError> {
		let Some(size) = size else { return Ok(None) };
		let mut bytes = Vec::new();
		if self.inner.read_block(id, size, &mut bytes)? {
			return Ok(Some(bytes));
		}
		// Evicted since, or healed, or damaged.
		if !self.inner.drop_damaged(id)? && self.inner.index().block(id).is_some() {
			return Ok(self.inner.read_block(id, size, &mut bytes)?.then_some(bytes));
		}
		Ok(None)
	}

	/// Reads a blob in pieces; `None` if it is not here whole, or was and is damaged.
	pub fn reader(&self, id: &BlobId) -> Result<Option<BlobReader>, BlobError> {
		let reader = BlobReader::open(self, id)?;
		self.count_read(reader.is_some());
		Ok(reader)
	}

	/// The bytes of a block, a leaf or a node of any blob, whole or partial; `None` if it is not here, or was and is damaged.
	pub fn block(&self, id: &BlobId) -> Result<Option<Bytes>, BlobError> {
		let size = self.inner.index().block(id);
		let found = self.read_verified(id, size)?.map(Bytes::from);
		self.count_read(found.is_some());
		Ok(found)
	}

	/// Whether a block is here.
	pub fn has_block(&self, id: &BlobId) -> bool {
		self.inner.index().block(id).is_some()
	}

	/// Begins to fetch a blob block by block, or goes on where it was left, also by an earlier process. `max`: the most
	/// bytes of content that it may have. While one is open, a further call for the same root returns another handle on it.
	pub fn partial(&self, root: BlobId, hold: Hold, max: u64) -> Result<Partial, BlobError> {
		Partial::open(self, root, hold, max.min(self.options().max_blob))
	}

	/// What happens from now on, for a further receiver. Events that it leaves lying are lost at some point, and it is told
	/// so with [`Event::Missed`].
	pub fn events(&self) -> Receiver<Event> {
		self.inner.events.subscribe()
	}

	/// All blobs that are here whole.
	pub fn roots(&self) -> Vec<BlobId> {
		let index = self.inner.index();
		index.roots.iter().filter(|(_, root)| root.whole).map(|(id, _)| *id).collect()
	}

	/// How full the store is.
	pub fn usage(&self) -> Usage {
		self.inner.index().usage()
	}

	/// What happened since the store was opened.
	pub fn counters(&self) -> &Counters {
		&self.inner.counters
	}

	fn count_read(&self, hit: bool) {
		count(if hit { &self.inner.counters.hits } else { &self.inner.counters.misses });
	}
}
