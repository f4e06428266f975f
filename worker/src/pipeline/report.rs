//! Giving blobs to the node, and choosing what to send to the chain next.

use super::{Halt, Stop, Tools};
use crate::{
	chain::{Chain, Report, Trouble},
	duty::DutyId,
	plan::{Due, Plan},
};
use bytes::Bytes;
use ergon_executor_core::Engine;
use ergon_primitives::{BlobId, BlockNumber, JobId};
use std::collections::{BTreeMap, BTreeSet};

/// The most commitments or reveals in one transaction: what the chain takes.
pub const MAX_BATCH: usize = 32;
/// The longest that something refused waits for its next try, in blocks.
const MAX_PAUSE: u32 = 16;
/// How often a blob that the node refuses is offered.
const UPLOAD_TRIES: u32 = 5;

/// Stores a blob of a job at the node, and on the shelf; says whether the node has it now.
///
/// A node that refuses it again and again does not keep the worker from committing: the result is true without it, and
/// it is offered again before the reveal.
pub async fn upload<C: Chain, E: Engine>(
	tools: &Tools<C, E>,
	job: JobId,
	id: BlobId,
	bytes: Bytes,
	stop: &Stop,
) -> Result<bool, Halt> {
	let (shelf, copy) = (tools.shelf.clone(), bytes.clone());
	match tokio::task::spawn_blocking(move || shelf.put(id, &copy)).await {
		Ok(Ok(())) => {},
		Ok(Err(error)) => {
			tracing::warn!(blob = %id, %error, "an output is not kept here; the node alone has it")
		},
		Err(error) => tracing::error!(blob = %id, %error, "keeping an output here failed"),
	}
	let link = &tools.link;
	let len = bytes.len() as u64;
	let mut backoff = link.pace.backoff();
	let mut refused = 0;
	loop {
		let copy = bytes.clone();
		match stop.or(link.ask_for(len, |chain| async move { chain.put_blob(copy, job).await })).await? {
			Ok(stored) if stored == id => {
				tools.metrics.blobs.with_label_values(&["stored"]).inc();
				tools.metrics.blob_bytes.with_label_values(&["out"]).inc_by(len);
				return Ok(true);
			},
			Ok(other) => {
				refused += 1;
				tracing::warn!(blob = %id, stored = %other, "the node stored a blob under another name");
			},
			Err(Trouble::Refused(why)) => {
				refused += 1;
				tracing::warn!(blob = %id, bytes = len, %why, "the node did not take a blob");
			},
			Err(Trouble::Lost(_)) => {},
		}
		if refused == UPLOAD_TRIES {
			tools.metrics.blobs.with_label_values(&["refused"]).inc();
			tracing::error!(blob = %id, bytes = len, "an output is not stored; it is offered again before the reveal");
			return Ok(false);
		}
		stop.or(tokio::time::sleep(backoff.wait())).await?;
	}
}

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
	/// `commit`.
	Commit,
	/// `reveal`.
	Reveal,
	/// `resume`.
	Resume,
}

impl Kind {
	/// The call's name.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Commit => "commit",
			Self::Reveal => "reveal",
			Self::Resume => "resume",
		}
	}
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

impl Batch {
	/// The end of the provider's rest: about no duty.
	pub fn resume() -> Self {
		Self { kind: Kind::Resume, ids: Vec::new(), report: Report::Resume }
	}
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
			// About no duty, so never chosen here.
			Kind::Resume => return None,
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

#[cfg(test)]
mod tests {
	use super::*;
	use ergon_primitives::{attestation::Reveal, Claim, JobId, ShardIndex, ShardKey};

	fn id(job: u64) -> DutyId {
		DutyId { key: ShardKey { job: JobId(job), shard: ShardIndex(0) }, provider: [0; 32], order: [0; 32] }
	}

	fn commit(job: u64, until: BlockNumber) -> Due<[u8; 32]> {
		Due { id: id(job), until, what: [0; 32] }
	}

	fn reveal(job: u64, until: BlockNumber) -> Due<Reveal> {
		let what = Reveal { key: id(job).key, claim: Claim::Unavailable, salt: [0; 32] };
		Due { id: id(job), until, what }
	}

	fn plan(commits: Vec<Due<[u8; 32]>>, reveals: Vec<Due<Reveal>>) -> Plan {
		Plan { commits, reveals, ..Plan::default() }
	}

	#[test]
	fn the_kind_with_the_nearest_deadline_should_go_first() {
		let tries = Tries::default();
		let kind = |plan: &Plan| tries.next(plan, 0).map(|batch| batch.kind);
		assert_eq!(kind(&plan(vec![commit(1, 5)], vec![reveal(2, 6)])), Some(Kind::Commit));
		assert_eq!(kind(&plan(vec![commit(1, 6)], vec![reveal(2, 6)])), Some(Kind::Reveal));
		assert_eq!(kind(&plan(vec![commit(1, BlockNumber::MAX)], vec![])), Some(Kind::Commit));
		assert_eq!(kind(&plan(vec![], vec![])), None);
	}

	#[test]
	fn a_batch_should_hold_what_the_chain_takes_most_urgent_first() {
		let commits: Vec<_> = (0..50).map(|job| commit(job, 10 + job as u32)).collect();
		let batch = Tries::default().next(&plan(commits, vec![]), 0).unwrap();
		assert_eq!(batch.ids, (0..MAX_BATCH as u64).map(id).collect::<Vec<_>>());
		let Report::Commit(sent) = batch.report else { panic!("commits") };
		assert_eq!(sent.len(), MAX_BATCH);
	}

	#[test]
	fn what_was_refused_should_go_alone_and_pause_longer_and_longer() {
		let mut tries = Tries::default();
		let due = plan(vec![commit(1, 500), commit(2, 500)], vec![]);
		let both = tries.next(&due, 10).unwrap();
		assert_eq!(both.ids.len(), 2);
		tries.refused(&both, 10);
		let first = tries.next(&due, 10).unwrap();
		assert_eq!(first.ids, [id(1)], "at once, but alone");
		let mut now = 10;
		let mut pauses = Vec::new();
		for _ in 0..6 {
			tries.refused(&first, now);
			let again =
				(now..).find(|now| tries.next(&due, *now).is_some_and(|batch| batch.ids == [id(1)])).unwrap();
			assert_eq!(tries.next(&due, again - 1).unwrap().ids, [id(2)], "the other is not held up");
			pauses.push(again - now);
			now = again;
		}
		assert_eq!(pauses, [2, 4, 8, 16, 16, 16]);
		tries.retain(&plan(vec![], vec![]));
		assert_eq!(tries.next(&due, now).unwrap().ids.len(), 2, "forgotten with its duty");
	}

	#[test]
	fn what_a_newer_block_has_should_not_be_sent_again_on_an_older_state() {
		let mut tries = Tries::default();
		let due = plan(vec![commit(1, 500)], vec![]);
		let batch = tries.next(&due, 10).unwrap();
		tries.included(&batch, 12);
		assert_eq!(tries.next(&due, 11), None);
		assert!(tries.next(&due, 12).is_some(), "the block is gone: a reorganisation");
	}
}
