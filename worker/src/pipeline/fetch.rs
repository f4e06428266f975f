//! Getting blobs.

use super::{Halt, Link, Stop};
use crate::chain::{Chain, Trouble};
use ergon_primitives::{BlobId, BlockNumber};
use std::time::Duration;

/// However late it is, a blob that nobody has is asked for this often before that is claimed.
const MIN_TRIES: u32 = 3;
/// Between the last tries, when block `give_up` has come and the claim must be made soon.
const LAST_WAIT: Duration = Duration::from_millis(200);

/// The bytes of a blob.
///
/// [`Halt::Unavailable`] means that the node has said, again and again until block `give_up`, that it cannot be had.
/// A connection that is gone, or a node that fails, is this machine's trouble and no reason to claim anything: those
/// are retried until the duty is over.
pub async fn blob<C: Chain>(
	link: &Link<C>,
	id: BlobId,
	give_up: BlockNumber,
	stop: &Stop,
) -> Result<Vec<u8>, Halt> {
	let mut backoff = link.pace.backoff();
	let mut missing = 0;
	let mut last = None;
	loop {
		let answer = stop.or(link.ask(|chain| async move { chain.get_blob(id).await })).await?;
		match answer {
			Ok(Some(bytes)) => return Ok(bytes),
			Ok(None) => {
				missing += 1;
				if missing == 1 {
					tracing::info!(blob = %id, give_up, "the node does not have a blob yet; asking again");
				}
				if missing >= MIN_TRIES && link.best() >= give_up {
					return Err(Halt::Unavailable(id));
				}
			},
			Err(trouble) => {
				let text = trouble.to_string();
				if last.as_ref() != Some(&text) {
					match trouble {
						// The one who keeps the connection says so already.
						Trouble::Lost(_) => tracing::debug!(blob = %id, %text, "a blob could not be fetched"),
						Trouble::Refused(_) => {
							tracing::warn!(blob = %id, %text, "a blob could not be fetched; trying again");
						},
					}
					last = Some(text);
				}
			},
		}
		if link.best() >= give_up {
			stop.or(tokio::time::sleep(LAST_WAIT)).await?;
		} else {
			// However long the wait has become, it must not outlast the time in which the claim can be made.
			stop.or(tokio::time::timeout(backoff.wait(), link.reached(give_up))).await?.ok();
		}
	}
}
