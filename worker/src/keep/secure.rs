//! Bringing a result's blobs to the node and beyond it.

use super::{blobs_of, Secured, Shelf};
use crate::{
	chain::{Chain, Trouble, Want},
	metrics::Metrics,
	pipeline::{Halt, Link, Stop},
};
use ergon_primitives::{BlobId, JobId, MAX_BLOB};
use futures::{stream, StreamExt};
use std::time::Duration;

/// Blobs of one result that are looked after at a time.
const PARALLEL: usize = 4;
/// How long the node may search among others for what it has lost.
const SEARCH: Duration = Duration::from_secs(20);

/// Where a blob that the node has lost may be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
	/// On this machine alone: who asks others for it tells them its name.
	Here,
	/// And among those that the node knows.
	Anywhere,
}

/// Whether the node holds a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ensured {
	/// It did.
	Held,
	/// It does again.
	Restored,
	/// It does not, and neither this machine nor anybody whom it asked has the blob.
	Nowhere,
}

/// Brings all blobs of a result to the node, and has the node bring them to another where it has peers; tries on until
/// that is so or `stop` is asked for.
pub async fn secure<C: Chain>(
	link: &Link<C>,
	shelf: &Shelf,
	metrics: &Metrics,
	job: JobId,
	list: BlobId,
	stop: &Stop,
) -> Result<Secured, Halt> {
	let mut backoff = link.pace.backoff();
	loop {
		match stop.or(once(link, shelf, metrics, job, list)).await? {
			Ok(Some(secured)) => return Ok(secured),
			Ok(None) => tracing::debug!(%list, "no other node holds a result yet; asking again"),
			Err(trouble) => tracing::debug!(%list, %trouble, "a result is not secured yet; trying again"),
		}
		stop.or(tokio::time::sleep(backoff.wait())).await?;
	}
}

/// One try; `None`: nobody else holds it yet.
async fn once<C: Chain>(
	link: &Link<C>,
	shelf: &Shelf,
	metrics: &Metrics,
	job: JobId,
	list: BlobId,
) -> Result<Option<Secured>, Trouble> {
	let Some(blobs) = result(link, shelf, metrics, job, list, Where::Anywhere).await? else {
		return Ok(Some(Secured::Lost(list)));
	};
	let mut results = stream::iter(blobs)
		.map(|id| async move {
			if ensure(link, shelf, metrics, job, id, Where::Anywhere).await? == Ensured::Nowhere {
				return Ok::<_, Trouble>(Some(Secured::Lost(id)));
			}
			let spread = link.ask(|chain| async move { chain.spread_blob(id, job).await }).await?;
			Ok((spread.peers == 0 || spread.others > 0).then_some(Secured::Yes))
		})
		.buffer_unordered(PARALLEL);
	let mut all = Some(Secured::Yes);
	while let Some(one) = results.next().await {
		match one? {
			Some(Secured::Yes) => {},
			Some(lost) => return Ok(Some(lost)),
			None => all = None,
		}
	}
	Ok(all)
}

/// The blobs of a result, by its list: from the shelf, else from the node. `None` if nobody has the list.
pub(super) async fn result<C: Chain>(
	link: &Link<C>,
	shelf: &Shelf,
	metrics: &Metrics,
	job: JobId,
	list: BlobId,
	place: Where,
) -> Result<Option<Vec<BlobId>>, Trouble> {
	if ensure(link, shelf, metrics, job, list, place).await? == Ensured::Nowhere {
		return Ok(None);
	}
	let bytes = match on_shelf(shelf, list).await {
		Some(bytes) => Some(bytes),
		None => fetch(link, list).await?,
	};
	Ok(bytes.and_then(|bytes| blobs_of(list, &bytes)))
}

/// Makes the node hold a blob, if anybody has it: from the shelf, else from whomever the node knows.
pub(super) async fn ensure<C: Chain>(
	link: &Link<C>,
	shelf: &Shelf,
	metrics: &Metrics,
	job: JobId,
	id: BlobId,
	place: Where,
) -> Result<Ensured, Trouble> {
	if link.ask(|chain| async move { chain.has_blob(id).await }).await? {
		return Ok(Ensured::Held);
	}
	let restored = match on_shelf(shelf, id).await {
		Some(bytes) => {
			let len = bytes.len() as u64;
			link.ask_for(len, |chain| async move { chain.put_blob(bytes.into(), job).await }).await? == id
		},
		None if place == Where::Here => false,
		None => fetch(link, id).await?.is_some(),
	};
	if !restored {
		tracing::error!(blob = %id, %job, "an output is lost: neither the node nor this machine has it");
		return Ok(Ensured::Nowhere);
	}
	metrics.blobs.with_label_values(&["restored"]).inc();
	tracing::warn!(blob = %id, %job, "the node had lost an output, and has it again");
	Ok(Ensured::Restored)
}

async fn fetch<C: Chain>(link: &Link<C>, id: BlobId) -> Result<Option<Vec<u8>>, Trouble> {
	let want = Want { limit: MAX_BLOB, within: SEARCH };
	link.ask_for(MAX_BLOB, |chain| async move { chain.get_blob(id, want).await }).await
}

async fn on_shelf(shelf: &Shelf, id: BlobId) -> Option<Vec<u8>> {
	let shelf = shelf.clone();
	// A thread that panicked has found nothing.
	tokio::task::spawn_blocking(move || shelf.get(id)).await.ok().flatten()
}
