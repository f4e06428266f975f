//! Known answers: shards of an adaptive job whose claims its client has computed before, to audit whoever works alone.
//!
//! The order carries [commitments](Planting::commitments) to them, which do not tell the shards. When a planted shard's
//! lone replica has committed, the client [exposes](crate::Call::JobExpose) the answer: a replica that says something else
//! is audited by others. An answer that is wrong harms nobody but its client, who pays for the audit.

use crate::AccountId;
use ergon_primitives::{
	known_answer,
	views::{JobView, ShardView},
	BlobId, Claim, JobId, Phase, ReplicaState, ShardIndex,
};

/// What a client knows of one shard.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KnownAnswer {
	/// The shard.
	pub shard: ShardIndex,
	/// Its claim.
	pub claim: Claim,
	/// What hides it in the order.
	#[serde(with = "ergon_primitives::text::hash")]
	pub salt: [u8; 32],
}

/// The known answers of one job, and all that their commitments are made of. A secret until they are exposed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Planting {
	/// The chain.
	#[serde(with = "ergon_primitives::text::hash")]
	pub genesis: [u8; 32],
	/// Who orders.
	pub owner: AccountId,
	/// The job's program.
	pub program: BlobId,
	/// The number that the job was expected to get when the answers were computed.
	pub expected: JobId,
	/// The number that it got; `None` before it is known.
	pub job: Option<JobId>,
	/// The answers.
	pub answers: Vec<KnownAnswer>,
}

/// Why known answers cannot be used for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPlanted {
	/// They are for another chain.
	#[error("the known answers are for another chain")]
	Chain,
	/// Somebody else's job, or another program.
	#[error("the known answers are for another owner's job, or for another program")]
	Order,
	/// The order lacks a commitment.
	#[error("the job's order does not have the commitments of the known answers: they are another job's")]
	Commitments,
	/// A program can read its job's number, and pays for each byte that it reads.
	#[error("the job's number has not as many digits as was expected when the answers were computed, so a program that reads it used another amount of fuel; they are not exposed")]
	Digits,
}

/// What to do with a known answer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
	/// Nobody has committed yet: whoever saw the answer could copy it.
	Wait,
	/// The shard's lone replica has committed.
	Now,
	/// The shard is replicated, or closed: there is no use for it.
	Useless,
}

impl Planting {
	/// What goes into the order; in an order of its own, which does not tell the shards.
	pub fn commitments(&self) -> Vec<[u8; 32]> {
		let of = |answer: &KnownAnswer| {
			let KnownAnswer { shard, claim, salt } = answer;
			known_answer(&self.genesis, &self.owner, &self.program, *shard, claim, salt)
		};
		let mut all: Vec<_> = self.answers.iter().map(of).collect();
		all.sort_unstable();
		all
	}

	/// Whether the answers were planted in this job.
	pub fn check(&self, genesis: &[u8; 32], view: &JobView<AccountId>) -> Result<(), NotPlanted> {
		if self.genesis != *genesis {
			Err(NotPlanted::Chain)
		} else if self.owner != view.owner || self.program != view.spec.program {
			Err(NotPlanted::Order)
		} else if !self.commitments().iter().all(|commitment| view.spec.known.contains(commitment)) {
			Err(NotPlanted::Commitments)
		} else if digits(self.expected) != digits(view.id) {
			Err(NotPlanted::Digits)
		} else {
			Ok(())
		}
	}
}

/// How long a job's number is in text.
fn digits(job: JobId) -> u32 {
	job.0.checked_ilog10().map_or(1, |log| log + 1)
}

/// What to do with the known answer of a shard that stands so.
pub fn exposure(shard: &ShardView<AccountId>) -> Exposure {
	match shard {
		ShardView::Queued => Exposure::Wait,
		ShardView::Closed(_) => Exposure::Useless,
		ShardView::Open(open) if open.trust == 0 => Exposure::Useless,
		ShardView::Open(open) => match open.phase {
			Phase::Waiting { .. } | Phase::Committing { .. } => Exposure::Wait,
			Phase::Deciding | Phase::Revealing { .. } => {
				let committed =
					|state| matches!(state, ReplicaState::Committed(_) | ReplicaState::Revealed(_));
				match open.replicas.iter().any(|replica| committed(replica.state)) {
					true => Exposure::Now,
					false => Exposure::Wait,
				}
			},
		},
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use ergon_primitives::{
		attestation::{Replica, ShardAttestation, Terms},
		views::{JobState, Progress, ShardRecord},
		Fuel, Input, JobSpec, Limits, Policy, Price, Requirements, Verdict,
	};

	fn planting() -> Planting {
		let claim = |n: u8| Claim::Computed { root: [n; 32], fuel: Fuel(5), outcomes: BlobId::of(b"x") };
		let answer = |n: u8| KnownAnswer { shard: ShardIndex(n.into()), claim: claim(n), salt: [n; 32] };
		Planting {
			genesis: [1; 32],
			owner: AccountId::from([2; 32]),
			program: BlobId::of(b"program"),
			expected: JobId(7),
			job: None,
			answers: vec![answer(1), answer(4)],
		}
	}

	fn view(planting: &Planting, id: u64) -> JobView<AccountId> {
		JobView {
			id: JobId(id),
			owner: planting.owner,
			spec: JobSpec {
				program: planting.program,
				input: Input::Single(planting.program),
				tasks: 5,
				shard_size: 1,
				limits: Limits { fuel: Fuel(1), memory: 1 << 20, output: 1 },
				args: Default::default(),
				policy: Policy { quorum: 2, max_replicas: 4, adaptive: true },
				max_price: Price(1),
				deadline: 100,
				requirements: Requirements { profile: 1, min_speed: 1, region: None },
				tip: 0,
				known: planting.commitments().try_into().unwrap(),
				hints: Default::default(),
			},
			submitted_at: 1,
			submitted_time: 2,
			state: JobState::Queued,
			progress: Progress::default(),
			deposit: 0,
		}
	}

	#[test]
	fn answers_should_fit_only_the_job_that_they_were_planted_in() {
		let planting = planting();
		let good = view(&planting, 9);
		assert_eq!(planting.check(&[1; 32], &good), Ok(()));
		assert_eq!(planting.check(&[3; 32], &good), Err(NotPlanted::Chain));
		assert_eq!(planting.check(&[1; 32], &view(&planting, 10)), Err(NotPlanted::Digits));
		let mut other = good.clone();
		other.owner = AccountId::from([9; 32]);
		assert_eq!(planting.check(&[1; 32], &other), Err(NotPlanted::Order));
		let mut without = good;
		without.spec.known = Default::default();
		assert_eq!(planting.check(&[1; 32], &without), Err(NotPlanted::Commitments));
	}

	#[test]
	fn a_planting_should_survive_its_file_and_keep_its_order_to_itself() {
		let planting = planting();
		let mut turned = planting.clone();
		turned.answers.reverse();
		assert_eq!(turned.commitments(), planting.commitments());
		assert_eq!([JobId(0), JobId(9), JobId(10), JobId(u64::MAX)].map(digits), [1, 1, 2, 20]);
	}

	#[test]
	fn an_answer_should_be_exposed_only_behind_a_lone_commitment() {
		let open = |trust, phase, state| {
			let replica = Replica { provider: AccountId::from([5; 32]), ask: Price(1), lock: 1, state };
			let terms = Terms {
				quorum: 2,
				max_replicas: 4,
				commit_window: 9,
				reveal_window: 9,
				fuel_limit: Fuel(9),
				value: 1,
			};
			exposure(&ShardView::Open(ShardAttestation {
				terms,
				phase,
				trust,
				replicas: vec![replica].try_into().unwrap(),
			}))
		};
		let committed = ReplicaState::Committed([0; 32]);
		assert_eq!(open(12, Phase::Committing { until: 9 }, ReplicaState::Assigned), Exposure::Wait);
		assert_eq!(open(12, Phase::Committing { until: 9 }, committed), Exposure::Wait);
		assert_eq!(open(12, Phase::Deciding, committed), Exposure::Now);
		assert_eq!(open(12, Phase::Revealing { until: 9 }, committed), Exposure::Now);
		assert_eq!(open(0, Phase::Revealing { until: 9 }, committed), Exposure::Useless);
		assert_eq!(exposure(&ShardView::Queued), Exposure::Wait);
		let closed = ShardRecord {
			verdict: Verdict::Expired,
			at: 1,
			paid: 0,
			compensated: 0,
			providers: Default::default(),
		};
		assert_eq!(exposure(&ShardView::Closed(closed)), Exposure::Useless);
	}
}
