//! What a fault does to a provider's time.

use crate::{mock::*, Event};
use ergon_primitives::{Conduct, ProviderStatus};
use ergon_traits::Providers;
use frame_support::assert_ok;

/// Lets provider 1, with bond enough, have one duty for each of these locks.
fn busy(locks: &[u128], test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let slots = ergon_primitives::ProviderInfo { slots: 20, ..info(7) };
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 1_000));
		assert_ok!(Market::update(RuntimeOrigin::signed(1), slots));
		for (number, lock) in locks.iter().enumerate() {
			assert_ok!(Market::engage(&offer(1, *lock), shard(number as u32)));
		}
		System::reset_events();
		test();
	});
}

fn until() -> u32 {
	match record(1).status {
		ProviderStatus::Suspended { until } => until,
		status => panic!("it is {status:?}"),
	}
}

#[test]
fn every_fault_should_suspend_and_nothing_else() {
	for conduct in [Conduct::Absent, Conduct::Silent, Conduct::Dissented, Conduct::FalselyUnavailable] {
		busy(&[10], || {
			discharge(1, 0, 10, conduct);
			assert_eq!(until(), 1 + COOL_DOWN);
			assert_eq!(events()[1..], [Event::Suspended { provider: 1, until: 1 + COOL_DOWN }]);
			assert_eq!((Market::available(), Market::draw([0; 32], &wanted(), 1, &[])), (0, None));
		});
	}
	for conduct in [Conduct::Agreed, Conduct::Released, Conduct::Alone] {
		busy(&[10], || {
			discharge(1, 0, 10, conduct);
			assert_eq!(record(1).status, ProviderStatus::Online);
		});
	}
}

#[test]
fn fault_without_a_loss_should_suspend() {
	busy(&[0], || {
		assert_eq!(discharge(1, 0, 0, Conduct::Dissented), 0);
		assert_eq!(events(), vec![Event::Suspended { provider: 1, until: 1 + COOL_DOWN }]);
	});
}

#[test]
fn paused_provider_should_be_suspended_by_a_fault() {
	busy(&[10], || {
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		discharge(1, 0, 10, Conduct::Absent);
		assert_eq!(until(), 1 + COOL_DOWN);
	});
}

#[test]
fn rest_should_double_with_each_fault_up_to_the_longest() {
	busy(&[1; 6], || {
		let rests: Vec<_> = (0..6)
			.map(|number| {
				discharge(1, number, 1, Conduct::Absent);
				until() - System::block_number()
			})
			.collect();
		assert_eq!(
			rests,
			[COOL_DOWN, 2 * COOL_DOWN, MAX_COOL_DOWN, MAX_COOL_DOWN, MAX_COOL_DOWN, MAX_COOL_DOWN]
		);
	});
}

#[test]
fn further_fault_should_extend_and_never_shorten() {
	busy(&[1; 4], || {
		discharge(1, 0, 1, Conduct::Absent);
		discharge(1, 1, 1, Conduct::Absent);
		assert_eq!(until(), 1 + 2 * COOL_DOWN);
		// An agreement ends the row of faults, so that the next rest would be the shortest, and end before this one.
		discharge(1, 2, 1, Conduct::Agreed);
		assert_eq!(until(), 1 + 2 * COOL_DOWN);
		discharge(1, 3, 1, Conduct::Absent);
		assert_eq!(until(), 1 + 2 * COOL_DOWN);
	});
	busy(&[1; 2], || {
		discharge(1, 0, 1, Conduct::Absent);
		System::set_block_number(30);
		discharge(1, 1, 1, Conduct::Absent);
		assert_eq!(until(), 30 + 2 * COOL_DOWN);
	});
}

#[test]
fn duties_should_end_as_ever_while_suspended() {
	busy(&[10, 20, 30], || {
		discharge(1, 0, 10, Conduct::Absent);
		assert_eq!((record(1).busy(), record(1).locked), (2, 50));
		assert_eq!(discharge(1, 1, 20, Conduct::Agreed), 0);
		assert_eq!((record(1).busy(), record(1).locked, record(1).reputation.streak), (1, 30, 1));
		assert_eq!(discharge(1, 2, 30, Conduct::Dissented), 30);
		assert_eq!((record(1).busy(), record(1).locked, record(1).bond), (0, 0, 2_000 - 1 - 30));
		assert_eq!(record(1).place, None);
	});
}

#[test]
fn suspension_should_win_over_the_pause_for_too_small_a_bond() {
	busy(&[1_500, 1], || {
		discharge(1, 0, 1_500, Conduct::Dissented);
		assert_eq!((until(), record(1).bond), (1 + COOL_DOWN, 500));
		// And stays: this is no fault, and the bond is below the least.
		System::reset_events();
		discharge(1, 1, 1, Conduct::Agreed);
		assert_eq!((until(), events()), (1 + COOL_DOWN, vec![]));
	});
}

#[test]
fn changed_timing_should_count_from_the_next_fault_on() {
	busy(&[1; 2], || {
		discharge(1, 0, 1, Conduct::Absent);
		Clock::mutate(|timing| (timing.cool_down, timing.max_cool_down) = (1_000, 3_000));
		assert_eq!(until(), 1 + COOL_DOWN);
		discharge(1, 1, 1, Conduct::Absent);
		assert_eq!(until(), 1 + 2_000);
	});
}
