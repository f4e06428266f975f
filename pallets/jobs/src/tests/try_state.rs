//! Corrupts each part of the state and sees that the check of it fires.

use super::*;
use crate::{
	Deadlines, Ends, Lane, NextDeadline, NextJob, NextPrune, Prunes, Queue, QueueEnds, Standing, Standings,
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
fn try_state_should_see_a_broken_queue() {
	let ends = || QueueEnds::<Test>::get(Lane::Orders);
	complains(|_, _| Queue::<Test>::remove(Lane::Orders, ends().head), "jobs: a lane has a gap");
	complains(
		|_, _| QueueEnds::<Test>::insert(Lane::Orders, Ends { head: 9, tail: 8 }),
		"jobs: a lane ends before it begins",
	);
	complains(
		|_, _| QueueEnds::<Test>::mutate(Lane::Orders, |ends| ends.head += 1),
		"jobs: an item outside its lane's ends",
	);
	complains(
		|_, id| Jobs::enqueue(crate::QueueItem::First { job: id, from: 0 }),
		"jobs: a job stands in the queue twice",
	);
	complains(
		|_, id| {
			Queue::<Test>::insert(
				Lane::Orders,
				ends().head,
				crate::QueueItem::More { key: key(id, 0), from: 0 },
			)
		},
		"jobs: an item in the wrong lane",
	);
	complains(
		|_, id| {
			Queue::<Test>::insert(
				Lane::Orders,
				ends().head,
				crate::QueueItem::First { job: JobId(id.0 + 9), from: 0 },
			)
		},
		"jobs: a job with undrawn shards does not stand in the queue",
	);
}
