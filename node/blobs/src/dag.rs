//! The trees of blobs above one block, as strangers send them: dag-pb nodes with UnixFS files in them over raw leaves.
//!
//! Pure: bytes in, a node or a reason out. What is taken is more than what this store writes, so that a blob named by
//! another importer can be had too, but every number in it is bounded and checked against the others:
//!
//! * a node has 1 to [`MAX_WIDTH`] links and at most [`MAX_NODE`] bytes, a leaf 1 byte to [`MAX_LEAF`];
//! * a tree is at most [`MAX_DEPTH`] levels deep and has at most [`MAX_PLACES`] blocks, a block that occurs at
//!   several places counted at each: a few blocks that repeat each other cannot stand for terabytes;
//! * all content is in raw leaves; a node says how much is below it and below each of its links, and its children
//!   must agree, in content and in bytes of blocks.

mod node;
mod tree;

pub use node::{decode, Link, Node};
pub use tree::{Leaf, Tree};

/// The most bytes of a leaf: 2 MiB, as Bitswap carries. Ours have 1 MiB.
pub const MAX_LEAF: u64 = 2 << 20;

/// The most bytes of a node: 256 KiB. Ours have 9.
pub const MAX_NODE: usize = 256 << 10;

/// The most links of a node. Ours have [`ergon_primitives::blob::MAX_LINKS`].
pub const MAX_WIDTH: usize = 2048;

/// The most levels of nodes above the leaves.
pub const MAX_DEPTH: usize = 8;

/// The most blocks of a tree, each counted at every place where it occurs.
pub const MAX_PLACES: u64 = 1 << 16;

/// Why blocks form no tree that the store takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DagError {
	/// The bytes are not dag-pb in its one form.
	#[error("a node is malformed: {0}")]
	Malformed(&'static str),
	/// It is a folder, a symbolic link or something else that is no file.
	#[error("a node is no part of a file (UnixFS type {0})")]
	NotAFile(u64),
	/// A node has content of its own.
	#[error("a node has content beside its links; only raw leaves may")]
	Inline,
	/// A link names what is neither raw nor dag-pb with SHA-256.
	#[error("a link names no block that a blob can have")]
	Link,
	/// A node is too large or has too many links.
	#[error("a node is larger than {MAX_NODE} bytes or {MAX_WIDTH} links")]
	Width,
	/// A leaf is empty or too large.
	#[error("a leaf is empty or larger than {MAX_LEAF} bytes")]
	LeafSize,
	/// There is more content than was asked for.
	#[error("the blob is larger than was asked for")]
	TooLarge,
	/// There are too many levels.
	#[error("the tree is deeper than {MAX_DEPTH} levels")]
	Depth,
	/// There are too many blocks.
	#[error("the tree has more than {MAX_PLACES} blocks")]
	Places,
	/// A block has another size than the node above it said, or a node's parts are not as large as the whole.
	#[error("sizes in the tree do not agree")]
	Sizes,
}
