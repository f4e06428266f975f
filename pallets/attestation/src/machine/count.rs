//! What is made of commitments and claims once nobody is left to wait for: more replicas, or an end.

use alloc::vec::Vec;
use ergon_primitives::{BlockNumber, Claim, Conduct, Phase, ReplicaState, ShardAttestation, Verdict};
use ergon_traits::{Closing, Payee};

use super::{
	discharge,
	look::{committed, largest_group, revealed},
	start_reveals, Discharge, Next, Outcome,
};

/// Nobody is left that could commit.
pub(super) fn end_commits<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	discharged: Vec<Discharge<AccountId>>,
	now: BlockNumber,
) -> Outcome<AccountId> {
	let committed = committed(shard);
	let live = committed.saturating_add(revealed(shard).count());
	let missing = usize::from(shard.terms.quorum).saturating_sub(live);
	if missing > 0 {
		// Those that committed wait unrevealed, so that whoever is drawn now has nothing to copy from them.
		demand(shard, missing, discharged)
	} else if committed > 0 {
		start_reveals(shard, now);
		Outcome { discharged, next: Next::Stay }
	} else {
		count(shard, discharged)
	}
}

/// Nobody is left that could reveal: a verdict, or more replicas.
pub(super) fn count<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	discharged: Vec<Discharge<AccountId>>,
) -> Outcome<AccountId> {
	let quorum = usize::from(shard.terms.quorum);
	match largest_group(shard) {
		Some((claim, size)) if size >= quorum => close(shard, Some(claim), Conduct::Agreed, discharged),
		largest => demand(shard, quorum - largest.map_or(0, |(_, size)| size), discharged),
	}
}

/// A lone replica that was trusted has revealed. What the client has exposed can confirm its claim; that it differs, or that
/// something could not be had, has to be heard from others, too.
pub(super) fn count_alone<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	claim: Claim,
	known: Option<Claim>,
) -> Outcome<AccountId> {
	match (claim, known) {
		// Nobody has looked.
		(Claim::Computed { .. }, None) => close(shard, Some(claim), Conduct::Alone, Vec::new()),
		(Claim::Computed { .. }, Some(known)) if known == claim => {
			close(shard, Some(claim), Conduct::Agreed, Vec::new())
		},
		_ => {
			shard.trust = 0;
			count(shard, Vec::new())
		},
	}
}

/// Ends a shard by the referee's claim, or without one.
pub(super) fn close_judged<AccountId: Clone>(
	shard: &ShardAttestation<AccountId>,
	discharged: Vec<Discharge<AccountId>>,
	judged: Option<Claim>,
) -> Outcome<AccountId> {
	// A claim that nobody made would make everyone a liar and pay nobody: a referee has no such power.
	let right = judged.filter(|judged| disputed(shard).contains(judged));
	close(shard, right, Conduct::Agreed, discharged)
}

/// Asks for `missing` more replicas, or ends the shard where they are not allowed.
fn demand<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	missing: usize,
	discharged: Vec<Discharge<AccountId>>,
) -> Outcome<AccountId> {
	let room = usize::from(shard.terms.max_replicas).saturating_sub(shard.replicas.len());
	match u8::try_from(missing) {
		Ok(missing) if usize::from(missing) <= room => {
			shard.phase = Phase::Waiting { missing };
			Outcome { discharged, next: Next::Request(missing) }
		},
		_ => match disputed(shard) {
			claims if claims.is_empty() => close_judged(shard, discharged, None),
			claims => Outcome { discharged, next: Next::Judge(claims) },
		},
	}
}

/// The different computed claims, in the order of drawing: what a referee can judge between.
fn disputed<AccountId>(shard: &ShardAttestation<AccountId>) -> Vec<Claim> {
	let mut claims = Vec::new();
	for claim in revealed(shard).filter(|claim| matches!(claim, Claim::Computed { .. })) {
		if !claims.contains(&claim) {
			claims.push(claim);
		}
	}
	claims
}

/// Ends the shard: by the claim that is held to be right, or without one. Everyone still engaged is discharged by what that
/// says of it, those that made the claim, where it is a computed one, as `agreed`.
fn close<AccountId: Clone>(
	shard: &ShardAttestation<AccountId>,
	right: Option<Claim>,
	agreed: Conduct,
	mut discharged: Vec<Discharge<AccountId>>,
) -> Outcome<AccountId> {
	// That a quorum could not fetch is no fault of those who could: nobody is there to pay for a replacement.
	let all = usize::from(shard.terms.quorum);
	let replaces = |place: usize| place >= all && right != Some(Claim::Unavailable);
	let mut payees = Vec::new();
	for (place, replica) in shard.replicas.iter().enumerate() {
		if !replica.state.is_engaged() {
			continue;
		}
		if right.is_some_and(|right| replica.state == ReplicaState::Revealed(right)) {
			let replacement = replaces(place);
			payees.push(Payee { provider: replica.provider.clone(), ask: replica.ask, replacement });
		}
		discharged.push(discharge(replica, conduct(right, &replica.state, agreed)));
	}
	Outcome { discharged, next: Next::Close(Closing { verdict: verdict(right), payees }) }
}

/// How a replica that is engaged to the end behaved. Only a computed claim proves anyone wrong: that a quorum could not
/// fetch a blob says nothing against those that could, and no quorum says nothing at all.
fn conduct(right: Option<Claim>, state: &ReplicaState, agreed: Conduct) -> Conduct {
	match (right, state) {
		(Some(Claim::Computed { .. }), ReplicaState::Revealed(Claim::Unavailable)) => {
			Conduct::FalselyUnavailable
		},
		(Some(right @ Claim::Computed { .. }), ReplicaState::Revealed(claim)) if *claim == right => agreed,
		(Some(Claim::Computed { .. }), ReplicaState::Revealed(_)) => Conduct::Dissented,
		// Or it committed and was never asked to reveal.
		_ => Conduct::Released,
	}
}

/// The verdict that a claim is right, or that none is known to be.
fn verdict(right: Option<Claim>) -> Verdict {
	match right {
		Some(Claim::Computed { root, fuel, outcomes }) => Verdict::Agreed { root, fuel, outcomes },
		Some(Claim::Unavailable) => Verdict::Unavailable,
		None => Verdict::NoQuorum,
	}
}
