//! A tree as its blocks become known, in any order that has a node before what is below it.

use super::{decode, DagError, Node, MAX_DEPTH, MAX_LEAF, MAX_NODE, MAX_PLACES};
use ergon_primitives::{blob::LEAF, BlobId, Codec};
use std::collections::{BTreeMap, HashMap};

/// A leaf at its place in the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
	/// The leaf.
	pub id: BlobId,
	/// Where its bytes begin in the blob.
	pub offset: u64,
	/// How many they are.
	pub size: u64,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug)]
struct Part {
	/// The blob's bytes in it or below it, as its parent says; not known of the root at first.
	content: Option<u64>,
	/// Its own bytes and those below it, as its parent says.
	cumulative: u64,
	/// At how many places it occurs.
	times: u64,
	/// How many nodes are above it, at most.
	depth: usize,
	/// Its turn among what is missing: nodes before leaves, then in the order in which they became known.
	turn: (bool, u32),
	here: bool,
}

/// The tree below a root. Its memory is bounded by [`MAX_PLACES`], whatever the blocks say.
#[derive(Debug)]
pub struct Tree {
	root: BlobId,
	/// The most bytes that the blob may have.
	max: u64,
	parts: HashMap<BlobId, Part>,
	nodes: HashMap<BlobId, Node>,
	missing: BTreeMap<(bool, u32), BlobId>,
	places: u64,
	have: u64,
}

impl Tree {
	/// A tree of which only the root's name is known. `max`: the most bytes of content that it may have.
	pub fn new(root: BlobId, max: u64) -> Self {
		// A blob that is one block is no larger than a leaf of ours: more bytes would have another name.
		let max = if root.codec == Codec::Raw { max.min(LEAF as u64) } else { max };
		let turn = (root.codec == Codec::Raw, 0);
		let part = Part { content: None, cumulative: 0, times: 1, depth: 0, turn, here: false };
		Self {
			root,
			max,
			parts: HashMap::from([(root, part)]),
			nodes: HashMap::new(),
			missing: BTreeMap::from([(turn, root)]),
			places: 1,
			have: 0,
		}
	}

	/// The bytes of content; `None` until the root is here.
	pub fn size(&self) -> Option<u64> {
		match self.parts.get(&self.root) {
			Some(part) => part.content,
			None => None,
		}
	}

	/// How many bytes of content are here.
	pub fn have(&self) -> u64 {
		self.have
	}

	/// Whether all blocks are here.
	pub fn is_whole(&self) -> bool {
		self.missing.is_empty()
	}

	/// Blocks that are missing: nodes first, then leaves in about the order of the blob's bytes.
	pub fn wanted(&self) -> impl Iterator<Item = BlobId> + '_ {
		self.missing.values().copied()
	}

	/// Whether a block is known to belong to the tree and is missing.
	pub fn wants(&self, id: &BlobId) -> bool {
		self.parts.get(id).is_some_and(|part| !part.here)
	}

	/// Whether a block is known to belong to the tree.
	pub fn contains(&self, id: &BlobId) -> bool {
		self.parts.contains_key(id)
	}

	/// The most bytes that a block may have.
	pub fn limit(&self, id: &BlobId) -> u64 {
		match id.codec {
			Codec::Raw => self.parts.get(id).and_then(|part| part.content).unwrap_or(MAX_LEAF),
			Codec::DagPb => MAX_NODE as u64,
		}
	}

	/// All blocks that are known, each once, with the bytes of its file: of a node that is not here the most that they
	/// can be.
	pub fn blocks(&self) -> impl Iterator<Item = (BlobId, u64)> + '_ {
		self.parts.iter().map(|(id, part)| (*id, self.size_of(id, part)))
	}

	fn size_of(&self, id: &BlobId, part: &Part) -> u64 {
		match self.nodes.get(id) {
			Some(node) => node.cumulative - node.links.iter().map(|link| link.cumulative).sum::<u64>(),
			None if id.codec == Codec::Raw => part.content.unwrap_or(0),
			// Its own bytes and those of the nodes below it.
			None => part.cumulative.saturating_sub(part.content.unwrap_or(0)),
		}
	}

	/// A block that is known, with the bytes of its file, as [`Self::blocks`] says it.
	pub fn size_of_block(&self, id: &BlobId) -> Option<u64> {
		self.parts.get(id).map(|part| self.size_of(id, part))
	}

	/// Takes a block in whose bytes are known to have that name. What it links to is known from then on: the answer
	/// lists those that were not. After an error the tree is of no use.
	pub fn insert(&mut self, id: &BlobId, bytes: &[u8]) -> Result<Vec<BlobId>, DagError> {
		match id.codec {
			Codec::Raw => self.insert_leaf(id, bytes.len() as u64).map(|()| Vec::new()),
			Codec::DagPb => self.insert_node(id, decode(bytes)?),
		}
	}

	/// Takes a leaf in of which only the size is looked at.
	pub fn insert_leaf(&mut self, id: &BlobId, size: u64) -> Result<(), DagError> {
		let Some(part) = self.parts.get_mut(id) else { return Ok(()) };
		if *part.content.get_or_insert(size) != size {
			return Err(DagError::Sizes);
		}
		if size > self.max {
			return Err(DagError::TooLarge);
		}
		if !part.here {
			part.here = true;
			self.have += size * part.times;
			self.missing.remove(&part.turn);
		}
		Ok(())
	}

	/// Says that a block is missing after all.
	pub fn forget_leaf(&mut self, id: &BlobId) {
		if let Some(part) = self.parts.get_mut(id).filter(|part| part.here && id.codec == Codec::Raw) {
			part.here = false;
			self.have -= part.content.unwrap_or(0) * part.times;
			self.missing.insert(part.turn, *id);
		}
	}

	fn insert_node(&mut self, id: &BlobId, node: Node) -> Result<Vec<BlobId>, DagError> {
		let Some(part) = self.parts.get_mut(id) else { return Ok(Vec::new()) };
		if part.here {
			return Ok(Vec::new());
		}
		match part.content {
			Some(content) if content != node.content || part.cumulative != node.cumulative => {
				return Err(DagError::Sizes);
			},
			Some(_) => {},
			None if node.content > self.max => return Err(DagError::TooLarge),
			None => part.content = Some(node.content),
		}
		part.here = true;
		part.cumulative = node.cumulative;
		let (times, depth, turn) = (part.times, part.depth, part.turn);
		self.missing.remove(&turn);
		let links = node.links.clone();
		self.nodes.insert(*id, node);
		let mut new = Vec::new();
		for link in &links {
			self.place(link.id, link.content, link.cumulative, times, depth + 1, &mut new)?;
		}
		Ok(new)
	}

	/// Adds places at which a block occurs, and all places below it. Each call adds at least one place, and their sum is
	/// bounded: so is all work of this kind together.
	fn place(
		&mut self,
		id: BlobId,
		content: u64,
		cumulative: u64,
		times: u64,
		depth: usize,
		new: &mut Vec<BlobId>,
	) -> Result<(), DagError> {
		self.places = self.places.saturating_add(times);
		if self.places > MAX_PLACES {
			return Err(DagError::Places);
		}
		if id.codec == Codec::DagPb && depth >= MAX_DEPTH {
			return Err(DagError::Depth);
		}
		let turn = (id.codec == Codec::Raw, self.parts.len() as u32);
		let part = self.parts.entry(id).or_insert_with(|| {
			self.missing.insert(turn, id);
			new.push(id);
			Part { content: Some(content), cumulative, times: 0, depth: 0, turn, here: false }
		});
		if part.content != Some(content) || part.cumulative != cumulative {
			return Err(DagError::Sizes);
		}
		part.times += times;
		part.depth = part.depth.max(depth);
		if part.here && id.codec == Codec::Raw {
			self.have += content * times;
		}
		let Some(links) = self.nodes.get(&id).map(|node| node.links.clone()) else { return Ok(()) };
		for link in links {
			self.place(link.id, link.content, link.cumulative, times, depth + 1, new)?;
		}
		Ok(())
	}

	/// All leaves in the order of the blob's bytes. Meant for trees of which all nodes are here; what is below a missing
	/// node is left out.
	pub fn leaves(&self) -> Vec<Leaf> {
		let mut leaves = Vec::new();
		let mut offset = 0;
		self.collect(self.root, self.size().unwrap_or(0), &mut offset, &mut leaves);
		leaves
	}

	fn collect(&self, id: BlobId, size: u64, offset: &mut u64, leaves: &mut Vec<Leaf>) {
		match self.nodes.get(&id) {
			Some(node) => {
				for link in &node.links {
					self.collect(link.id, link.content, offset, leaves);
				}
			},
			None => {
				if id.codec == Codec::Raw {
					leaves.push(Leaf { id, offset: *offset, size });
				}
				*offset += size;
			},
		}
	}
}
