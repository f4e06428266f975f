//! The blocks of trees, shared by any number of them, and what may not be touched.

use super::{charge, Index};
use ergon_primitives::{BlobId, Codec};
use std::collections::HashSet;

/// A block of a tree.
#[derive(Debug)]
pub(crate) struct Block {
	/// In how many blobs' trees it is.
	refs: u32,
	/// The bytes of its file; of a node that is missing 0.
	size: u32,
	here: bool,
}

impl Index {
	/// Whether a block's file is here because a blob has it.
	pub(crate) fn counted(&self, id: &BlobId) -> bool {
		self.blocks.get(id).is_some_and(|block| block.here)
			|| (id.codec == Codec::Raw && self.roots.get(id).is_some_and(|root| root.whole))
	}

	/// Whether a block's file must stay.
	pub(crate) fn needed(&self, id: &BlobId) -> bool {
		self.pins.contains_key(id) || self.counted(id)
	}

	/// The size of a block that is here.
	pub(crate) fn block(&self, id: &BlobId) -> Option<u64> {
		match self.blocks.get(id).filter(|block| block.here) {
			Some(block) => Some(block.size.into()),
			None if id.codec == Codec::Raw => {
				self.roots.get(id).filter(|root| root.whole).map(|root| root.size)
			},
			None => None,
		}
	}

	/// Counts a file, or no more, if that changed.
	pub(super) fn recount(&mut self, id: &BlobId, size: u64, before: bool) {
		match (before, self.counted(id)) {
			(false, true) => self.bytes += charge(size),
			(true, false) => self.bytes = self.bytes.saturating_sub(charge(size)),
			_ => {},
		}
	}

	/// Says which blocks a blob's tree has: those that are new to it are added.
	pub(crate) fn add_parts(&mut self, root: &BlobId, parts: &[(BlobId, u64)]) {
		match self.roots.get(root).and_then(|root| root.parts.as_ref()) {
			Some(known) if !known.blocks.is_empty() => {
				let known: HashSet<_> = known.blocks.iter().copied().collect();
				let new: Vec<_> = parts.iter().filter(|(id, _)| !known.contains(id)).copied().collect();
				self.add_new_parts(root, &new);
			},
			_ => self.add_new_parts(root, parts),
		}
	}

	/// As [`Self::add_parts`], of blocks that the tree did not have.
	pub(crate) fn add_new_parts(&mut self, root: &BlobId, parts: &[(BlobId, u64)]) {
		let Some(owner) = self.roots.get_mut(root) else { return };
		let Some(known) = owner.parts.as_mut() else { return };
		let mut added = 0;
		for (id, size) in parts {
			known.blocks.push(*id);
			let block = self.blocks.entry(*id).or_insert(Block { refs: 0, size: 0, here: false });
			block.refs += 1;
			// A block that is here has its true size.
			if !block.here {
				block.size = u32::try_from(*size).unwrap_or(u32::MAX);
			}
			added += charge(block.size.into());
		}
		known.charge += added;
		if owner.loose {
			self.loose_bytes += added;
		}
		// One that was a blob of its own is counted already.
		for (id, size) in parts {
			if id.codec == Codec::Raw && self.roots.get(id).is_some_and(|root| root.whole) {
				if let Some(block) = self.blocks.get_mut(id) {
					block.here = true;
					block.size = u32::try_from(*size).unwrap_or(u32::MAX);
				}
			}
		}
	}

	/// Says that the file of a tree's block is on disk, with so many bytes.
	pub(crate) fn block_here(&mut self, id: &BlobId, size: u64) {
		let before = self.counted(id);
		let Some(block) = self.blocks.get_mut(id) else { return };
		block.here = true;
		block.size = u32::try_from(size).unwrap_or(u32::MAX);
		self.recount(id, size, before);
	}

	/// One blob fewer has the block.
	pub(super) fn release_block(&mut self, id: &BlobId) {
		let before = self.counted(id);
		let Some(block) = self.blocks.get_mut(id) else { return };
		block.refs = block.refs.saturating_sub(1);
		if block.refs == 0 {
			let size = block.size.into();
			self.blocks.remove(id);
			self.recount(id, size, before);
		}
	}

	/// Says that a block's file is gone though blobs have it: they are partial from now on.
	pub(crate) fn lose(&mut self, id: &BlobId, outcome: &mut super::Outcome) {
		if id.codec == Codec::Raw {
			self.set_whole(*id, false, outcome);
		}
		let before = self.counted(id);
		if let Some(block) = self.blocks.get_mut(id) {
			block.here = false;
			let size = block.size.into();
			self.recount(id, size, before);
			let broken: Vec<_> = self
				.roots
				.iter()
				.filter(|(_, root)| {
					root.whole && root.parts.as_ref().is_some_and(|parts| parts.blocks.contains(id))
				})
				.map(|(root, _)| *root)
				.collect();
			broken.into_iter().for_each(|root| self.set_whole(root, false, outcome));
		}
	}

	/// Notes that there is a file of that name. Says whether it belongs to something.
	pub(crate) fn found(&mut self, id: &BlobId, outcome: &mut super::Outcome) -> bool {
		let single = id.codec == Codec::Raw && self.roots.contains_key(id);
		if single {
			self.set_whole(*id, true, outcome);
		}
		let size = self.blocks.get(id).map(|block| block.size);
		if let Some(size) = size {
			self.block_here(id, size.into());
		}
		single || size.is_some()
	}

	/// Forgets loose blobs of which nothing is here.
	pub(crate) fn forget_empty(&mut self) {
		let nothing = |parts: &super::Parts| parts.blocks.iter().all(|block| !self.counted(block));
		let empty: Vec<_> = self
			.roots
			.iter()
			.filter(|(_, root)| root.loose && !root.whole && root.parts.as_deref().is_none_or(nothing))
			.map(|(id, _)| *id)
			.collect();
		empty.into_iter().for_each(|id| self.gone(id, &mut super::Outcome::default()));
	}

	/// The blocks of a blob's tree that are known.
	pub(crate) fn parts(&self, root: &BlobId) -> HashSet<BlobId> {
		let parts = self.roots.get(root).and_then(|root| root.parts.as_ref());
		parts.map(|parts| parts.blocks.iter().copied().collect()).unwrap_or_default()
	}

	/// Whether all blocks of a blob are here, its tree being known.
	pub(crate) fn complete(&self, id: &BlobId) -> bool {
		self.roots.get(id).and_then(|root| root.parts.as_ref()).is_some_and(|parts| {
			!parts.blocks.is_empty() && parts.blocks.iter().all(|part| self.counted(part))
		})
	}

	/// Keeps a blob, and the file of a block of that name, from being removed.
	pub(crate) fn pin(&mut self, id: BlobId) {
		*self.pins.entry(id).or_insert(0) += 1;
	}

	/// The opposite of [`Self::pin`]. Says whether a file of that name would have no reason to be there.
	pub(crate) fn unpin(&mut self, id: &BlobId) -> bool {
		match self.pins.get_mut(id) {
			Some(count) if *count > 1 => *count -= 1,
			_ => drop(self.pins.remove(id)),
		}
		!self.needed(id)
	}

	pub(super) fn is_pinned(&self, id: &BlobId) -> bool {
		self.pins.contains_key(id)
	}
}
