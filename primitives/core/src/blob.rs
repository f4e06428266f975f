//! Names of bytes: IPFS CIDv1 with SHA-256.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

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
