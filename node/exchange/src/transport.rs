//! What the client asks of the network: the seam at which tests put simulated peers.

use crate::wire::{Kept, Presence};
use bytes::Bytes;
use ergon_primitives::{BlobId, JobId};
use futures::future::BoxFuture;
use sc_network::ReputationChange;
use sc_network_types::PeerId;

/// Why a peer did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
	/// It asks for patience.
	Busy,
	/// It did not answer in time.
	Silent,
	/// There is no way to it, or it closed the stream.
	Gone,
	/// What it said was no answer.
	Garbage,
}

/// What a peer did that costs reputation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offence {
	/// It answered with bytes that are not the block that was asked for.
	WrongBytes,
	/// It sent what is no answer.
	Garbage,
	/// It sent blocks that nobody had asked for.
	Unasked,
	/// It asked for far more at once than anybody needs.
	Flood,
	/// It asked for blocks and did not read them.
	NotReading,
}

impl Offence {
	/// As metrics call it.
	pub(crate) fn label(self) -> &'static str {
		match self {
			Self::WrongBytes => "wrong-bytes",
			Self::Garbage => "garbage",
			Self::Unasked => "unasked",
			Self::Flood => "flood",
			Self::NotReading => "not-reading",
		}
	}

	/// What it costs. Reputation ends at `i32::MIN`; at 71 % of that a peer is banned and disconnected, and it comes back by
	/// 2 % a second. A node verifies a block before it sends it, so that wrong bytes are no accident: one lie is enough.
	pub(crate) fn cost(self) -> ReputationChange {
		match self {
			Self::WrongBytes => ReputationChange::new_fatal("blobs: bytes that are not the block's"),
			Self::Garbage => ReputationChange::new(i32::MIN / 4, "blobs: no answer but noise"),
			Self::Unasked => ReputationChange::new(i32::MIN / 2, "blobs: blocks that nobody asked for"),
			Self::Flood => ReputationChange::new(i32::MIN / 16, "blobs: far too many wants"),
			Self::NotReading => ReputationChange::new(i32::MIN / 64, "blobs: blocks asked for and not read"),
		}
	}
}

/// Ways to other nodes.
pub(crate) trait Transport: Send + Sync + 'static {
	/// The connected full nodes.
	fn peers(&self) -> BoxFuture<'static, Vec<PeerId>>;
	/// Those whom the network's table names as holders of a blob.
	fn providers(&self, id: BlobId) -> BoxFuture<'static, Vec<PeerId>>;
	/// Asks whether a peer has a block.
	fn have(&self, peer: PeerId, id: BlobId) -> BoxFuture<'static, Result<Presence, Failure>>;
	/// Asks for a block; `None`: the peer does not have it. The bytes are not verified.
	fn block(&self, peer: PeerId, id: BlobId) -> BoxFuture<'static, Result<Option<Bytes>, Failure>>;
	/// Asks a peer to keep a blob for a job.
	fn keep(&self, peer: PeerId, id: BlobId, job: JobId) -> BoxFuture<'static, Result<Kept, Failure>>;
	/// Lowers a peer's reputation.
	fn charge(&self, peer: PeerId, offence: Offence);
}
