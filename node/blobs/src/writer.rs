use crate::{
	counters::count,
	index::charge,
	inner::{Inner, Pins},
	layout::Temporary,
	pool::Batch,
	room::Reservation,
	BlobError, BlobStore, Hold,
};
use ergon_primitives::{
	blob::{TreeBuilder, LEAF},
	BlobId, Codec,
};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};
use tracing::debug;

/// A blob on its way in. Bytes go to disk as they come, hashed on the way, and nothing of them is kept in memory; full
/// leaves are synced by other threads meanwhile. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
	store: BlobStore,
	hold: Hold,
	size: u64,
	leaf: Option<Leaf>,
	tree: TreeBuilder,
	/// The blocks so far, each once, with their sizes.
	blocks: HashMap<BlobId, u64>,
	batch: Batch,
	/// A write failed: what follows would have a gap.
	failed: bool,
	room: Reservation,
	/// Dropped last: after the tasks that place what is pinned have ended.
	pins: Pins,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
	/// Its name.
	pub id: BlobId,
	/// Whether it was not here whole before.
	pub new: bool,
}

/// The leaf that bytes go to.
#[derive(Debug)]
struct Leaf {
	file: Temporary,
	hash: Sha256,
	size: usize,
}

impl BlobWriter {
	pub(crate) fn new(store: BlobStore, hold: Hold) -> Result<Self, BlobError> {
		let writer = Self {
			hold,
			size: 0,
			leaf: None,
			tree: TreeBuilder::new(),
			blocks: HashMap::new(),
			batch: Batch::default(),
			failed: false,
			room: Reservation::new(store.clone(), hold),
			pins: Pins::new(store.inner.clone()),
			store,
		};
		Ok(writer)
	}

	/// The bytes written so far.
	pub fn size(&self) -> u64 {
		self.size
	}

	/// Adds bytes. After an error the writer is of no use but to be dropped.
	pub fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
		let result = self.try_write(bytes);
		self.failed |= result.is_err();
		result.map_err(|error| self.store.inner.noted(error))
	}

	fn try_write(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
		let limit = self.store.options().max_blob;
		if self.size.saturating_add(bytes.len() as u64) > limit {
			return Err(BlobError::TooLarge { limit });
		}
		if self.failed || self.batch.has_failed() {
			self.batch.wait()?;
			return Err(self.unusable());
		}
		while !bytes.is_empty() {
			// A full leaf is closed only when a byte follows it: the last leaf is never empty but in the empty blob.
			if self.leaf.as_ref().is_some_and(|leaf| leaf.size == LEAF) {
				self.close_leaf()?;
			}
			let leaf = match &mut self.leaf {
				Some(leaf) => leaf,
				none => none.insert(Leaf {
					file: self.store.inner.layout.temporary()?,
					hash: Sha256::new(),
					size: 0,
				}),
			};
			let (now, later) = bytes.split_at(bytes.len().min(LEAF - leaf.size));
			let grown = charge((leaf.size + now.len()) as u64);
			let had = if leaf.size == 0 { 0 } else { charge(leaf.size as u64) };
			if grown > had {
				self.room.grow(grown - had)?;
			}
			leaf.file.write(now)?;
			leaf.hash.update(now);
			leaf.size += now.len();
			self.size += now.len() as u64;
			bytes = later;
		}
		Ok(())
	}

	/// Names the blob. All of it is on disk when this returns, and a crash before leaves nothing of it.
	pub fn finish(self) -> Result<BlobId, BlobError> {
		self.finish_told(None).map(|finished| finished.id)
	}

	/// As [`Self::finish`], if the name is the one expected; [`BlobError::Mismatch`] if not.
	pub fn finish_as(self, expected: BlobId) -> Result<(), BlobError> {
		self.finish_told(Some(expected)).map(drop)
	}

	/// As [`Self::finish`], or as [`Self::finish_as`] if a name is expected; says as well whether the blob is new here.
	pub fn finish_told(self, expected: Option<BlobId>) -> Result<Finished, BlobError> {
		self.end(|found| match expected.filter(|expected| *expected != found) {
			None => Ok(()),
			Some(expected) => Err(BlobError::Mismatch { expected, found }),
		})
	}

	fn end(mut self, accept: impl FnOnce(BlobId) -> Result<(), BlobError>) -> Result<Finished, BlobError> {
		if self.failed {
			self.batch.wait()?;
			return Err(self.unusable());
		}
		let inner = self.store.inner.clone();
		let id = self.close_tree(accept).map_err(|error| inner.noted(error))?;
		self.batch.wait().map_err(|error| inner.noted(error))?;
		let parts = match id.codec {
			Codec::Raw => Vec::new(),
			Codec::DagPb => self.blocks.drain().collect(),
		};
		let new = !self.store.has(&id);
		let store = self.store.clone();
		store.record(id, self.size, self.hold, parts, &mut self.room)?;
		count(&inner.counters.uploads);
		debug!(blob = %id, size = self.size, "stored a blob");
		Ok(Finished { id, new })
	}

	/// Closes what is open, and has the last blocks written if the name is accepted.
	fn close_tree(
		&mut self,
		accept: impl FnOnce(BlobId) -> Result<(), BlobError>,
	) -> Result<BlobId, BlobError> {
		if self.blocks.is_empty() {
			// One block, or none: no tree.
			let (file, digest, size) = match self.leaf.take() {
				Some(leaf) => (leaf.file, leaf.hash.finalize(), leaf.size as u64),
				None => {
					self.room.grow(charge(0))?;
					(self.store.inner.layout.temporary()?, Sha256::digest([]), 0)
				},
			};
			let id = BlobId { codec: Codec::Raw, digest: digest.into() };
			accept(id)?;
			self.pin(id);
			settle(&self.store.inner, file, &id, size)?;
			return Ok(id);
		}
		self.close_leaf()?;
		let mut nodes = Vec::new();
		let root = std::mem::take(&mut self.tree).finish(&mut |id, block| nodes.push((id, block)));
		let Some(root) = root else { return Err(self.unusable()) };
		accept(root)?;
		nodes.into_iter().try_for_each(|(id, block)| self.add_node(id, &block))?;
		Ok(root)
	}

	/// Gives the leaf its name and has it put on disk.
	fn close_leaf(&mut self) -> Result<(), BlobError> {
		let Some(leaf) = self.leaf.take() else { return Ok(()) };
		let digest: [u8; 32] = leaf.hash.finalize().into();
		let mut nodes = Vec::new();
		self.tree.leaf(digest, leaf.size as u64, &mut |id, block| nodes.push((id, block)));
		self.add_block(BlobId { codec: Codec::Raw, digest }, leaf.file, leaf.size as u64);
		nodes.into_iter().try_for_each(|(id, block)| self.add_node(id, &block))
	}

	fn add_node(&mut self, id: BlobId, block: &[u8]) -> Result<(), BlobError> {
		self.room.grow(charge(block.len() as u64))?;
		let mut file = self.store.inner.layout.temporary()?;
		file.write(block)?;
		self.add_block(id, file, block.len() as u64);
		Ok(())
	}

	/// Has a block put on disk by another thread. One that occurs once more is there already.
	fn add_block(&mut self, id: BlobId, file: Temporary, size: u64) {
		if self.blocks.insert(id, size).is_none() {
			self.pin(id);
			let inner = self.store.inner.clone();
			self.batch.run(&self.store.inner.pool, move || settle(&inner, file, &id, size));
		}
	}

	fn pin(&mut self, id: BlobId) {
		self.pins.add(&mut self.store.inner.index(), id);
	}

	fn unusable(&self) -> BlobError {
		let error = std::io::Error::other("an earlier write of this blob failed");
		BlobError::io("write", self.store.inner.layout.root())(error)
	}
}

impl Drop for BlobWriter {
	fn drop(&mut self) {
		// What other threads still place would stay behind otherwise.
		let _ = self.batch.wait();
	}
}

/// Puts a pinned block under its name, unless it is there already and what its name says.
pub(crate) fn settle(inner: &Arc<Inner>, file: Temporary, id: &BlobId, size: u64) -> Result<(), BlobError> {
	let known = inner.index().counted(id);
	if known && inner.read_block(id, size, &mut Vec::new())? {
		return Ok(());
	}
	file.place(&inner.layout.block(id))
}
