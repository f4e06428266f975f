//! Names bytes as they stream by, without keeping them.

use super::{BlobId, Codec, LEAF, MAX_LINKS};
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// A block that a node of the tree will link to.
#[derive(Clone, Copy)]
struct Child {
	id: BlobId,
	/// The blob's bytes below it.
	content: u64,
	/// Its own bytes and those of all blocks below it.
	cumulative: u64,
}

/// Builds the tree over leaves that come in order, and hands out each node as it is complete: what [`BlobHasher`] names
/// bytes with, and who stores them needs too. A blob with one leaf has no node.
#[derive(Clone, Default)]
pub struct TreeBuilder {
	/// For each level of the tree from the leaves up, the blocks that have no parent yet: 1 to [`MAX_LINKS`] of them.
	levels: Vec<Vec<Child>>,
}

impl core::fmt::Debug for TreeBuilder {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.debug_struct("TreeBuilder").finish_non_exhaustive()
	}
}

impl TreeBuilder {
	/// No leaf yet.
	pub fn new() -> Self {
		Self::default()
	}

	/// Adds the next leaf: the SHA-256 of its bytes, and how many there are. `node` is given the name and the bytes of
	/// each node that is complete now.
	pub fn leaf(&mut self, digest: [u8; 32], size: u64, node: &mut dyn FnMut(BlobId, Vec<u8>)) {
		let id = BlobId { codec: Codec::Raw, digest };
		self.push(0, Child { id, content: size, cumulative: size }, node);
	}

	/// The root's name; `None` if there was no leaf. `node` is given the nodes that were not complete before, the root last.
	pub fn finish(mut self, node: &mut dyn FnMut(BlobId, Vec<u8>)) -> Option<BlobId> {
		let mut level = 0;
		loop {
			match self.levels.get(level).map(Vec::as_slice) {
				None => return None,
				Some([root]) if self.levels.len() == level + 1 => return Some(root.id),
				Some(_) => {
					let parent = self.close_node(level, node);
					level += 1;
					self.push(level, parent, node);
				},
			}
		}
	}

	/// Adds a block to a level, first giving those there a parent if they are as many as one can have.
	fn push(&mut self, level: usize, child: Child, node: &mut dyn FnMut(BlobId, Vec<u8>)) {
		if self.levels.get(level).is_some_and(|children| children.len() == MAX_LINKS) {
			let parent = self.close_node(level, node);
			self.push(level + 1, parent, node);
		}
		if self.levels.len() <= level {
			self.levels.resize_with(level + 1, Vec::new);
		}
		self.levels[level].push(child);
	}

	/// Makes one node of the blocks that wait in a level.
	fn close_node(&mut self, level: usize, node: &mut dyn FnMut(BlobId, Vec<u8>)) -> Child {
		let children = self.levels.get_mut(level).map(core::mem::take).unwrap_or_default();
		let block = encode_node(&children);
		let id = BlobId { codec: Codec::DagPb, digest: Sha256::digest(&block).into() };
		let cumulative = block.len() as u64 + children.iter().map(|child| child.cumulative).sum::<u64>();
		node(id, block);
		Child { id, content: children.iter().map(|child| child.content).sum(), cumulative }
	}
}

/// Computes the name of bytes that come in pieces of any size, in memory that grows by 56 bytes a MiB at first and hardly
/// at all above [`MAX_LINKS`] MiB.
#[derive(Clone)]
pub struct BlobHasher {
	leaf: Sha256,
	in_leaf: usize,
	tree: TreeBuilder,
}

impl core::fmt::Debug for BlobHasher {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.debug_struct("BlobHasher").finish_non_exhaustive()
	}
}

impl Default for BlobHasher {
	fn default() -> Self {
		Self::new()
	}
}

impl BlobHasher {
	/// Nothing hashed yet.
	pub fn new() -> Self {
		Self { leaf: Sha256::new(), in_leaf: 0, tree: TreeBuilder::new() }
	}

	/// Hashes the next bytes.
	pub fn update(&mut self, mut bytes: &[u8]) {
		while !bytes.is_empty() {
			// A full leaf is closed only when a byte follows it: the last leaf is never empty but in the empty blob.
			if self.in_leaf == LEAF {
				self.close_leaf();
			}
			let (now, later) = bytes.split_at(bytes.len().min(LEAF - self.in_leaf));
			self.leaf.update(now);
			self.in_leaf += now.len();
			bytes = later;
		}
	}

	/// The name of all bytes hashed.
	pub fn finish(mut self) -> BlobId {
		let digest = self.close_leaf();
		// There is a leaf, so there is a root.
		self.tree.finish(&mut |_, _| ()).unwrap_or(BlobId { codec: Codec::Raw, digest })
	}

	fn close_leaf(&mut self) -> [u8; 32] {
		let digest = self.leaf.finalize_reset().into();
		self.tree.leaf(digest, self.in_leaf as u64, &mut |_, _| ());
		self.in_leaf = 0;
		digest
	}
}

/// The dag-pb block of a node: its links in order, then the UnixFS message that says it is a file of such a size, in
/// parts of such sizes. Protobuf by hand: field numbers and types are fixed, and so is the order.
fn encode_node(children: &[Child]) -> Vec<u8> {
	let mut block = Vec::new();
	for child in children {
		let mut link = Vec::new();
		bytes_field(&mut link, 1, &child.id.to_cid());
		// The name: empty, but present.
		bytes_field(&mut link, 2, &[]);
		number_field(&mut link, 3, child.cumulative);
		bytes_field(&mut block, 2, &link);
	}
	let mut file = Vec::new();
	// The type: 2 is a file.
	number_field(&mut file, 1, 2);
	number_field(&mut file, 3, children.iter().map(|child| child.content).sum());
	for child in children {
		number_field(&mut file, 4, child.content);
	}
	bytes_field(&mut block, 1, &file);
	block
}

fn number_field(out: &mut Vec<u8>, field: u8, value: u64) {
	out.push(field << 3);
	varint(out, value);
}

fn bytes_field(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
	out.push(field << 3 | 2);
	varint(out, bytes.len() as u64);
	out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
	while value >= 0x80 {
		out.push(value as u8 | 0x80);
		value >>= 7;
	}
	out.push(value as u8);
}
