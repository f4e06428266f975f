//! What is answered about blobs.

use serde::{Deserialize, Serialize};

/// Where and how large blobs can be put and had, and what is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Blobs {
	/// Where the node answers `PUT /blobs` and `GET /ipfs/{cid}`, as `ADDRESS:PORT`.
	pub http: Option<String>,
	/// The most bytes of a blob.
	pub max_blob: u64,
	/// The most bytes of a blob over JSON-RPC.
	pub max_rpc_blob: u64,
	/// Bytes of all blobs here, on disk.
	pub bytes: u64,
	/// Whole blobs here.
	pub blobs: u64,
}

/// How much of a blob is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobStatus {
	/// Whether all of it is.
	pub here: bool,
	/// Bytes of it that are here.
	pub have: u64,
	/// Bytes that it has, as soon as its root is here.
	pub total: Option<u64>,
	/// Whether it is being fetched.
	pub fetching: bool,
}

/// Who has a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holders {
	/// Whether this node has it, whole.
	pub here: bool,
	/// Others that were asked.
	pub peers: Vec<Holder>,
}

/// A peer that was asked for a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
	/// Its name in the network.
	pub peer: String,
	/// Whether it has the blob, whole; `null` if it did not answer.
	pub has: Option<bool>,
}

impl From<ergon_exchange::Holder> for Holder {
	fn from(holder: ergon_exchange::Holder) -> Self {
		Self { peer: holder.peer, has: holder.has }
	}
}

/// How far a blob has spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
	/// Full nodes that this one is connected to.
	pub peers: u32,
	/// How many of them are known to have it, whole.
	pub others: u32,
}
