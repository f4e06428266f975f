//! Ten thousand tries to be paid for what another has computed: with its commitment, its reveal, its salt, its claim or all of
//! them, of this shard or another, of this chain or a fork, in any order and in the same block.

use crate::{mock::*, *};
use ergon_primitives::{commitment, Claim, Phase};
use ergon_traits::{Attestation as _, Decision};
use frame_support::dispatch::CheckIfFeeless;
use proptest::prelude::*;

/// Who computes, and who copies; the copier is never the one who works.
const WORKS: AccountId = 1;
const COPIES: AccountId = 2;
/// Who computes, too, where one more is needed.
const HELP: [AccountId; 2] = [3, 4];

/// A fork's first block.
const FORK: [u8; 32] = [96; 32];

/// One move of the copier, of what it has seen. Numbers are folded into how much that is.
#[derive(Clone, Copy, Debug)]
enum Move {
	/// Commits to the very bytes that somebody committed to.
	Replay(usize),
	/// Makes a commitment of its own of a claim and a salt that it has seen, by this chain's rules.
	Reseal(usize, usize),
	/// Reveals a claim and a salt that it has seen, not always those of one reveal.
	Reveal(usize, usize),
	/// Sends the other's last call in its own name, or in the other's: as a replayer without its key would.
	Resend(bool),
	/// The one who works does what is due.
	Work,
	/// A block passes.
	Pass,
}

fn a_move() -> impl Strategy<Value = Move> {
	let some = || 0..64usize;
	prop_oneof![
		3 => some().prop_map(Move::Replay),
		3 => (some(), some()).prop_map(|(claim, salt)| Move::Reseal(claim, salt)),
		4 => (some(), some()).prop_map(|(claim, salt)| Move::Reveal(claim, salt)),
		2 => any::<bool>().prop_map(Move::Resend),
		4 => Just(Move::Work),
		1 => Just(Move::Pass),
	]
}

/// How the copier came to the shard.
#[derive(Clone, Copy, Debug)]
enum Seat {
	/// Beside the one who works.
	Beside,
	/// Alone, and trusted if it commits.
	Trusted,
	/// Alone, and audited by the one who works.
	Audited,
}

fn seat() -> impl Strategy<Value = Seat> {
	prop_oneof![2 => Just(Seat::Beside), 1 => Just(Seat::Trusted), 1 => Just(Seat::Audited)]
}

/// What can be read by everyone.
#[derive(Default)]
struct Seen {
	commitments: Vec<[u8; 32]>,
	claims: Vec<Claim>,
	salts: Vec<[u8; 32]>,
	last: Option<RuntimeCall>,
}

impl Seen {
	fn pick<T: Copy>(all: &[T], which: usize) -> Option<T> {
		all.get(which % all.len().max(1)).copied()
	}

	fn reveal(&mut self, claim: Claim, salt: [u8; 32]) {
		self.claims.push(claim);
		self.salts.push(salt);
	}
}

/// What the one who works computes: of each shard something else, to be known by computing only.
fn result(shard: u32) -> Claim {
	computed(10 + (shard % 200) as u8)
}

/// Whether the shard takes this from this provider now: what the pool and the fee ask.
fn tried(signer: AccountId, call: RuntimeCall) {
	let free = call.is_feeless(&RuntimeOrigin::signed(signer));
	assert_eq!(send(signer, call).is_ok(), free);
}

/// The one who works commits or reveals, whatever is due; everyone sees it.
fn work(key: ShardKey, seen: &mut Seen) {
	let claim = result(key.shard.0);
	match phase(key) {
		Some(Phase::Committing { .. }) => {
			let call = commit_call(key, WORKS, claim);
			if send(worker_of(WORKS), call.clone()).is_ok() {
				seen.commitments.push(sealed(key, WORKS, claim));
				seen.last = Some(call);
			}
		},
		Some(Phase::Revealing { .. }) => {
			let call = reveal_call(key, WORKS, claim);
			if send(worker_of(WORKS), call.clone()).is_ok() {
				seen.reveal(claim, salt(key, WORKS));
				seen.last = Some(call);
			}
		},
		_ => (),
	}
}

/// One try, on a shard of its own.
fn try_it(shard: u32, seat: Seat, moves: &[Move]) {
	let mut seen = Seen::default();
	let key = match seat {
		Seat::Beside => open(shard, &[WORKS, COPIES], 4),
		Seat::Trusted | Seat::Audited => open_alone(shard, COPIES, 2, 4),
	};
	// From another shard, and from a fork on which the same was asked and committed to.
	let other = crate::mock::key(shard.wrapping_add(1_000_000));
	let elsewhere = result(shard + 1);
	seen.commitments.push(sealed(other, WORKS, elsewhere));
	seen.commitments.push(commitment(&FORK, &key, &WORKS, &result(shard), &salt(key, WORKS)));
	seen.commitments.push(commitment(&FORK, &key, &COPIES, &result(shard), &salt(key, WORKS)));
	// Resealing a claim of another shard where nobody looks is a lie, and no copy: see the stakes for what that costs.
	if !matches!(seat, Seat::Trusted) {
		seen.reveal(elsewhere, salt(other, WORKS));
	}

	for one in moves {
		act(key, *one, &mut seen);
		if phase(key) == Some(Phase::Deciding) {
			let trusted = matches!(seat, Seat::Trusted);
			decide(key, if trusted { Decision::Trust } else { Decision::Audit });
			if !trusted {
				extend(key, &[WORKS]);
			}
		}
	}
	finish(key, &mut seen);
}

fn act(key: ShardKey, one: Move, seen: &mut Seen) {
	let copier = worker_of(COPIES);
	match one {
		Move::Replay(which) => {
			if let Some(bytes) = Seen::pick(&seen.commitments, which) {
				tried(copier, commits_call(vec![(key, bytes)]));
			}
		},
		Move::Reseal(claim, salt) => {
			let both = (Seen::pick(&seen.claims, claim), Seen::pick(&seen.salts, salt));
			if let (Some(claim), Some(salt)) = both {
				tried(copier, commits_call(vec![(key, commitment(&GENESIS, &key, &COPIES, &claim, &salt))]));
			}
		},
		Move::Reveal(claim, salt) => {
			let both = (Seen::pick(&seen.claims, claim), Seen::pick(&seen.salts, salt));
			if let (Some(claim), Some(salt)) = both {
				tried(copier, reveals_call(vec![Reveal { key, claim, salt }]));
			}
		},
		Move::Resend(own_name) => {
			if let Some(call) = seen.last.clone() {
				tried(if own_name { copier } else { worker_of(WORKS) }, call);
			}
		},
		Move::Work => work(key, seen),
		Move::Pass => to_block(System::block_number() as u32 + 1),
	}
}

/// Those who work bring the shard to its end; the copier goes on trying what it has seen last.
fn finish(key: ShardKey, seen: &mut Seen) {
	// At most a wait, a round that the copier spoils, another wait and another round.
	for _ in 0..6 {
		match phase(key) {
			None => return,
			Some(Phase::Waiting { missing }) => {
				let drawn = Attestation::get(key).unwrap().replicas;
				let fresh = [WORKS, HELP[0], HELP[1]]
					.into_iter()
					.filter(|provider| !drawn.iter().any(|replica| replica.provider == *provider));
				extend(key, &fresh.take(missing.into()).collect::<Vec<_>>());
			},
			Some(_) => {
				// Commits, then reveals, in the same block.
				for _ in 0..2 {
					work(key, seen);
					HELP.into_iter().for_each(|helper| help(key, helper));
					act(key, Move::Reveal(seen.claims.len().max(1) - 1, seen.salts.len().max(1) - 1), seen);
				}
				to_block(System::block_number() as u32 + COMMIT_WINDOW + 1);
			},
		}
	}
}

/// Does what is due.
fn help(key: ShardKey, helper: AccountId) {
	let claim = result(key.shard.0);
	match phase(key) {
		Some(Phase::Committing { .. }) => tried(worker_of(helper), commit_call(key, helper, claim)),
		Some(Phase::Revealing { .. }) => tried(worker_of(helper), reveal_call(key, helper, claim)),
		_ => (),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(10_000))]

	#[test]
	fn copier_should_earn_nothing_whatever_it_replays(
		shard in 0..1_000u32,
		seat in seat(),
		moves in prop::collection::vec(a_move(), 0..24),
	) {
		run(|| {
			try_it(shard, seat, &moves);
			let Neighbours { paid, slashed, .. } = neighbours();
			assert_eq!(paid.get(&COPIES), None);
			// Whoever works is paid all the same, by what the copier lost.
			assert_eq!(told().last().map(verdict), Some(agreed_on_result(shard)));
			assert_eq!(paid.len(), 2);
			assert!(slashed.contains_key(&(COPIES, key(shard))));
		});
	}
}

fn verdict(told: &Told) -> Option<ergon_primitives::Verdict> {
	match told {
		Told::Closed(_, closing) => Some(closing.verdict),
		_ => None,
	}
}

fn agreed_on_result(shard: u32) -> Option<ergon_primitives::Verdict> {
	Some(agreed_on(10 + (shard % 200) as u8))
}
