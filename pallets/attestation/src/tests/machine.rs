//! The state machine alone, under random sequences of everything that can happen to a shard.

use crate::{
	machine::{self, Discharge, Next, Outcome},
	mock::{computed, key, lock_of, offers, terms, COMMIT_WINDOW, REVEAL_WINDOW},
	MAX_SHARD_BYTES,
};
use codec::Encode;
use ergon_primitives::{
	commitment, BlockNumber, Claim, Conduct, Phase, ReplicaState, Reveal, ShardAttestation, Verdict,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const GENESIS: [u8; 32] = [3; 32];

/// Something that happens. Numbers are folded into what is possible.
#[derive(Clone, Copy, Debug)]
enum Act {
	/// Some replica tries to commit to a claim.
	Commit(usize, u8),
	/// Some replica tries to reveal what it committed to.
	Reveal(usize),
	/// Time passes, and the deadline if it is due.
	Pass(BlockNumber),
	/// The jobs pallet draws, all that are missing or fewer.
	Draw(usize),
}

fn act() -> impl Strategy<Value = Act> {
	prop_oneof![
		4 => (0..7usize, 0..4u8).prop_map(|(who, claim)| Act::Commit(who, claim)),
		4 => (0..7usize).prop_map(Act::Reveal),
		1 => (1..COMMIT_WINDOW * 2).prop_map(Act::Pass),
		2 => (0..7usize).prop_map(Act::Draw),
	]
}

/// Few different claims, so that groups form; 0 is the unavailable one.
fn claim(which: u8) -> Claim {
	match which {
		0 => Claim::Unavailable,
		which => computed(which),
	}
}

/// A shard, and what an onlooker keeps of it.
struct World {
	shard: ShardAttestation<u64>,
	now: BlockNumber,
	claims: BTreeMap<u64, Claim>,
	discharged: BTreeMap<u64, Conduct>,
	closed: Option<Verdict>,
}

impl World {
	fn new(quorum: u8, max_replicas: u8) -> Self {
		let first: Vec<_> = (1..=u64::from(quorum)).collect();
		let shard = machine::open(terms(quorum, max_replicas), offers(&first), 1).unwrap();
		Self { shard, now: 1, claims: BTreeMap::new(), discharged: BTreeMap::new(), closed: None }
	}

	fn act(&mut self, act: Act) {
		let provider = |who: usize| self.shard.replicas[who % self.shard.replicas.len()].provider;
		match act {
			Act::Commit(who, which) => self.commit(provider(who), claim(which)),
			Act::Reveal(who) => self.reveal(provider(who)),
			Act::Pass(blocks) => {
				self.now += blocks;
				let outcome = machine::expire(&mut self.shard, self.now);
				self.follow(outcome);
			},
			Act::Draw(fewer) => self.draw(fewer),
		}
		self.check();
	}

	fn commit(&mut self, provider: u64, claim: Claim) {
		let sealed = commitment(&GENESIS, &key(0), &provider, &claim, &[provider as u8; 32]);
		let before = self.shard.clone();
		match machine::commit(&mut self.shard, &provider, sealed, self.now) {
			Ok(outcome) => {
				assert!(!matches!(outcome.next, Next::Close(_)), "a commitment never closes a shard");
				self.claims.insert(provider, claim);
				self.follow(outcome);
			},
			Err(_) => assert_eq!(before, self.shard),
		}
	}

	fn reveal(&mut self, provider: u64) {
		let claim = self.claims.get(&provider).copied().unwrap_or(Claim::Unavailable);
		let reveal = Reveal { key: key(0), claim, salt: [provider as u8; 32] };
		let before = self.shard.clone();
		match machine::reveal(&mut self.shard, &GENESIS, &provider, &reveal, self.now) {
			Ok(outcome) => self.follow(outcome),
			Err(_) => assert_eq!(before, self.shard),
		}
	}

	fn draw(&mut self, fewer: usize) {
		let Phase::Waiting { missing } = self.shard.phase else { return };
		let drawn = self.shard.replicas.len() as u64;
		let count = u64::from(missing) - (fewer as u64 % u64::from(missing));
		let fresh: Vec<_> = (drawn + 1..=drawn + count).collect();
		machine::extend(&mut self.shard, offers(&fresh), self.now).unwrap();
	}

	fn follow(&mut self, outcome: Outcome<u64>) {
		let Outcome { discharged, next } = outcome;
		for Discharge { provider, lock, conduct } in discharged {
			assert_eq!(lock, lock_of(provider));
			assert_eq!(self.discharged.insert(provider, conduct), None, "{provider} was discharged before");
		}
		match next {
			Next::Stay => (),
			Next::Request(missing) => assert_eq!(self.shard.phase, Phase::Waiting { missing }),
			Next::Close(closing) => {
				let paid: Vec<_> = closing.agreed.iter().map(|(provider, _)| *provider).collect();
				self.closed = Some(closing.verdict);
				self.check_end(paid);
			},
		}
	}

	/// What holds at any time.
	fn check(&self) {
		let World { shard, .. } = self;
		let terms = shard.terms;
		assert!(shard.replicas.len() <= usize::from(terms.max_replicas));
		assert!(shard.encoded_size() <= MAX_SHARD_BYTES);
		if self.closed.is_some() {
			return;
		}
		assert!(machine::largest_possible_group(shard) <= usize::from(terms.quorum));
		for replica in &shard.replicas {
			assert_eq!(replica.state.is_engaged(), !self.discharged.contains_key(&replica.provider));
		}
		assert_eq!(machine::release(shard).len() + self.discharged.len(), shard.replicas.len());
		let count = |wanted: fn(&ReplicaState) -> bool| {
			shard.replicas.iter().filter(|replica| wanted(&replica.state)).count()
		};
		let assigned = count(|state| matches!(state, ReplicaState::Assigned));
		let committed = count(|state| matches!(state, ReplicaState::Committed(_)));
		match shard.phase {
			Phase::Committing { until } => assert!(assigned > 0 && until + COMMIT_WINDOW >= self.now),
			Phase::Revealing { .. } => assert!(assigned == 0 && committed > 0),
			Phase::Waiting { missing } => {
				assert!(assigned == 0 && missing > 0);
				assert!(shard.replicas.len() + usize::from(missing) <= usize::from(terms.max_replicas));
			},
		}
	}

	/// What holds at the end, judged by the claims and not by the machine.
	fn check_end(&self, paid: Vec<u64>) {
		let replicas = &self.shard.replicas;
		assert_eq!(self.discharged.len(), replicas.len(), "everybody is discharged");
		let revealed = |wanted: Claim| {
			let all = replicas.iter().filter(|replica| replica.state == ReplicaState::Revealed(wanted));
			all.map(|replica| replica.provider).collect::<Vec<_>>()
		};
		let quorum = usize::from(self.shard.terms.quorum);
		let winner = (0..4).map(claim).find(|claim| revealed(*claim).len() >= quorum);
		let verdict = self.closed.expect("it is closed");
		match winner {
			Some(Claim::Computed { root, fuel, outcomes }) => {
				assert_eq!(verdict, Verdict::Agreed { root, fuel, outcomes });
				let agreed = revealed(Claim::Computed { root, fuel, outcomes });
				assert_eq!(agreed.len(), quorum, "never more than the client pays for");
				assert_eq!(paid, agreed);
			},
			Some(Claim::Unavailable) => assert_eq!(verdict, Verdict::Unavailable),
			None => assert_eq!(verdict, Verdict::NoQuorum),
		}
		if !matches!(verdict, Verdict::Agreed { .. }) {
			assert_eq!(paid, Vec::<u64>::new());
		}
		for replica in replicas {
			let expected = match (replica.state, winner) {
				(ReplicaState::Absent, _) => Conduct::Absent,
				(ReplicaState::Silent, _) => Conduct::Silent,
				(ReplicaState::Revealed(claim), Some(winner @ Claim::Computed { .. })) if claim == winner => {
					Conduct::Agreed
				},
				(ReplicaState::Revealed(Claim::Unavailable), Some(Claim::Computed { .. })) => {
					Conduct::FalselyUnavailable
				},
				(ReplicaState::Revealed(_), Some(Claim::Computed { .. })) => Conduct::Dissented,
				_ => Conduct::Released,
			};
			assert_eq!(self.discharged[&replica.provider], expected);
		}
	}
}

/// A quorum and a most that may go together.
fn sizes() -> impl Strategy<Value = (u8, u8)> {
	(1..=7u8).prop_flat_map(|most| (1..=most, Just(most)))
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(2_000))]

	/// Whatever happens, the budget holds, nobody is discharged twice or forgotten, and the verdict is the claims'.
	#[test]
	fn invariants_should_hold_under_any_sequence(
		(quorum, most) in sizes(),
		acts in prop::collection::vec(act(), 0..120),
	) {
		let mut world = World::new(quorum, most);
		world.check();
		for act in acts {
			if world.closed.is_some() {
				break;
			}
			world.act(act);
		}
	}

	/// From wherever a shard is, it comes to an end in bounded time once replacements are drawn, whoever works or not.
	#[test]
	fn every_shard_should_end(
		(quorum, most) in sizes(),
		acts in prop::collection::vec(act(), 0..60),
		diligent in any::<u8>(),
	) {
		let mut world = World::new(quorum, most);
		for act in acts {
			if world.closed.is_none() {
				world.act(act);
			}
		}
		// Every round draws at least one of at most eight.
		for _ in 0..=8 {
			for who in 0..7 {
				if world.closed.is_none() && diligent & (1 << who) != 0 {
					world.act(Act::Commit(who, 1));
				}
			}
			let reveals = (0..3).map(Act::Reveal);
			let rest = [Act::Pass(REVEAL_WINDOW + 1), Act::Draw(0)];
			for act in [Act::Pass(COMMIT_WINDOW + 1)].into_iter().chain(reveals).chain(rest) {
				if world.closed.is_none() {
					world.act(act);
				}
			}
		}
		prop_assert!(world.closed.is_some());
	}

	/// Honest replicas settle a shard at the first count.
	#[test]
	fn honest_shard_should_settle_at_once((quorum, most) in sizes()) {
		let mut world = World::new(quorum, most);
		for who in 0..usize::from(quorum) {
			world.act(Act::Commit(who, 1));
		}
		for who in 0..usize::from(quorum) {
			prop_assert_eq!(world.closed, None);
			world.act(Act::Reveal(who));
		}
		let agreed = matches!(world.closed, Some(Verdict::Agreed { .. }));
		prop_assert!(agreed);
	}
}

#[test]
fn deadline_that_has_not_passed_should_do_nothing() {
	let mut world = World::new(2, 4);
	let before = world.shard.clone();
	for now in [0, 1, 1 + COMMIT_WINDOW] {
		let outcome = machine::expire(&mut world.shard, now);
		assert_eq!(outcome, Outcome { discharged: vec![], next: Next::Stay });
	}
	assert_eq!(before, world.shard);
}
