//! What a replica does: it commits, and it reveals.

use alloc::vec::Vec;
use ergon_primitives::{commitment, BlockNumber, Claim, Phase, ReplicaState, Reveal, ShardAttestation};

use super::{
	count,
	look::{committed, find},
	Next, Outcome,
};
use crate::refusal::Refusal;

/// A commit or reveal that may be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
	/// The place of the caller's replica.
	pub index: usize,
	/// The last block in which it counts.
	pub until: BlockNumber,
}

/// Whether `provider` may commit `now`.
pub fn check_commit<AccountId: PartialEq>(
	shard: &ShardAttestation<AccountId>,
	provider: &AccountId,
	now: BlockNumber,
) -> Result<Due, Refusal> {
	let (index, own) = find(shard, provider).ok_or(Refusal::NotAssigned)?;
	let Phase::Committing { until } = shard.phase else { return Err(Refusal::NotCommitting) };
	match own.state {
		ReplicaState::Committed(_) | ReplicaState::Revealed(_) | ReplicaState::Silent => {
			Err(Refusal::AlreadyCommitted)
		},
		ReplicaState::Absent => Err(Refusal::TooLate),
		ReplicaState::Assigned if now > until => Err(Refusal::TooLate),
		ReplicaState::Assigned => Ok(Due { index, until }),
	}
}

/// Takes a commitment.
pub fn commit<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	provider: &AccountId,
	commitment: [u8; 32],
	now: BlockNumber,
) -> Result<Outcome<AccountId>, Refusal> {
	let Due { index, .. } = check_commit(shard, provider, now)?;
	let own = shard.replicas.get_mut(index).ok_or(Refusal::NotAssigned)?;
	own.state = ReplicaState::Committed(commitment);
	Ok(if shard.trust > 0 {
		shard.phase = Phase::Deciding;
		Outcome::of(Next::Decide)
	} else if shard.replicas.iter().any(|replica| replica.state == ReplicaState::Assigned) {
		Outcome::of(Next::Stay)
	} else {
		count::end_commits(shard, Vec::new(), now)
	})
}

/// Whether `provider` may make this reveal `now`.
pub fn check_reveal<AccountId: codec::Encode + PartialEq>(
	shard: &ShardAttestation<AccountId>,
	genesis: &[u8; 32],
	provider: &AccountId,
	reveal: &Reveal,
	now: BlockNumber,
) -> Result<Due, Refusal> {
	let (index, own) = find(shard, provider).ok_or(Refusal::NotAssigned)?;
	let Phase::Revealing { until } = shard.phase else { return Err(Refusal::NotRevealing) };
	let committed = match own.state {
		ReplicaState::Committed(committed) => committed,
		ReplicaState::Revealed(_) => return Err(Refusal::AlreadyRevealed),
		ReplicaState::Silent => return Err(Refusal::TooLate),
		ReplicaState::Assigned | ReplicaState::Absent => return Err(Refusal::NotCommitted),
	};
	if now > until {
		return Err(Refusal::TooLate);
	}
	if matches!(reveal.claim, Claim::Computed { fuel, .. } if fuel > shard.terms.fuel_limit) {
		return Err(Refusal::TooMuchFuel);
	}
	if commitment(genesis, &reveal.key, provider, &reveal.claim, &reveal.salt) != committed {
		return Err(Refusal::CommitmentMismatch);
	}
	Ok(Due { index, until })
}

/// Takes a reveal, and counts if it was the last. `known` is what the client has exposed of the shard, and matters only for
/// a lone replica.
pub fn reveal<AccountId: Clone + codec::Encode + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	genesis: &[u8; 32],
	provider: &AccountId,
	reveal: &Reveal,
	known: Option<Claim>,
	now: BlockNumber,
) -> Result<Outcome<AccountId>, Refusal> {
	let Due { index, .. } = check_reveal(shard, genesis, provider, reveal, now)?;
	let own = shard.replicas.get_mut(index).ok_or(Refusal::NotAssigned)?;
	own.state = ReplicaState::Revealed(reveal.claim);
	Ok(if shard.trust > 0 {
		count::count_alone(shard, reveal.claim, known)
	} else if committed(shard) > 0 {
		Outcome::of(Next::Stay)
	} else {
		count::count(shard, Vec::new())
	})
}
