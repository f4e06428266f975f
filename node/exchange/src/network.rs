//! What the rest of the node sees of the exchange.

use ergon_blobs::{BlobError, Hold};
use ergon_primitives::{BlobId, JobId};
use futures::{future::BoxFuture, FutureExt};
use std::time::Duration;

/// Blobs of other nodes.
///
/// Gateway and RPC are written against this, so that they can be tested, and run, without a network: see [`Offline`].
pub trait Network: Send + Sync {
	/// Fetches a blob of at most `max` bytes into the store, within that time, and holds it there as `hold` says.
	///
	/// What is here already is not fetched again, what an earlier fetch left behind is taken up where it stopped, and
	/// fetches of one blob at the same time share the work. `Ok` means that the blob is here, whole and verified.
	fn fetch(
		&self,
		id: BlobId,
		hold: Hold,
		within: Duration,
		max: u64,
	) -> BoxFuture<'static, Result<Fetched, FetchError>>;

	/// Asks the connected full nodes, and whom the network's table names as providers, whether they hold a blob whole.
	/// Those that have not answered within that time are listed all the same. This node is not among them.
	fn find(&self, id: BlobId, within: Duration) -> BoxFuture<'static, Vec<Holder>>;

	/// Makes others hold a blob of this node for a job: asks who has it, and asks a few to fetch and keep it. Ends when
	/// one holds it whole, or after that time.
	fn spread(&self, id: BlobId, job: JobId, within: Duration) -> BoxFuture<'static, Spread>;

	/// Whether a fetch of that blob is under way.
	fn fetching(&self, _id: &BlobId) -> bool {
		false
	}
}

/// A blob that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
	/// Its content in bytes.
	pub size: u64,
	/// The peers that gave blocks of it; empty if it was here.
	pub from: Vec<String>,
}

/// A peer that was asked for a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
	/// Its name in the network.
	pub peer: String,
	/// Whether it holds the blob whole; `None` if it did not answer.
	pub has: Option<bool>,
}

/// How far a blob has spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
	/// Full nodes that this one is connected to.
	pub peers: u32,
	/// How many of them are known to hold the blob whole.
	pub others: u32,
}

/// Why a blob could not be fetched.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
	/// Within the time, nobody who was asked had any of it.
	#[error("none of the {} peers that were asked has the blob", asked.len())]
	NotFound {
		/// Who was asked.
		asked: Vec<Holder>,
	},
	/// The time was over before all of it was here. What is here is kept, and the next fetch goes on from it.
	#[error("only {have} bytes of the blob arrived in time")]
	Deadline {
		/// Bytes of content that are here.
		have: u64,
		/// Bytes that it has, once its root is here.
		total: Option<u64>,
		/// Who was asked.
		asked: Vec<Holder>,
	},
	/// It has more bytes than this fetch was to take.
	#[error("the blob has more than {limit} bytes")]
	TooLarge {
		/// The most that it was to have.
		limit: u64,
	},
	/// The name is that of a tree of blocks that is no blob: its parts contradict each other or go beyond the bounds.
	#[error("the blob's tree is not sound: {0}")]
	BadDag(String),
	/// The store could not take it.
	#[error(transparent)]
	Store(std::sync::Arc<BlobError>),
	/// The exchange has ended, or this node has none.
	#[error("this node is not connected to the network of blobs")]
	Closed,
}

impl From<BlobError> for FetchError {
	fn from(error: BlobError) -> Self {
		Self::Store(std::sync::Arc::new(error))
	}
}

/// No network: nobody has anything. For tests, and for a node with `--no-blobs-network`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl Network for Offline {
	fn fetch(
		&self,
		_: BlobId,
		_: Hold,
		_: Duration,
		_: u64,
	) -> BoxFuture<'static, Result<Fetched, FetchError>> {
		futures::future::ready(Err(FetchError::NotFound { asked: Vec::new() })).boxed()
	}

	fn find(&self, _: BlobId, _: Duration) -> BoxFuture<'static, Vec<Holder>> {
		futures::future::ready(Vec::new()).boxed()
	}

	fn spread(&self, _: BlobId, _: JobId, _: Duration) -> BoxFuture<'static, Spread> {
		futures::future::ready(Spread::default()).boxed()
	}

	fn fetching(&self, _: &BlobId) -> bool {
		false
	}
}
