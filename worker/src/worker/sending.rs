//! The one submission under way. Only one at a time, so that the key's nonces are in order.

use crate::{
	chain::{Chain, Trouble},
	pipeline::report::{Batch, Kind},
	plan::Plan,
};
use ergon_primitives::BlockNumber;
use futures::{
	future::{pending, BoxFuture},
	FutureExt,
};
use tokio::time::{sleep_until, Instant};

/// What became of a submission.
pub(super) type Sent = (Batch, Result<BlockNumber, Trouble>);

/// A submission, and what was sent.
pub(super) type Sending = (Batch, BoxFuture<'static, Sent>);

/// Whether any part of a batch is still due.
pub(super) fn is_due(plan: &Plan, batch: &Batch) -> bool {
	batch.ids.iter().any(|id| match batch.kind {
		Kind::Commit => plan.commits.iter().any(|due| due.id == *id),
		Kind::Reveal => plan.reveals.iter().any(|due| due.id == *id),
	})
}

pub(super) fn send<C: Chain>(chain: C, batch: Batch) -> BoxFuture<'static, Sent> {
	async move {
		let result = chain.submit(batch.report.clone()).await;
		(batch, result)
	}
	.boxed()
}

/// The end of the submission under way; never, if there is none.
pub(super) async fn sent(sending: &mut Option<Sending>) -> Sent {
	match sending {
		Some((_, sending)) => sending.await,
		None => pending().await,
	}
}

pub(super) async fn until(instant: Option<Instant>) {
	match instant {
		Some(instant) => sleep_until(instant).await,
		None => pending().await,
	}
}
