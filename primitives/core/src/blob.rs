//! Names of bytes: IPFS CIDv1 with SHA-256.
//!
//! A blob of at most [`LEAF`] bytes is named as one raw block, so that its digest is what `sha256sum` prints. A larger
//! one is named as the root of the UnixFS tree that `ipfs add --cid-version=1 --chunker=size-1048576` builds: raw
//! leaves of [`LEAF`] bytes, at most [`MAX_LINKS`] children to a node, all leaves at the same depth.

mod cid;
mod hasher;

pub use cid::{CidError, CID_BYTES, CID_CHARS};
pub use hasher::{BlobHasher, TreeBuilder};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The bytes in a leaf, and the largest blob that is named as one raw block: 1 MiB.
pub const LEAF: usize = 1 << 20;

/// The most children of a node in the tree of a larger blob.
pub const MAX_LINKS: usize = 174;

/// The most bytes in a program until governance decides otherwise: 16 MiB.
pub const MAX_PROGRAM: u64 = 16 << 20;

/// The most bytes in any blob until governance decides otherwise: 256 MiB.
pub const MAX_BLOB: u64 = 256 << 20;

/// How large blobs may be for the market to move them, in bytes; governance sets them.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BlobLimits {
	/// A program: a worker does not fetch a larger one.
	pub max_program: u64,
	/// Any blob: a node does not keep, nor a worker fetch, a larger one.
	pub max_blob: u64,
}

impl Default for BlobLimits {
	fn default() -> Self {
		Self { max_program: MAX_PROGRAM, max_blob: MAX_BLOB }
	}
}

/// How the digest was made of the bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Codec {
	/// The bytes themselves (multicodec 0x55): blobs of at most 1 MiB, and leaves.
	#[codec(index = 0)]
	Raw,
	/// The root of a UnixFS tree over raw leaves of 1 MiB (multicodec 0x70): larger blobs.
	#[codec(index = 1)]
	DagPb,
}

/// The name of a blob: what a CIDv1 with SHA-256 says, without its constant bytes.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct BlobId {
	/// How the digest was made.
	pub codec: Codec,
	/// SHA-256 of the root block.
	pub digest: [u8; 32],
}

impl BlobId {
	/// The name of these bytes.
	pub fn of(bytes: &[u8]) -> Self {
		let mut hasher = BlobHasher::new();
		hasher.update(bytes);
		hasher.finish()
	}
}
