//! `on_initialize`: deadlines.

use crate::{mock::*, *};
use ergon_primitives::{Phase, ReplicaState, Verdict};
use ergon_traits::Attestation as _;
use frame_support::traits::Hooks;

#[test]
fn deadline_should_be_served_in_the_block_after_it() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		to_block(1 + COMMIT_WINDOW);
		assert_eq!(phase(key), Some(Phase::Committing { until: 1 + COMMIT_WINDOW }));
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(phase(key), Some(Phase::Waiting { missing: 2 }));
	});
}

#[test]
fn absent_should_be_discharged_at_once_and_replaced() {
	run(|| {
		let key = open(0, &[1, 2, 3], 4);
		commit_all(key, &[(1, computed(1)), (3, computed(1))]);
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(told(), vec![discharged(2, Conduct::Absent), Told::Requested(key, 1)]);
		System::assert_has_event(Event::Missed { key, provider: 2, conduct: Conduct::Absent }.into());
		assert_eq!(FakeProviders::duties_of(&2), vec![]);

		// Those that committed wait; the new one has a window of its own; nobody is discharged twice.
		extend(key, &[4]);
		commit(key, 4, computed(1));
		assert_eq!(phase(key), Some(Phase::Revealing { until: 2 + COMMIT_WINDOW + REVEAL_WINDOW }));
		reveal_all(key, &[(1, computed(1)), (3, computed(1)), (4, computed(1))]);
		assert_eq!(
			told(),
			vec![
				discharged(1, Conduct::Agreed),
				discharged(3, Conduct::Agreed),
				discharged(4, Conduct::Agreed),
				closed_with(key, agreed_on(1), &[1, 3], &[4]),
			]
		);
	});
}

#[test]
fn shard_should_end_without_quorum_when_absent_cannot_be_replaced() {
	run(|| {
		let key = open(0, &[1, 2], 2);
		commit(key, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(
			told(),
			vec![
				discharged(2, Conduct::Absent),
				discharged(1, Conduct::Released),
				closed(key, Verdict::NoQuorum, &[]),
			]
		);
	});
}

#[test]
fn reveals_should_begin_when_the_deadline_passes_with_enough() {
	run(|| {
		// One of the second draw is absent, but with the earlier reveals there are enough to go on.
		let key = open(0, &[1, 2, 3], 7);
		let claims = [(1, computed(1)), (2, computed(2)), (3, computed(3))];
		commit_all(key, &claims);
		reveal_all(key, &claims);
		extend(key, &[4, 5]);
		commit(key, 4, computed(1));
		told();
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(told(), vec![discharged(5, Conduct::Absent)]);
		assert_eq!(phase(key), Some(Phase::Revealing { until: 2 + COMMIT_WINDOW + REVEAL_WINDOW }));
		reveal(key, 4, computed(1));
		assert_eq!(told(), vec![Told::Requested(key, 1)]);
	});
}

#[test]
fn claims_should_be_counted_again_when_all_of_the_second_draw_are_absent() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit_all(key, &[(1, computed(1)), (2, computed(2))]);
		reveal_all(key, &[(1, computed(1)), (2, computed(2))]);
		extend(key, &[3]);
		told();
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(told(), vec![discharged(3, Conduct::Absent), Told::Requested(key, 1)]);
	});
}

#[test]
fn silent_should_be_discharged_and_the_rest_counted() {
	run(|| {
		let key = open(0, &[1, 2], 3);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		to_block(2 + REVEAL_WINDOW);
		assert_eq!(
			told(),
			vec![
				discharged(1, Conduct::Silent),
				discharged(2, Conduct::Silent),
				// Two would be needed, one is allowed.
				closed(key, Verdict::NoQuorum, &[]),
			]
		);
		System::assert_has_event(Event::Missed { key, provider: 1, conduct: Conduct::Silent }.into());
	});
}

#[test]
fn waiting_should_last_until_the_jobs_end_it() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		to_block(500);
		assert_eq!(phase(key), Some(Phase::Waiting { missing: 2 }));
		assert_eq!(Attestation::get(key).unwrap().replicas[0].state, ReplicaState::Absent);
		assert_eq!(Agenda::<Test>::iter().count(), 0);
	});
}

#[test]
fn rest_should_be_carried_over_when_the_budget_is_spent() {
	run(|| {
		for shard in 0..10 {
			open(shard, &[1, 2], 4);
		}
		let budget = Attestation::least_hook_weight() + Attestation::most_deadline_weight();
		MaxHookWeight::set(budget);
		let due = u64::from(2 + COMMIT_WINDOW);
		System::set_block_number(due - 1);
		Attestation::on_initialize(due - 1);

		let mut left = 10;
		for block in due.. {
			System::set_block_number(block);
			let used = Attestation::on_initialize(block);
			assert!(used.all_lte(budget), "{used} of {budget} in block {block}");
			assert_state();
			let now_left = Agenda::<Test>::iter().count();
			assert!(now_left < left, "each block gets on");
			// Served or too late: nobody gains time by it.
			assert!(send(worker_of(1), commit_call(key(9), 1, computed(1))).is_err());
			left = now_left;
			if left == 0 {
				break;
			}
		}
		to_block(System::block_number() as u32 + 1);
		assert_eq!(u64::from(NextDue::<Test>::get()), System::block_number());
		MaxHookWeight::set(Weight::MAX);
	});
}

#[test]
fn empty_blocks_should_be_passed_over_within_the_budget() {
	run(|| {
		// As on a chain that got this pallet late, or whose hook was starved for long.
		let budget = Attestation::least_hook_weight();
		MaxHookWeight::set(budget);
		System::set_block_number(30_000);
		let key = open(0, &[1], 1);
		let used = Attestation::on_initialize(30_000);
		assert!(used.all_lte(budget));
		let first = NextDue::<Test>::get();
		assert!(first > 0 && first < 10_000, "some blocks, not all: {first}");

		MaxHookWeight::set(Weight::MAX);
		to_block(30_001 + COMMIT_WINDOW);
		assert_eq!(NextDue::<Test>::get(), 30_001 + COMMIT_WINDOW);
		assert_eq!(told(), vec![discharged(1, Conduct::Absent), closed(key, Verdict::NoQuorum, &[])]);
	});
}

#[test]
fn idle_hook_should_cost_little_and_never_nothing() {
	run(|| {
		to_block(10);
		System::set_block_number(11);
		let used = Attestation::on_initialize(11);
		let expected = <Test as Config>::WeightInfo::hook_base() + <Test as Config>::WeightInfo::hook_block();
		assert_eq!(used, expected);
	});
}

#[test]
fn window_should_end_at_the_last_block_when_it_would_overflow() {
	run(|| {
		let endless = ergon_primitives::attestation::Terms { commit_window: u32::MAX, ..terms(1, 1) };
		open_of(0, endless, &[1]);
		assert_eq!(phase(key(0)), Some(Phase::Committing { until: u32::MAX }));
		to_block(50);
		assert_eq!(phase(key(0)), Some(Phase::Committing { until: u32::MAX }));
	});
}
