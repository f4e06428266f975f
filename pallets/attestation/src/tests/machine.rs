//! The state machine alone, under random sequences of everything that can happen to a shard.

use super::world::{act, start, Act, Start, World};
use crate::{
	machine::{self, Next, Outcome},
	mock::{COMMIT_WINDOW, REVEAL_WINDOW},
};
use ergon_primitives::{Phase, Verdict};
use proptest::prelude::*;

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4_000))]

	/// Whatever happens, the budget holds, nobody is discharged twice or forgotten, the verdict is the claims', and faults
	/// pay for replacements.
	#[test]
	fn invariants_should_hold_under_any_sequence(
		start in start(),
		acts in prop::collection::vec(act(), 0..120),
	) {
		let mut world = World::new(start);
		acts.into_iter().for_each(|act| world.act(act));
	}

	/// From wherever a shard is, when nobody does anything any more, it soon waits for the jobs pallet or is closed.
	#[test]
	fn every_state_should_end_by_itself_or_wait_for_the_jobs(
		start in start(),
		acts in prop::collection::vec(act(), 0..60),
	) {
		let mut world = World::new(start);
		acts.into_iter().for_each(|act| world.act(act));
		for _ in 0..2 {
			world.act(Act::Pass(COMMIT_WINDOW + REVEAL_WINDOW + 1));
		}
		let waits = matches!(world.shard.phase, Phase::Waiting { .. } | Phase::Deciding);
		prop_assert!(world.closed.is_some() || waits);
		// Given up now, it would release everybody who is still engaged.
		let left = world.shard.replicas.iter().filter(|replica| replica.state.is_engaged()).count();
		prop_assert_eq!(machine::release(&world.shard).len(), left);
	}

	/// From wherever a shard is, it comes to an end in bounded time once replacements are drawn and decisions made, whoever
	/// works or not.
	#[test]
	fn every_shard_should_end(
		start in start(),
		acts in prop::collection::vec(act(), 0..60),
		diligent in any::<u8>(),
		audit in any::<bool>(),
	) {
		let mut world = World::new(start);
		acts.into_iter().for_each(|act| world.act(act));
		// Every round draws at least one of at most seven, or decides, once.
		for _ in 0..=9 {
			for who in (0..7).filter(|who| diligent & (1 << who) != 0) {
				world.act(Act::Commit(who, 1));
			}
			world.act(Act::Decide(audit));
			world.act(Act::Pass(COMMIT_WINDOW + 1));
			(0..3).map(Act::Reveal).for_each(|act| world.act(act));
			world.act(Act::Pass(REVEAL_WINDOW + 1));
			world.act(Act::Draw(0));
		}
		prop_assert!(world.closed.is_some());
	}

	/// Honest replicas settle a shard at the first count, one alone whether it is audited or not.
	#[test]
	fn honest_shard_should_settle_at_once(start in start(), audit in any::<bool>()) {
		let mut world = World::new(start);
		if start.alone {
			world.act(Act::Commit(0, 1));
			world.act(Act::Decide(audit));
			world.act(Act::Draw(0));
		}
		let replicas = world.shard.replicas.len();
		(0..replicas).for_each(|who| world.act(Act::Commit(who, 1)));
		for who in 0..replicas {
			prop_assert_eq!(world.closed, None);
			world.act(Act::Reveal(who));
		}
		let agreed = matches!(world.closed, Some(Verdict::Agreed { .. }));
		prop_assert!(agreed);
	}
}

#[test]
fn deadline_that_has_not_passed_should_do_nothing() {
	for alone in [false, true] {
		let mut world = World::new(Start { quorum: 2, max_replicas: 4, alone, referee: None });
		let before = world.shard.clone();
		for now in [0, 1, 1 + COMMIT_WINDOW] {
			let outcome = machine::expire(&mut world.shard, None, now);
			assert_eq!(outcome, Outcome { discharged: vec![], next: Next::Stay });
		}
		assert_eq!(before, world.shard);
	}
}
