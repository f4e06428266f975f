//! Looking at a shard without changing it.

use ergon_primitives::{BlockNumber, Claim, Phase, Replica, ReplicaState, ShardAttestation};

/// The last block of the current phase, if it has one.
pub fn deadline<AccountId>(shard: &ShardAttestation<AccountId>) -> Option<BlockNumber> {
	match shard.phase {
		Phase::Waiting { .. } | Phase::Deciding => None,
		Phase::Committing { until } | Phase::Revealing { until } => Some(until),
	}
}

/// The size that a group of equal claims can still reach without a new request: never more than the quorum.
#[cfg(any(feature = "std", feature = "try-runtime"))]
pub fn largest_possible_group<AccountId>(shard: &ShardAttestation<AccountId>) -> usize {
	let undecided =
		|state: &ReplicaState| matches!(state, ReplicaState::Assigned | ReplicaState::Committed(_));
	let joining = shard.replicas.iter().filter(|replica| undecided(&replica.state)).count();
	let missing = match shard.phase {
		Phase::Waiting { missing } => usize::from(missing),
		// An audit would draw these, and needs no new request.
		_ if shard.trust > 0 => usize::from(shard.terms.quorum).saturating_sub(1),
		_ => 0,
	};
	largest_group(shard).map_or(0, |(_, size)| size) + joining + missing
}

/// A provider's replica, and its place.
pub(super) fn find<'a, AccountId: PartialEq>(
	shard: &'a ShardAttestation<AccountId>,
	provider: &AccountId,
) -> Option<(usize, &'a Replica<AccountId>)> {
	shard.replicas.iter().enumerate().find(|(_, replica)| replica.provider == *provider)
}

/// How many have committed and not revealed.
pub(super) fn committed<AccountId>(shard: &ShardAttestation<AccountId>) -> usize {
	let states = shard.replicas.iter().map(|replica| &replica.state);
	states.filter(|state| matches!(state, ReplicaState::Committed(_))).count()
}

/// All claims, in the order of drawing.
pub(super) fn revealed<AccountId>(shard: &ShardAttestation<AccountId>) -> impl Iterator<Item = Claim> + '_ {
	shard.replicas.iter().filter_map(|replica| match replica.state {
		ReplicaState::Revealed(claim) => Some(claim),
		_ => None,
	})
}

/// The claim that most replicas revealed, and how many. Of equally large groups any: none of them is a quorum, since
/// two groups of `quorum` would need more replicas than were ever asked for.
pub(super) fn largest_group<AccountId>(shard: &ShardAttestation<AccountId>) -> Option<(Claim, usize)> {
	revealed(shard)
		.map(|claim| (claim, revealed(shard).filter(|other| *other == claim).count()))
		.max_by_key(|(_, size)| *size)
}
