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

/// Whether any part of a batch is still due. A resume gives way to everything with a deadline: if it is lost by that,
/// the state asks for it again.
pub(super) fn is_due(plan: &Plan, batch: &Batch, resting: bool) -> bool {
	match batch.kind {
		Kind::Commit => batch.ids.iter().any(|id| plan.commits.iter().any(|due| due.id == *id)),
		Kind::Reveal => batch.ids.iter().any(|id| plan.reveals.iter().any(|due| due.id == *id)),
		Kind::Resume => resting && plan.commits.is_empty() && plan.reveals.is_empty(),
	}
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
