use crate::{mock::*, Error};
use ergon_primitives::{Conduct, ProviderInfo};
use ergon_traits::Providers;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

/// Engages provider 1 for a shard of the test's choice.
fn engaged(number: u32, lock: u128) -> DispatchResult {
	Market::engage(&offer(1, lock), shard(number)).map(drop)
}

#[test]
fn slot_and_lock_should_be_taken() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(engaged(3, 14));
		assert_eq!(
			(record(1).duties.to_vec(), record(1).locked, record(1).bond),
			(vec![shard(3)], 14, 1_000)
		);
		assert_eq!((record(1).busy(), record(1).place), (1, Some(0)));
		assert_eq!(held(1), 1_000);
	});
}

#[test]
fn provider_should_leave_the_index_with_its_last_slot() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		// Whoever engages it is told, since that is more work.
		assert_eq!(Market::engage(&offer(1, 14), shard(0)), Ok(false));
		assert_eq!(Market::engage(&offer(1, 14), shard(1)), Ok(true));
		assert_eq!(record(1).place, None);
		assert_eq!(record(2).place, Some(0));
		assert_noop!(engaged(2, 14), Error::<Test>::NoFreeSlot);
	});
}

#[test]
fn provider_should_not_be_engaged_twice_for_a_shard() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(engaged(0, 14));
		assert_noop!(engaged(0, 14), Error::<Test>::AlreadyEngaged);
		discharge(1, 0, 14, Conduct::Released);
		assert_ok!(engaged(0, 14));
	});
}

#[test]
fn lock_should_be_covered_by_the_free_bond() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(engaged(0, 1_001), Error::<Test>::BondLocked);
		assert_noop!(engaged(0, u128::MAX), Error::<Test>::BondLocked);
		assert_ok!(engaged(0, 600));
		assert_noop!(engaged(1, 401), Error::<Test>::BondLocked);
		assert_ok!(engaged(1, 400));
	});
}

#[test]
fn provider_should_be_refused_when_paused_suspended_or_not_registered() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(Market::engage(&offer(2, 14), shard(0)), Error::<Test>::NotRegistered);
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_noop!(engaged(0, 14), Error::<Test>::NotOnline);
		assert_ok!(Market::resume(RuntimeOrigin::signed(1)));
		assert_ok!(engaged(0, 14));
		discharge(1, 0, 14, Conduct::Absent);
		assert_noop!(engaged(0, 14), Error::<Test>::NotOnline);
	});
}

#[test]
fn provider_should_be_engaged_up_to_the_most_slots() {
	ExtBuilder::default().provider(1, 1).build_and_execute(|| {
		assert_ok!(Market::update(RuntimeOrigin::signed(1), ProviderInfo { slots: 256, ..info(1) }));
		for number in 0..256 {
			assert_ok!(engaged(number, 1));
		}
		assert_noop!(engaged(256, 1), Error::<Test>::NoFreeSlot);
		assert_eq!((Market::available(), record(1).busy()), (0, 256));
		for number in (0..256).rev() {
			discharge(1, number, 1, Conduct::Agreed);
		}
		assert_eq!((Market::available(), record(1).busy(), record(1).locked), (1, 0, 0));
	});
}
