//! The state machine of one shard, without FRAME and without effects: functions on [`ShardAttestation`] that say what
//! followed. The pallet carries it out.
//!
//! ```text
//!            draw                all committed, or late with enough
//! Waiting ─────────▶ Committing ────────────────────────────────────▶ Revealing
//!    ▲                   │ late with too few                              │ all revealed, or late
//!    └───────────────────┴──────────────◀── too few equal claims ◀────────┤
//!                        └── max_replicas reached ──▶ closed ◀── quorum ──┘
//! ```
//!
//! **Why a quorum is never overshot.** A draw adds only the replicas that the largest group of equal claims lacks. So at
//! any time (size of the largest group) + (replicas that can still join one) + (replicas still to be drawn) ≤ quorum,
//! and a group has exactly `quorum` members when it wins: what the client pays for is known before the first draw.
//! [`largest_possible_group`] is that sum; `try_state` and a property test hold it to the quorum.

use alloc::vec::Vec;
use ergon_primitives::{
	attestation::Terms, commitment, job::MAX_REPLICAS, Balance, BlockNumber, Claim, Conduct, Phase, Replica,
	ReplicaState, Reveal, ShardAttestation, Verdict,
};
use ergon_traits::{Closing, Offer};

use crate::refusal::{Misuse, Refusal};

/// The end of one replica's engagement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discharge<AccountId> {
	/// Whose replica.
	pub provider: AccountId,
	/// What it had locked.
	pub lock: Balance,
	/// How it behaved.
	pub conduct: Conduct,
}

/// What the shard asks of the outside after a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<AccountId> {
	/// Nothing.
	Stay,
	/// So many more replicas.
	Request(u8),
	/// To be closed: there is nothing left to wait for.
	Close(Closing<AccountId>),
}

/// What followed from a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<AccountId> {
	/// The replicas whose engagement ended by it. Over a shard's life each replica is in exactly one such list.
	pub discharged: Vec<Discharge<AccountId>>,
	/// What is to be done next.
	pub next: Next<AccountId>,
}

/// A commit or reveal that may be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
	/// The place of the caller's replica.
	pub index: usize,
	/// The last block in which it counts.
	pub until: BlockNumber,
}

/// A new shard with its first replicas, their commit window starting `now`.
pub fn open<AccountId: PartialEq>(
	terms: Terms,
	offers: Vec<Offer<AccountId>>,
	now: BlockNumber,
) -> Result<ShardAttestation<AccountId>, Misuse> {
	let bounded = u32::from(terms.max_replicas) <= MAX_REPLICAS;
	if terms.quorum == 0 || terms.quorum > terms.max_replicas || !bounded {
		return Err(Misuse::BadTerms);
	}
	// A fresh shard is one that waits for its whole quorum.
	let phase = Phase::Waiting { missing: terms.quorum };
	let mut shard = ShardAttestation { terms, phase, replicas: Default::default() };
	extend(&mut shard, offers, now)?;
	Ok(shard)
}

/// Adds replicas that the shard waits for: at least one, no more than are missing. Those that committed or revealed
/// before stay as they are.
pub fn extend<AccountId: PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	offers: Vec<Offer<AccountId>>,
	now: BlockNumber,
) -> Result<(), Misuse> {
	let Phase::Waiting { missing } = shard.phase else { return Err(Misuse::NotWaiting) };
	let total = shard.replicas.len().saturating_add(offers.len());
	if !(1..=usize::from(missing)).contains(&offers.len()) || total > usize::from(shard.terms.max_replicas) {
		return Err(Misuse::WrongCount);
	}
	for (place, offer) in offers.iter().enumerate() {
		let before = offers.iter().take(place).any(|other| other.provider == offer.provider);
		if before || find(shard, &offer.provider).is_some() {
			return Err(Misuse::DrawnTwice);
		}
	}
	for Offer { provider, ask, lock } in offers {
		let replica = Replica { provider, ask, lock, state: ReplicaState::Assigned };
		shard.replicas.try_push(replica).map_err(|_| Misuse::WrongCount)?;
	}
	shard.phase = Phase::Committing { until: now.saturating_add(shard.terms.commit_window) };
	Ok(())
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
	if shard.replicas.iter().any(|replica| replica.state == ReplicaState::Assigned) {
		return Ok(Outcome { discharged: Vec::new(), next: Next::Stay });
	}
	Ok(end_commits(shard, Vec::new(), now))
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

/// Takes a reveal, and counts if it was the last.
pub fn reveal<AccountId: Clone + codec::Encode + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	genesis: &[u8; 32],
	provider: &AccountId,
	reveal: &Reveal,
	now: BlockNumber,
) -> Result<Outcome<AccountId>, Refusal> {
	let Due { index, .. } = check_reveal(shard, genesis, provider, reveal, now)?;
	let own = shard.replicas.get_mut(index).ok_or(Refusal::NotAssigned)?;
	own.state = ReplicaState::Revealed(reveal.claim);
	if committed(shard) > 0 {
		return Ok(Outcome { discharged: Vec::new(), next: Next::Stay });
	}
	Ok(count(shard, Vec::new()))
}

/// What the passing of the deadline does. Nothing if it has not passed `now` or there is none.
pub fn expire<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	now: BlockNumber,
) -> Outcome<AccountId> {
	match shard.phase {
		Phase::Committing { until } if now > until => {
			let missed = miss(shard, |state| matches!(state, ReplicaState::Assigned), ReplicaState::Absent);
			end_commits(shard, missed, now)
		},
		Phase::Revealing { until } if now > until => {
			let missed =
				miss(shard, |state| matches!(state, ReplicaState::Committed(_)), ReplicaState::Silent);
			count(shard, missed)
		},
		_ => Outcome { discharged: Vec::new(), next: Next::Stay },
	}
}

/// The discharges of a shard that is given up: everyone still engaged, without fault.
pub fn release<AccountId: Clone>(shard: &ShardAttestation<AccountId>) -> Vec<Discharge<AccountId>> {
	let engaged = shard.replicas.iter().filter(|replica| replica.state.is_engaged());
	engaged.map(|replica| discharge(replica, Conduct::Released)).collect()
}

/// The last block of the current phase, if it has one.
pub fn deadline<AccountId>(shard: &ShardAttestation<AccountId>) -> Option<BlockNumber> {
	match shard.phase {
		Phase::Waiting { .. } => None,
		Phase::Committing { until } | Phase::Revealing { until } => Some(until),
	}
}

/// The size that a group of equal claims can still reach without a new request: never more than the quorum.
#[cfg(any(feature = "try-runtime", test))]
pub fn largest_possible_group<AccountId>(shard: &ShardAttestation<AccountId>) -> usize {
	let undecided =
		|state: &ReplicaState| matches!(state, ReplicaState::Assigned | ReplicaState::Committed(_));
	let joining = shard.replicas.iter().filter(|replica| undecided(&replica.state)).count();
	let missing = match shard.phase {
		Phase::Waiting { missing } => usize::from(missing),
		_ => 0,
	};
	largest_group(shard).map_or(0, |(_, size)| size) + joining + missing
}

/// Nobody is left that could commit.
fn end_commits<AccountId: Clone + PartialEq>(
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
		shard.phase = Phase::Revealing { until: now.saturating_add(shard.terms.reveal_window) };
		Outcome { discharged, next: Next::Stay }
	} else {
		count(shard, discharged)
	}
}

/// Nobody is left that could reveal: a verdict, or more replicas.
fn count<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	discharged: Vec<Discharge<AccountId>>,
) -> Outcome<AccountId> {
	let quorum = usize::from(shard.terms.quorum);
	match largest_group(shard) {
		Some((Claim::Computed { root, fuel, outcomes }, size)) if size >= quorum => {
			close(shard, Verdict::Agreed { root, fuel, outcomes }, discharged)
		},
		Some((Claim::Unavailable, size)) if size >= quorum => close(shard, Verdict::Unavailable, discharged),
		largest => demand(shard, quorum - largest.map_or(0, |(_, size)| size), discharged),
	}
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
		_ => close(shard, Verdict::NoQuorum, discharged),
	}
}

/// Ends the shard: everyone still engaged is discharged by what the verdict says of it.
fn close<AccountId: Clone>(
	shard: &ShardAttestation<AccountId>,
	verdict: Verdict,
	mut discharged: Vec<Discharge<AccountId>>,
) -> Outcome<AccountId> {
	let mut agreed = Vec::new();
	for replica in shard.replicas.iter().filter(|replica| replica.state.is_engaged()) {
		let conduct = conduct(&verdict, &replica.state);
		if conduct == Conduct::Agreed {
			agreed.push((replica.provider.clone(), replica.ask));
		}
		discharged.push(discharge(replica, conduct));
	}
	Outcome { discharged, next: Next::Close(Closing { verdict, agreed }) }
}

/// How a replica that is engaged to the end behaved. Only a computed quorum proves anyone wrong: that a quorum could not
/// fetch a blob says nothing against those that could, and no quorum says nothing at all.
fn conduct(verdict: &Verdict, state: &ReplicaState) -> Conduct {
	let Verdict::Agreed { root, fuel, outcomes } = *verdict else { return Conduct::Released };
	match state {
		ReplicaState::Revealed(Claim::Unavailable) => Conduct::FalselyUnavailable,
		ReplicaState::Revealed(claim) if *claim == (Claim::Computed { root, fuel, outcomes }) => {
			Conduct::Agreed
		},
		ReplicaState::Revealed(_) => Conduct::Dissented,
		_ => Conduct::Released,
	}
}

/// Moves everyone that has not done its part to where it stays, and discharges it.
fn miss<AccountId: Clone>(
	shard: &mut ShardAttestation<AccountId>,
	due: impl Fn(&ReplicaState) -> bool,
	missed: ReplicaState,
) -> Vec<Discharge<AccountId>> {
	let conduct = if missed == ReplicaState::Absent { Conduct::Absent } else { Conduct::Silent };
	let late = shard.replicas.iter_mut().filter(|replica| due(&replica.state));
	late.map(|replica| {
		replica.state = missed;
		discharge(replica, conduct)
	})
	.collect()
}

fn discharge<AccountId: Clone>(replica: &Replica<AccountId>, conduct: Conduct) -> Discharge<AccountId> {
	Discharge { provider: replica.provider.clone(), lock: replica.lock, conduct }
}

fn find<'a, AccountId: PartialEq>(
	shard: &'a ShardAttestation<AccountId>,
	provider: &AccountId,
) -> Option<(usize, &'a Replica<AccountId>)> {
	shard.replicas.iter().enumerate().find(|(_, replica)| replica.provider == *provider)
}

fn committed<AccountId>(shard: &ShardAttestation<AccountId>) -> usize {
	let states = shard.replicas.iter().map(|replica| &replica.state);
	states.filter(|state| matches!(state, ReplicaState::Committed(_))).count()
}

fn revealed<AccountId>(shard: &ShardAttestation<AccountId>) -> impl Iterator<Item = Claim> + '_ {
	shard.replicas.iter().filter_map(|replica| match replica.state {
		ReplicaState::Revealed(claim) => Some(claim),
		_ => None,
	})
}

/// The claim that most replicas revealed, and how many. Of equally large groups any: none of them is a quorum, since
/// two groups of `quorum` would need more replicas than were ever asked for.
fn largest_group<AccountId>(shard: &ShardAttestation<AccountId>) -> Option<(Claim, usize)> {
	revealed(shard)
		.map(|claim| (claim, revealed(shard).filter(|other| *other == claim).count()))
		.max_by_key(|(_, size)| *size)
}
