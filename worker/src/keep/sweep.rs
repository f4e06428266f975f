//! Looking now and then whether the node still holds what the chain refers to.

use super::{
	secure::{ensure, result, Where},
	Ensured, Shelf,
};
use crate::{
	chain::{Chain, ShardEnd, Trouble},
	duty::DutyId,
	metrics::Metrics,
	pipeline::Link,
};
use ergon_primitives::BlobId;

/// What a sweep found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
	/// Results that nobody has to keep any more: the job is gone, or its verdict is another.
	pub released: Vec<DutyId>,
	/// Results of which the node holds all.
	pub held: Vec<DutyId>,
	/// Results of open shards of which the node does not hold all, nor this machine.
	pub lost: Vec<DutyId>,
}

/// Looks at results, each with the list of its outcomes, one after the other. Ends early when the node
/// cannot be asked: the next sweep goes on.
pub async fn sweep<C: Chain>(
	link: &Link<C>,
	shelf: &Shelf,
	metrics: &Metrics,
	results: Vec<(DutyId, BlobId)>,
) -> Swept {
	let mut swept = Swept::default();
	for (id, list) in results {
		match look(link, shelf, metrics, id, list).await {
			Ok(Look::Released) => swept.released.push(id),
			Ok(Look::Held) => swept.held.push(id),
			Ok(Look::Lost) => swept.lost.push(id),
			Ok(Look::Unsure) => {},
			Err(Trouble::Lost(why)) => {
				tracing::debug!(%why, "a look at what the node holds ended early");
				break;
			},
			Err(Trouble::Refused(why)) => {
				tracing::warn!(shard = %id, %why, "what the node holds of a result is not known")
			},
		}
	}
	swept
}

enum Look {
	Released,
	Held,
	Lost,
	/// A blob of a closed shard is nowhere, which was said.
	Unsure,
}

async fn look<C: Chain>(
	link: &Link<C>,
	shelf: &Shelf,
	metrics: &Metrics,
	id: DutyId,
	list: BlobId,
) -> Result<Look, Trouble> {
	let (place, missing) = match link.ask(|chain| async move { chain.shard_end(id.key).await }).await? {
		ShardEnd::Open => (Where::Here, Look::Lost),
		ShardEnd::Agreed(outcomes) if outcomes == list => (Where::Anywhere, Look::Unsure),
		ShardEnd::Agreed(_) | ShardEnd::Failed | ShardEnd::Gone => return Ok(Look::Released),
	};
	let job = id.key.job;
	let Some(blobs) = result(link, shelf, metrics, job, list, place).await? else { return Ok(missing) };
	let mut nowhere = false;
	for blob in blobs {
		nowhere |= ensure(link, shelf, metrics, job, blob, place).await? == Ensured::Nowhere;
	}
	Ok(if nowhere { missing } else { Look::Held })
}
