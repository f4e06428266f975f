//! Blocks from disk, verified, and what becomes of those that are damaged.

use crate::{
	counters::count,
	dag::{DagError, Leaf, Tree, MAX_NODE},
	index::Outcome,
	inner::{Inner, Pins},
	layout::remove,
	BlobError, BlobStore, MAX_BLOB,
};
use bytes::Bytes;
use ergon_primitives::{BlobId, Codec};
use sha2::{Digest, Sha256};
use std::{
	fs::File,
	io::{self, Read},
	sync::Arc,
};
use tracing::warn;

impl Inner {
	/// Reads a block behind what is in `out`, and says whether its bytes are there and what its name says; if not, `out`
	/// stays as it was. `size`: how many they must be.
	pub(crate) fn read_block(&self, id: &BlobId, size: u64, out: &mut Vec<u8>) -> Result<bool, BlobError> {
		let start = out.len();
		// One byte more, so that the end of the file is seen without growing the memory.
		out.reserve(usize::try_from(size).unwrap_or(0).saturating_add(1));
		let read = self.read_file(id, size + 1, out)?;
		let good = read == Some(size) && is_of(id, &out[start..]);
		if !good {
			out.truncate(start);
		}
		Ok(good)
	}

	/// Reads a node of a tree; `None` if it is not there or not what its name says.
	pub(crate) fn read_node(&self, id: &BlobId) -> Result<Option<Vec<u8>>, BlobError> {
		let mut block = Vec::new();
		self.read_file(id, MAX_NODE as u64 + 1, &mut block)?;
		Ok(Some(block).filter(|block| block.len() <= MAX_NODE && is_of(id, block)))
	}

	/// Reads at most so many bytes of a block's file; how many, or `None` if there is no file.
	fn read_file(&self, id: &BlobId, most: u64, out: &mut Vec<u8>) -> Result<Option<u64>, BlobError> {
		let path = self.layout.block(id);
		match File::open(&path).and_then(|file| file.take(most).read_to_end(out)) {
			Ok(read) => Ok(Some(read as u64)),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
			Err(error) => Err(BlobError::io("read", &path)(error)),
		}
	}

	/// Removes a block that was found missing or damaged. It is read once more first, under the lock, for a write may have
	/// healed it meanwhile. Says whether it was damaged.
	pub(crate) fn drop_damaged(&self, id: &BlobId) -> Result<bool, BlobError> {
		let mut index = self.index();
		let Some(size) = index.block(id) else { return Ok(false) };
		if self.read_block(id, size, &mut Vec::new())? {
			return Ok(false);
		}
		let path = self.layout.block(id);
		let removed = remove(&path);
		let mut outcome = Outcome::default();
		index.lose(id, &mut outcome);
		drop(index);
		count(&self.counters.corrupt);
		warn!(block = %id, file = %path.display(), "a block was damaged on disk; it is removed, and must be fetched again");
		self.tell(outcome.events);
		removed.map(|()| true)
	}

	/// Builds the tree below a root of the nodes on disk. Second: the nodes that are missing or damaged.
	pub(crate) fn load_tree(&self, root: BlobId, max: u64) -> Result<(Tree, Vec<BlobId>), LoadError> {
		let mut tree = Tree::new(root, max);
		let mut missing = Vec::new();
		let mut next: Vec<BlobId> = Vec::from_iter((root.codec == Codec::DagPb).then_some(root));
		while let Some(id) = next.pop() {
			match self.read_node(&id)? {
				Some(block) => {
					let new = tree.insert(&id, &block)?;
					next.extend(new.into_iter().filter(|id| id.codec == Codec::DagPb));
				},
				None => missing.push(id),
			}
		}
		Ok((tree, missing))
	}
}

/// Whether bytes have that name as a block.
fn is_of(id: &BlobId, bytes: &[u8]) -> bool {
	Sha256::digest(bytes)[..] == id.digest
}

/// Why a tree could not be built of what is on disk.
pub(crate) enum LoadError {
	Disk(BlobError),
	Dag(DagError),
}

impl From<BlobError> for LoadError {
	fn from(error: BlobError) -> Self {
		Self::Disk(error)
	}
}

impl From<DagError> for LoadError {
	fn from(error: DagError) -> Self {
		Self::Dag(error)
	}
}

impl LoadError {
	/// The error for who wanted the blob.
	pub(crate) fn of(self, root: BlobId, limit: u64) -> BlobError {
		match self {
			Self::Disk(error) => error,
			Self::Dag(DagError::TooLarge) => BlobError::TooLarge { limit },
			Self::Dag(why) => BlobError::BadDag { root, why },
		}
	}
}

/// Reads a whole blob, which is not evicted meanwhile.
#[derive(Debug)]
pub struct BlobReader {
	inner: Arc<Inner>,
	id: BlobId,
	size: u64,
	leaves: Vec<Leaf>,
	/// The leaf that was read last, and its bytes.
	last: Option<(usize, Bytes)>,
	_pins: Pins,
}

impl BlobReader {
	/// Of a blob that is here whole; `None` if it is not.
	pub(crate) fn open(store: &BlobStore, id: &BlobId) -> Result<Option<Self>, BlobError> {
		let inner = store.inner.clone();
		let mut pins = Pins::new(inner.clone());
		let Some(size) = ({
			let mut index = inner.index();
			let size = index.whole(id);
			if size.is_some() {
				pins.add(&mut index, *id);
			}
			size
		}) else {
			return Ok(None);
		};
		let leaves = match id.codec {
			Codec::Raw => vec![Leaf { id: *id, offset: 0, size }],
			Codec::DagPb => {
				let (tree, missing) = inner.load_tree(*id, MAX_BLOB).map_err(|e| e.of(*id, MAX_BLOB))?;
				for node in &missing {
					inner.drop_damaged(node)?;
				}
				if !missing.is_empty() {
					return Ok(None);
				}
				tree.leaves()
			},
		};
		Ok(Some(Self { inner, id: *id, size, leaves, last: None, _pins: pins }))
	}

	/// The blob.
	pub fn id(&self) -> BlobId {
		self.id
	}

	/// The bytes of its content.
	pub fn size(&self) -> u64 {
		self.size
	}

	/// At most `max` bytes from `offset` on, up to the end of the leaf that they are in: call again for more. Nothing at
	/// the end of the blob and behind it. What is returned has been verified; [`BlobError::Corrupt`] says that the rest
	/// must be fetched again.
	pub fn read(&mut self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
		let at = self.leaves.partition_point(|leaf| leaf.offset + leaf.size <= offset);
		let Some(&leaf) = self.leaves.get(at) else { return Ok(Bytes::new()) };
		let bytes = match &self.last {
			Some((last, bytes)) if *last == at => bytes.clone(),
			_ => {
				let mut bytes = Vec::new();
				self.leaf(leaf, &mut bytes)?;
				let bytes = Bytes::from(bytes);
				self.last = Some((at, bytes.clone()));
				bytes
			},
		};
		let start = usize::try_from(offset - leaf.offset).unwrap_or(usize::MAX).min(bytes.len());
		let end = start.saturating_add(max).min(bytes.len());
		Ok(bytes.slice(start..end))
	}

	/// All bytes, in one piece of memory.
	pub(crate) fn read_all(&self) -> Result<Vec<u8>, BlobError> {
		// Room for the one byte more that each read asks for.
		let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0).saturating_add(1));
		self.leaves.iter().try_for_each(|leaf| self.leaf(*leaf, &mut bytes))?;
		Ok(bytes)
	}

	fn leaf(&self, leaf: Leaf, out: &mut Vec<u8>) -> Result<(), BlobError> {
		if self.inner.read_block(&leaf.id, leaf.size, out)? {
			return Ok(());
		}
		// Nothing that is read is evicted: it is damaged, or was and has been dropped or healed since.
		if !self.inner.drop_damaged(&leaf.id)? && self.inner.read_block(&leaf.id, leaf.size, out)? {
			return Ok(());
		}
		Err(BlobError::Corrupt { blob: self.id, block: leaf.id })
	}
}
