//! Corrupts each part of the state and sees that the check of it fires.

use super::*;
use crate::{
	Deadlines, Ends, Exposed, Fines, Lane, NextDeadline, NextJob, NextPrune, Prunes, Queue, QueueEnds,
	QueueItem, Rank, Standing, Standings, Turn, Turns, Waiting,
};
use frame_support::traits::fungible::MutateHold;

/// One job of two shards, of which one is settled and one open, and one queued job; then a corruption, then the complaint.
fn complains(corrupt: impl FnOnce(JobId, JobId), expected: &'static str) {
	externalities().execute_with(|| {
		to_block(1);
		let working = submit(ADA, spec_of(2));
		to_block(3);
		close(key(working, 0), agreed(1));
		let queued = submit(BOB, spec());
		Jobs::do_try_state().unwrap();
		corrupt(working, queued);
		let error = Jobs::do_try_state().unwrap_err();
		assert_eq!(error, sp_runtime::TryRuntimeError::Other(expected));
	});
}

fn change(id: JobId, change: impl FnOnce(&mut Standing)) {
	Standings::<Test>::mutate(id, |standing| change(standing.as_mut().unwrap()));
}

#[test]
fn try_state_should_see_holds_that_are_not_the_sums() {
	let hold = |reason: HoldReason| Balances::hold(&reason.into(), &ADA, 1).unwrap();
	complains(
		|_, _| hold(HoldReason::JobBudget),
		"jobs: a JobBudget hold is not the sum over its owner's jobs",
	);
	complains(
		|_, _| hold(HoldReason::JobDeposit),
		"jobs: a JobDeposit hold is not the sum over its owner's jobs",
	);
}

#[test]
fn try_state_should_see_money_that_does_not_add_up() {
	complains(
		|id, _| change(id, |standing| standing.progress.paid += 1),
		"jobs: paid, fees, refunded and held do not add up to the budget",
	);
	complains(
		|id, _| {
			change(id, |standing| {
				standing.progress.held -= 1;
				standing.progress.refunded += 1;
			})
		},
		"jobs: what is held is not the budget of the open shards",
	);
}

#[test]
fn try_state_should_see_counters_that_do_not_fit() {
	complains(
		|id, _| change(id, |standing| standing.progress.settled += 1),
		"jobs: the counters do not add up to the job's shards",
	);
	complains(|_, id| change(id, |standing| standing.drawn = 2), "jobs: more shards drawn than there are");
	complains(
		|_, id| change(id, |standing| standing.drawn = 1),
		"jobs: the queued shards are not those never drawn",
	);
	complains(
		|_, id| change(id, |standing| standing.state = ergon_primitives::views::JobState::Working),
		"jobs: the state does not fit the counters",
	);
	complains(
		|id, _| {
			change(id, |standing| {
				standing.progress.settled -= 1;
				standing.progress.working += 1;
			});
		},
		"jobs: the working shards are not those without a record",
	);
}

#[test]
fn try_state_should_see_records_and_attestations_that_do_not_fit() {
	complains(
		|id, _| drop(crate::Shards::<Test>::take(id, ShardIndex(0))),
		"jobs: a working shard has no open attestation",
	);
	complains(
		|id, _| drop(FakeAttestation::end(key(id, 1))),
		"jobs: a working shard has no open attestation",
	);
	let copy = |id, shard| {
		let record = crate::Shards::<Test>::get(JobId(0), ShardIndex(0)).unwrap();
		crate::Shards::<Test>::insert(id, ShardIndex(shard), record);
	};
	complains(|id, _| copy(id, 1), "jobs: a closed shard has an open attestation");
	complains(|id, _| copy(id, 2), "jobs: a record of a shard that was never drawn, or is pruned");
	complains(|_, _| copy(JobId(5), 0), "jobs: a shard's record without a job");
}

#[test]
fn try_state_should_see_what_would_never_come_due() {
	complains(|id, _| Deadlines::<Test>::remove(100, id), "jobs: an unfinished job has no deadline");
	complains(|_, _| NextDeadline::<Test>::put(101), "jobs: a deadline lies behind the cursor");
	complains(
		|_, _| Deadlines::<Test>::insert(100, JobId(9), ()),
		"jobs: a job is due twice, or one that is gone is due",
	);
	let finish = |id: JobId| drop(close(key(id, 1), agreed(1)));
	complains(
		|id, _| {
			finish(id);
			Prunes::<Test>::remove(23, id);
		},
		"jobs: a finished job is never pruned",
	);
	complains(
		|id, _| {
			finish(id);
			Deadlines::<Test>::insert(100, id, ());
		},
		"jobs: a finished job has a deadline",
	);
	complains(
		|id, _| {
			finish(id);
			NextPrune::<Test>::put(24);
		},
		"jobs: a pruning lies behind the cursor",
	);
}

#[test]
fn try_state_should_see_jobs_that_are_half_there() {
	complains(|_, id| Standings::<Test>::remove(id), "jobs: a job without a standing");
	complains(
		|_, id| Standings::<Test>::insert(JobId(7), Standings::<Test>::get(id).unwrap()),
		"jobs: a standing without a job",
	);
	complains(|_, _| NextJob::<Test>::put(JobId(1)), "jobs: a job of a number that was never given");
}

#[test]
fn try_state_should_see_a_broken_ring() {
	let put = |item| Jobs::enqueue(item);
	let more = QueueItem::More { key: key(JobId(0), 1), from: 0 };
	complains(
		|_, _| {
			put(more);
			Queue::<Test>::remove(0);
		},
		"jobs: the ring has a gap",
	);
	complains(
		|_, _| QueueEnds::<Test>::put(Ends { head: 9, tail: 8 }),
		"jobs: the ring ends before it begins",
	);
	complains(
		|_, _| {
			put(more);
			QueueEnds::<Test>::mutate(|ends| ends.head += 1);
		},
		"jobs: an item outside the ring's ends",
	);
	complains(
		|id, _| FakeAttestation::wait(key(id, 1), 1),
		"jobs: a shard that waits does not stand in the ring",
	);
	complains(
		|id, _| {
			FakeAttestation::decide_on(key(id, 1));
			put(QueueItem::More { key: key(id, 1), from: 0 });
		},
		"jobs: a shard that waits does not stand in the ring",
	);
}

#[test]
fn try_state_should_see_broken_lanes() {
	let bobs = (Lane::Orders, BOB);
	let rank = |id| Rank::by_tip(0, id);
	complains(
		|_, id| Waiting::<Test>::insert((Lane::Retry, BOB), Rank::by_age(1, id), 0),
		"jobs: a job waits twice",
	);
	complains(
		|_, id| {
			Waiting::<Test>::remove(bobs, rank(id));
			Waiting::<Test>::insert((Lane::Orders, ADA), rank(id), 0);
		},
		"jobs: a job waits under somebody else's name",
	);
	complains(
		|_, id| {
			Waiting::<Test>::remove(bobs, rank(id));
			Waiting::<Test>::insert(bobs, Rank::by_tip(1, id), 0);
		},
		"jobs: an order's rank is not that of its tip",
	);
	complains(
		|_, id| Turns::<Test>::insert(Lane::Orders, Turn::new(9, rank(id)), BOB),
		"jobs: a turn beyond the next round",
	);
	complains(
		|_, id| Turns::<Test>::insert(Lane::Orders, Turn::new(1, rank(id)), ADA),
		"jobs: a turn of a client that waits for nothing",
	);
	complains(
		// His own is in round 1, the current one.
		|_, id| Turns::<Test>::insert(Lane::Orders, Turn::new(2, rank(id)), BOB),
		"jobs: a client has two turns in a lane",
	);
	let no_turns = || Turns::<Test>::iter_keys().for_each(|(lane, turn)| Turns::<Test>::remove(lane, turn));
	complains(|_, _| no_turns(), "jobs: a client waits without a turn");
	complains(
		|_, id| {
			Waiting::<Test>::remove(bobs, rank(id));
			no_turns();
		},
		"jobs: a job with undrawn shards does not wait",
	);
}

#[test]
fn try_state_should_see_fines_that_are_not_in_the_pot_or_of_no_open_shard() {
	complains(
		|id, _| Fines::<Test>::insert(id, ShardIndex(1), 1),
		"jobs: the pot has less than its endowment and the fines of open shards",
	);
	let stray = |job, shard| {
		Balances::force_set_balance(RuntimeOrigin::root(), FINES, ED + 1).unwrap();
		Fines::<Test>::insert(job, ShardIndex(shard), 1);
	};
	let expected = "jobs: fines of a shard that is not open";
	complains(|id, _| stray(id, 0), expected);
	complains(|_, id| stray(id, 0), expected);
	complains(|_, _| stray(JobId(9), 0), expected);
}

#[test]
fn try_state_should_bear_that_somebody_gives_the_pot_money() {
	externalities().execute_with(|| {
		Balances::force_set_balance(RuntimeOrigin::root(), FINES, ED + 1).unwrap();
		Jobs::do_try_state().unwrap();
	});
}

#[test]
fn try_state_should_see_answers_of_no_open_shard_or_too_many() {
	let expose = |job, shard| {
		Exposed::<Test>::insert(job, ShardIndex(shard), ergon_primitives::Claim::Unavailable);
	};
	let expected = "jobs: an exposed answer of a shard that is not open";
	complains(|id, _| expose(id, 0), expected);
	complains(|_, id| expose(id, 0), expected);
	complains(|_, _| expose(JobId(9), 0), expected);
	// The order has no answers at all.
	complains(|id, _| expose(id, 1), "jobs: more answers exposed than the order has");
}
