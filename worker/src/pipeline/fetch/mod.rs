//! Getting blobs: from the node, which searches the network for them, and from other places where there are any.

pub mod locations;
mod places;

pub use places::{Nowhere, Places, Search};

use super::{Halt, Link, Stop};
use crate::{
	chain::{Chain, Trouble, Want},
	metrics::Metrics,
};
use bytes::Bytes;
use ergon_primitives::{BlobId, BlockNumber, Hints, JobId};
use std::{pin::pin, time::Duration};

/// However late it is, a blob that nobody has is asked for this often before that is claimed.
const MIN_TRIES: u32 = 3;
/// Between the last tries, when block `give_up` has come and the claim must be made soon.
const LAST_WAIT: Duration = Duration::from_millis(200);
/// The least and the longest that one search may take.
const SEARCH: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(120));
/// How long the node searches alone before other places are asked as well.
const HEAD_START: Duration = Duration::from_secs(3);

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
	/// The blob.
	pub id: BlobId,
	/// The job that names it.
	pub job: JobId,
	/// The most bytes; a larger one is as good as nothing, for every worker alike.
	pub limit: u64,
	/// What the job says of where its blobs are.
	pub hints: &'a Hints,
	/// The block from which on it may be given up.
	pub give_up: BlockNumber,
	/// The time between two blocks.
	pub block_time: Duration,
}

/// Who gave a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whence {
	/// The node, from wherever it had it.
	Node,
	/// A store or a hint.
	Elsewhere,
}

/// What blobs are fetched with.
#[derive(Clone, Copy)]
pub struct Fetcher<'a, C> {
	/// The connection to the node.
	pub link: &'a Link<C>,
	/// Other places.
	pub places: &'a dyn Places,
	/// What is counted.
	pub metrics: &'a Metrics,
	/// Says when nobody waits for it any more.
	pub stop: &'a Stop,
}

impl<C: Chain> Fetcher<'_, C> {
	/// The bytes of a blob.
	///
	/// [`Halt::Unavailable`] means that the node has said, again and again until block `give_up`, that it cannot be had.
	/// A connection that is gone, or a node that fails, is this machine's trouble and no reason to claim anything: those
	/// are retried until the duty is over.
	pub async fn blob(&self, wanted: Wanted<'_>) -> Result<Vec<u8>, Halt> {
		let Wanted { id, give_up, .. } = wanted;
		let link = self.link;
		let mut backoff = link.pace.backoff();
		let mut missing = 0;
		let mut last = None;
		loop {
			match self.stop.or(self.anywhere(&wanted)).await? {
				Ok(Some((bytes, whence))) => {
					if whence == Whence::Elsewhere {
						self.hand_on(id, wanted.job, Bytes::copy_from_slice(&bytes));
					}
					self.metrics.blobs.with_label_values(&["fetched"]).inc();
					self.metrics.blob_bytes.with_label_values(&["in"]).inc_by(bytes.len() as u64);
					return Ok(bytes);
				},
				Ok(None) => {
					missing += 1;
					if missing == 1 {
						tracing::info!(blob = %id, give_up, "the node does not have a blob yet, and nobody that it asked; asking again");
					}
					if missing >= MIN_TRIES && link.best() >= give_up {
						self.metrics.blobs.with_label_values(&["missing"]).inc();
						return Err(Halt::Unavailable(id));
					}
				},
				Err(trouble) => {
					let text = trouble.to_string();
					if last.as_ref() != Some(&text) {
						match trouble {
							// The one who keeps the connection says so already.
							Trouble::Lost(_) => {
								tracing::debug!(blob = %id, %text, "a blob could not be fetched")
							},
							Trouble::Refused(_) => {
								tracing::warn!(blob = %id, %text, "a blob could not be fetched; trying again");
							},
						}
						last = Some(text);
					}
				},
			}
			if link.best() >= give_up {
				self.stop.or(tokio::time::sleep(LAST_WAIT)).await?;
			} else {
				// However long the wait has become, it must not outlast the time in which the claim can be made.
				self.stop.or(tokio::time::timeout(backoff.wait(), link.reached(give_up))).await?.ok();
			}
		}
	}

	/// One search: at the node, and a little later elsewhere as well; whoever has it first. What the node says counts
	/// where nobody else has it.
	async fn anywhere(&self, wanted: &Wanted<'_>) -> Result<Option<(Vec<u8>, Whence)>, Trouble> {
		let &Wanted { id, limit, hints, give_up, block_time, .. } = wanted;
		let of_node = |bytes| (bytes, Whence::Node);
		let of_places = |bytes| (bytes, Whence::Elsewhere);
		let left = block_time.saturating_mul(give_up.saturating_sub(self.link.best()));
		let within = left.clamp(SEARCH.0, SEARCH.1);
		let want = Want { limit, within };
		let at_node = self.link.within(within, limit, |chain| async move { chain.get_blob(id, want).await });
		if !self.places.any(hints) {
			return Ok(at_node.await?.map(of_node));
		}
		let mut at_node = pin!(at_node);
		let early = tokio::time::timeout(HEAD_START, &mut at_node).await;
		if let Ok(Ok(Some(bytes))) = early {
			return Ok(Some(of_node(bytes)));
		}
		let mut elsewhere = self.places.find(Search { id, hints: hints.clone(), limit, within });
		let answer = match early {
			Ok(answer) => answer,
			Err(_) => tokio::select! {
				biased;
				answer = &mut at_node => answer,
				found = &mut elsewhere => return match found {
					Some(bytes) => Ok(Some(of_places(bytes))),
					None => Ok(at_node.await?.map(of_node)),
				},
			},
		};
		match answer {
			Ok(Some(bytes)) => Ok(Some(of_node(bytes))),
			// A search that has begun goes on.
			other => match elsewhere.await {
				Some(bytes) => Ok(Some(of_places(bytes))),
				None => other.map(|_| None),
			},
		}
	}

	/// Gives the node what it could not get, so that others can have it: replicas whose workers do not look in the same
	/// places would have to say that it is unavailable. Nobody waits for it, and it is not tried twice.
	fn hand_on(&self, id: BlobId, job: JobId, bytes: Bytes) {
		let link = self.link.clone();
		tokio::spawn(async move {
			let len = bytes.len() as u64;
			match link.ask_for(len, |chain| async move { chain.put_blob(bytes, job).await }).await {
				Ok(_) => tracing::debug!(blob = %id, "the node has what was fetched elsewhere"),
				Err(trouble) => {
					tracing::warn!(blob = %id, %trouble, "the node did not take what was fetched elsewhere; others may not find it");
				},
			}
		});
	}
}
