//! The state machine of one shard, without FRAME and without effects: functions on [`ShardAttestation`] that say what
//! followed. The pallet carries it out.
//!
//! ```text
//!            draw                all committed, or late with enough
//! Waiting ─────────▶ Committing ────────────────────────────────────▶ Revealing
//!  ▲   ▲                 │ late with too few        ▲                     │ all revealed, or late
//!  │   └─────────────────┴────────────────◀─────────│── too few equal ◀───┤
//!  │                                                │                     └── quorum ──▶ closed
//!  │ audit                                          │ trust
//!  └──────────────────── Deciding ──────────────────┘
//!                           ▲ a lone replica has committed
//! ```
//!
//! ## Every state and its exits
//! *Lone* says that `trust` is above zero: the first replica works alone, and is all that was ever drawn. `q` is the quorum.
//! Where more replicas are needed than `max_replicas` allows, `Waiting` in this table is **the end**: the referee is asked,
//! and without its word the verdict is `NoQuorum`. Of a lone replica that cannot happen, since working alone takes
//! `max_replicas` above the quorum.
//!
//! | state | event | what follows |
//! |---|---|---|
//! | `Waiting { missing }` | a draw of 1 to `missing` | `Committing`, with a window of its own for those drawn |
//! | `Committing` | a commitment, others to come | the same |
//! | | the last commitment, `q` have committed or revealed | `Revealing` |
//! | | the last commitment, fewer (the draw was smaller than what is missing) | `Waiting` for the rest |
//! | | late: whoever has not committed is `Absent`; `q` are left, one has still to reveal | `Revealing` |
//! | | late: `q` are left, all of them revealed before | counted, as at the end of `Revealing` |
//! | | late: fewer than `q` are left | `Waiting` for the rest; commitments stay closed meanwhile |
//! | lone `Committing` | its commitment | `Deciding`; the jobs pallet is asked for a decision |
//! | | late: `Absent` | not lone any more, `Waiting` for `q` |
//! | lone `Deciding` | trust | lone `Revealing` |
//! | | audit | not lone any more, `Waiting` for `q` − 1; who decided knows and is not asked |
//! | lone `Revealing` | a computed claim, the client has exposed nothing | closed: `Agreed`, its conduct `Alone` |
//! | | a computed claim, the client has exposed the same | closed: `Agreed`, its conduct `Agreed` |
//! | | a computed claim, the client has exposed another; or `Unavailable` | not lone any more, `Waiting` for `q` − 1 |
//! | | late, the client has exposed nothing: silent, its conduct `Absent` | not lone any more, `Waiting` for `q` |
//! | | late, the client has exposed something: `Silent` | the same |
//! | `Revealing` | a reveal, others to come | the same |
//! | | the last reveal; or late: whoever has not revealed is `Silent` | counted |
//! | counted | `q` equal claims | closed: `Agreed`, or `Unavailable` |
//! | | fewer | `Waiting` for what the largest group lacks |
//! | the end | the referee names one of the claims | closed: `Agreed` with it |
//! | | it cannot, or nobody has revealed a computed claim | closed: `NoQuorum` |
//! | any | the job's deadline ([`release`]) | closed without a verdict, everyone engaged released |
//!
//! So each state but two ends by itself, in the block after its last at the latest. `Waiting` and `Deciding` end by what the
//! jobs pallet does: by a draw or a decision when it can, by the job's deadline when it cannot. No state outlives that one.
//! An event that a state does not name is refused and changes nothing. What the client exposes matters only while a replica
//! is lone, and is looked at when it reveals: whether it was exposed before the decision or after is the same.
//!
//! ## Why a quorum is never overshot
//! A draw adds only the replicas that the largest group of equal claims lacks. So at any time (size of the largest group) +
//! (replicas that can still join one) + (replicas still to be drawn) ≤ quorum, where for a lone replica the rest of the
//! quorum counts as still to be drawn, since it may be audited. A group has exactly `quorum` members when it wins: what the
//! client pays for is known before the first draw. [`largest_possible_group`] is that sum; `try_state` and a property test
//! hold it to the quorum.
//!
//! ## Why there are never more replacements to pay than faults that pay for them
//! A *replacement* is a replica drawn when `q` were drawn before it. Claims are counted only when nobody has still to
//! reveal; so where a replacement has revealed, the first `q` have all revealed or missed. Of a verdict `Agreed`, at most `q`
//! are with it; each replacement among them stands for one of the first `q` that is not, and that one was absent, silent, or
//! revealed something else: a fault. A claim of the referee's, who is asked when no group has `q` members, is no different.

mod count;
mod duty;
mod look;

pub use duty::{check_commit, check_reveal, commit, reveal, Due};
pub use look::deadline;
#[cfg(any(feature = "std", feature = "try-runtime"))]
pub use look::largest_possible_group;

use alloc::{vec, vec::Vec};
use ergon_primitives::{
	attestation::Terms, job::MAX_REPLICAS, Balance, BlockNumber, Claim, Conduct, Phase, Replica,
	ReplicaState, ShardAttestation,
};
use ergon_traits::{Closing, Decision, Offer};

use crate::refusal::Misuse;
use look::find;

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
	/// To be decided on: is its lone replica audited?
	Decide,
	/// So many more replicas.
	Request(u8),
	/// To be judged by the referee, between these claims, and closed by [`judge`].
	Judge(Vec<Claim>),
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

impl<AccountId> Outcome<AccountId> {
	fn of(next: Next<AccountId>) -> Self {
		Self { discharged: Vec::new(), next }
	}
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
	let mut shard = ShardAttestation { terms, phase, trust: 0, replicas: Default::default() };
	extend(&mut shard, offers, now)?;
	Ok(shard)
}

/// A new shard with one replica that works alone, with the lock of its trust. There must be others to audit it, and room
/// for a whole quorum beside it if it fails.
pub fn open_alone<AccountId: PartialEq>(
	terms: Terms,
	offer: Offer<AccountId>,
	now: BlockNumber,
) -> Result<ShardAttestation<AccountId>, Misuse> {
	let trust = offer.trust.filter(|trust| trust.one_in >= 2).ok_or(Misuse::NotTrusted)?;
	if terms.quorum < 2 || terms.quorum >= terms.max_replicas {
		return Err(Misuse::BadTerms);
	}
	let mut shard = open(terms, vec![Offer { lock: trust.lock, ..offer }], now)?;
	shard.trust = trust.one_in;
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
	for Offer { provider, ask, lock, .. } in offers {
		let replica = Replica { provider, ask, lock, state: ReplicaState::Assigned };
		shard.replicas.try_push(replica).map_err(|_| Misuse::WrongCount)?;
	}
	shard.phase = Phase::Committing { until: now.saturating_add(shard.terms.commit_window) };
	Ok(())
}

/// Trusts the lone replica that has committed, or has it audited.
pub fn decide<AccountId>(
	shard: &mut ShardAttestation<AccountId>,
	decision: Decision,
	now: BlockNumber,
) -> Result<(), Misuse> {
	if shard.phase != Phase::Deciding {
		return Err(Misuse::NotDeciding);
	}
	match decision {
		Decision::Trust => start_reveals(shard, now),
		Decision::Audit => {
			shard.trust = 0;
			// At least 1 and room for it: `open_alone` has seen to that.
			shard.phase = Phase::Waiting { missing: shard.terms.quorum.saturating_sub(1) };
		},
	}
	Ok(())
}

/// What the passing of the deadline does. Nothing if it has not passed `now` or there is none. `known` is what the client has
/// exposed of the shard, and matters only for a lone replica.
pub fn expire<AccountId: Clone + PartialEq>(
	shard: &mut ShardAttestation<AccountId>,
	known: Option<Claim>,
	now: BlockNumber,
) -> Outcome<AccountId> {
	match shard.phase {
		Phase::Committing { until } if now > until => {
			let assigned = |state: &ReplicaState| matches!(state, ReplicaState::Assigned);
			let missed = miss(shard, assigned, ReplicaState::Absent, Conduct::Absent);
			count::end_commits(shard, missed, now)
		},
		Phase::Revealing { until } if now > until => {
			// Whoever was trusted had nothing to fear from its claim, unless it has seen the client's: so it has not kept
			// it back, it was not there.
			let trusted = shard.trust > 0 && known.is_none();
			let conduct = if trusted { Conduct::Absent } else { Conduct::Silent };
			let committed = |state: &ReplicaState| matches!(state, ReplicaState::Committed(_));
			let missed = miss(shard, committed, ReplicaState::Silent, conduct);
			count::count(shard, missed)
		},
		_ => Outcome::of(Next::Stay),
	}
}

/// Closes a shard that no more replicas are allowed for: by the claim that the referee names, if it is one of those
/// revealed. `discharged` are those whose engagement ended before it was asked.
pub fn judge<AccountId: Clone>(
	shard: &ShardAttestation<AccountId>,
	discharged: Vec<Discharge<AccountId>>,
	judged: Option<Claim>,
) -> Outcome<AccountId> {
	count::close_judged(shard, discharged, judged)
}

/// The discharges of a shard that is given up: everyone still engaged, without fault.
pub fn release<AccountId: Clone>(shard: &ShardAttestation<AccountId>) -> Vec<Discharge<AccountId>> {
	let engaged = shard.replicas.iter().filter(|replica| replica.state.is_engaged());
	engaged.map(|replica| discharge(replica, Conduct::Released)).collect()
}

/// Asks for the reveals.
fn start_reveals<AccountId>(shard: &mut ShardAttestation<AccountId>, now: BlockNumber) {
	shard.phase = Phase::Revealing { until: now.saturating_add(shard.terms.reveal_window) };
}

/// Moves everyone that has not done its part to where it stays, and discharges it. A lone replica that is due and late has
/// done nothing to be trusted for: from here on the shard is like any other.
fn miss<AccountId: Clone>(
	shard: &mut ShardAttestation<AccountId>,
	due: impl Fn(&ReplicaState) -> bool,
	missed: ReplicaState,
	conduct: Conduct,
) -> Vec<Discharge<AccountId>> {
	shard.trust = 0;
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
