//! The chain as the worker needs it: a small trait, so that the pipeline can be tested against a fake.

mod node;

pub use node::{Node, NodeConnector};

use crate::duty::{Account, Duty, Provider};
use bytes::Bytes;
use ergon_client::Spread;
use ergon_primitives::{attestation::Reveal, BlobId, BlobLimits, BlockNumber, JobId, ShardKey};
use futures::stream::BoxStream;
use std::{future::Future, time::Duration};

/// Why the chain did not do what it was asked for.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
	/// The connection is gone or silent: connect again and ask again.
	#[error("{0}")]
	Lost(String),
	/// The node answered, and would answer the same to the same request now.
	#[error("{0}")]
	Refused(String),
}

/// What a worker sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
	/// Commitments.
	Commit(Vec<(ShardKey, [u8; 32])>),
	/// What opens them.
	Reveal(Vec<Reveal>),
	/// The provider's rest after a fault is over: it takes work again.
	Resume,
}

/// What holds for all shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
	/// The time that the chain expects between two blocks.
	pub block_time: Duration,
	/// How large blobs may be.
	pub blobs: BlobLimits,
}

/// How a blob is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
	/// The most bytes that it may have.
	pub limit: u64,
	/// How long the node may search the network for it; the transfer comes on top.
	pub within: Duration,
}

/// How a shard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardEnd {
	/// It did not yet.
	Open,
	/// A quorum agreed on the result that this blob lists.
	Agreed(BlobId),
	/// Without a result.
	Failed,
	/// The chain does not have it any more.
	Gone,
}

/// Makes connections.
pub trait Connector: Send + Sync + 'static {
	/// A connection.
	type Chain: Chain;

	/// Connects, and makes sure that there is an Ergon node at the other end.
	fn connect(&self) -> impl Future<Output = Result<Self::Chain, Trouble>> + Send;
}

/// One connection to a node. All reads are of its best block.
pub trait Chain: Clone + Send + Sync + 'static {
	/// The hash of block 0.
	fn genesis(&self) -> [u8; 32];

	/// What holds for all shards.
	fn terms(&self) -> impl Future<Output = Result<Terms, Trouble>> + Send;

	/// The height of the best block.
	fn best_block(&self) -> impl Future<Output = Result<BlockNumber, Trouble>> + Send;

	/// The heights of the best blocks to come, until the connection ends.
	fn best_blocks(
		&self,
	) -> impl Future<Output = Result<BoxStream<'static, Result<BlockNumber, Trouble>>, Trouble>> + Send;

	/// The open duties of a worker key.
	fn assignments(&self, worker: &Account) -> impl Future<Output = Result<Vec<Duty>, Trouble>> + Send;

	/// The provider that the worker key works for.
	fn employer(&self, worker: &Account) -> impl Future<Output = Result<Option<Provider>, Trouble>> + Send;

	/// How a shard ended.
	fn shard_end(&self, key: ShardKey) -> impl Future<Output = Result<ShardEnd, Trouble>> + Send;

	/// The bytes of a blob, checked against its name; `None` only if the node says that they cannot be had now, or are
	/// too many.
	fn get_blob(
		&self,
		id: BlobId,
		want: Want,
	) -> impl Future<Output = Result<Option<Vec<u8>>, Trouble>> + Send;

	/// Stores a blob, to be kept as long as the chain has the job.
	fn put_blob(&self, bytes: Bytes, job: JobId) -> impl Future<Output = Result<BlobId, Trouble>> + Send;

	/// Whether the node holds a blob, whole.
	fn has_blob(&self, id: BlobId) -> impl Future<Output = Result<bool, Trouble>> + Send;

	/// Has the node see to it that another node holds a blob of the job, and says how far that is.
	fn spread_blob(&self, id: BlobId, job: JobId) -> impl Future<Output = Result<Spread, Trouble>> + Send;

	/// Sends a report, signed by the worker's key, and waits until a best block includes it; returns that block's
	/// height.
	fn submit(&self, report: Report) -> impl Future<Output = Result<BlockNumber, Trouble>> + Send;
}
