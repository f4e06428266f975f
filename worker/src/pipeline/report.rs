//! Giving blobs to the node, and choosing what to send to the chain next.

use super::{Halt, Link, Stop};
use crate::{
	chain::{Chain, Report, Trouble},
	duty::DutyId,
	plan::{Due, Plan},
};
use ergon_primitives::{BlobId, BlockNumber};
use std::collections::{BTreeMap, BTreeSet};

/// The most commitments or reveals in one transaction: what the chain takes.
pub const MAX_BATCH: usize = 32;
/// The longest that something refused waits for its next try, in blocks.
const MAX_PAUSE: u32 = 16;
/// How often a blob that the node refuses is offered.
const UPLOAD_TRIES: u32 = 5;

/// Stores a blob at the node.
///
/// A node that refuses it again and again does not keep the worker from committing: the result is true without it, and
/// the other replicas may well have stored it.
pub async fn upload<C: Chain>(link: &Link<C>, id: BlobId, bytes: Vec<u8>, stop: &Stop) -> Result<(), Halt> {
	let mut backoff = link.pace.backoff();
	let mut refused = 0;
	loop {
		let copy = bytes.clone();
		match stop.or(link.ask(|chain| async move { chain.put_blob(copy).await })).await? {
			Ok(stored) if stored == id => return Ok(()),
			Ok(other) => {
				refused += 1;
				tracing::warn!(blob = %id, stored = %other, "the node stored a blob under another name");
			},
			Err(Trouble::Refused(why)) => {
				refused += 1;
				tracing::warn!(blob = %id, bytes = bytes.len(), %why, "the node did not take a blob");
			},
			Err(Trouble::Lost(_)) => {},
		}
		if refused == UPLOAD_TRIES {
			tracing::error!(blob = %id, bytes = bytes.len(), "an output is not stored: its client cannot fetch it from this provider");
			return Ok(());
		}
		stop.or(tokio::time::sleep(backoff.wait())).await?;
	}
}

/// Which of the two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
	/// `commit`.
	Commit,
	/// `reveal`.
	Reveal,
}

/// One transaction to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
	/// Which call.
	pub kind: Kind,
	/// The duties in it.
	pub ids: Vec<DutyId>,
	/// What is sent.
	pub report: Report,
}

/// What became of what was sent. Kept only in memory: the state says what is due, this says when it is worth a try.
#[derive(Debug, Default)]
pub struct Tries {
	refused: BTreeMap<(Kind, DutyId), Refused>,
	included: BTreeMap<(Kind, DutyId), BlockNumber>,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
	times: u32,
	retry_at: BlockNumber,
}

impl Tries {
	/// The next transaction: of what is due, the kind with the nearest deadline, with as much of that kind as fits.
	/// What was refused before goes alone, so that it does not take others down again.
	pub fn next(&self, plan: &Plan, now: BlockNumber) -> Option<Batch> {
		let commits = self.ready(&plan.commits, Kind::Commit, now);
		let reveals = self.ready(&plan.reveals, Kind::Reveal, now);
		let until = |due: Option<&(DutyId, BlockNumber)>| due.map_or(BlockNumber::MAX, |(_, until)| *until);
		// Reveals first where it makes no difference: they end shards and free slots.
		let (kind, ready) = if until(reveals.first()) <= until(commits.first()) && !reveals.is_empty() {
			(Kind::Reveal, reveals)
		} else {
			(Kind::Commit, commits)
		};
		let first = ready.first()?.0;
		let ids: Vec<_> = if self.refused.contains_key(&(kind, first)) {
			vec![first]
		} else {
			let fresh = ready.iter().map(|(id, _)| *id).filter(|id| !self.refused.contains_key(&(kind, *id)));
			fresh.take(MAX_BATCH).collect()
		};
		let chosen: BTreeSet<_> = ids.iter().collect();
		let report = match kind {
			Kind::Commit => {
				Report::Commit(of(&plan.commits, &chosen).map(|due| (due.id.key, due.what)).collect())
			},
			Kind::Reveal => Report::Reveal(of(&plan.reveals, &chosen).map(|due| due.what).collect()),
		};
		Some(Batch { kind, ids, report })
	}

	fn ready<T>(&self, due: &[Due<T>], kind: Kind, now: BlockNumber) -> Vec<(DutyId, BlockNumber)> {
		let ready = due.iter().filter(|due| {
			let key = (kind, due.id);
			// A state that is older than the block that has it does not show it yet.
			let unseen = self.included.get(&key).is_some_and(|block| *block > now);
			let pausing = self.refused.get(&key).is_some_and(|refused| refused.retry_at > now);
			!unseen && !pausing
		});
		ready.map(|due| (due.id, due.until)).collect()
	}

	/// A block has the batch.
	pub fn included(&mut self, batch: &Batch, block: BlockNumber) {
		for id in &batch.ids {
			self.refused.remove(&(batch.kind, *id));
			self.included.insert((batch.kind, *id), block);
		}
	}

	/// The chain refused the batch. One of many may be the reason: each is tried alone at once; alone, with longer and
	/// longer pauses.
	pub fn refused(&mut self, batch: &Batch, now: BlockNumber) {
		let alone = batch.ids.len() == 1;
		for id in &batch.ids {
			let refused = self.refused.entry((batch.kind, *id)).or_insert(Refused { times: 0, retry_at: 0 });
			refused.times = refused.times.saturating_add(1);
			let pause = if alone {
				1u32.checked_shl(refused.times - 1).unwrap_or(MAX_PAUSE).min(MAX_PAUSE)
			} else {
				0
			};
			refused.retry_at = now.saturating_add(pause);
		}
	}

	/// Forgets what is not due any more.
	pub fn retain(&mut self, plan: &Plan) {
		let commits = plan.commits.iter().map(|due| (Kind::Commit, due.id));
		let due: BTreeSet<_> = commits.chain(plan.reveals.iter().map(|due| (Kind::Reveal, due.id))).collect();
		self.refused.retain(|key, _| due.contains(key));
		self.included.retain(|key, _| due.contains(key));
	}
}

fn of<'a, T>(due: &'a [Due<T>], chosen: &'a BTreeSet<&DutyId>) -> impl Iterator<Item = &'a Due<T>> {
	due.iter().filter(move |due| chosen.contains(&due.id))
}
