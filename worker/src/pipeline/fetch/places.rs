//! Where else a blob may be than at the node: what a job's hints say, and the operator's own stores.

use ergon_primitives::{BlobId, Hints};
use futures::{future::BoxFuture, FutureExt};
use std::time::Duration;

/// What is looked for, and how long and how large it may be.
#[derive(Clone, Debug)]
pub struct Search {
	/// The blob.
	pub id: BlobId,
	/// What the job says of where its blobs are.
	pub hints: Hints,
	/// The most bytes that it may have; more is as good as nothing.
	pub limit: u64,
	/// How long the search may take, transfer included. Whoever waits drops the future when it does not wait any more.
	pub within: Duration,
}

/// Places where blobs may be, asked when the node does not have one.
pub trait Places: Send + Sync + 'static {
	/// The bytes of a blob, checked against its name; `None` if they cannot be had now, or if there is no place to look.
	/// Says in the log what was in the way.
	fn find(&self, search: Search) -> BoxFuture<'static, Option<Vec<u8>>>;

	/// Whether there is any place to look for the blobs of a job with these hints.
	fn any(&self, hints: &Hints) -> bool;
}

/// No places but the node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Places for Nowhere {
	fn find(&self, _: Search) -> BoxFuture<'static, Option<Vec<u8>>> {
		std::future::ready(None).boxed()
	}

	fn any(&self, _: &Hints) -> bool {
		false
	}
}
