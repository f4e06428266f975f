use crate::{mock::*, Error};
use ergon_primitives::{Price, ProviderInfo};
use ergon_traits::{Offer, Providers};
use frame_support::{assert_noop, assert_ok};

fn offer(lock: u128) -> Offer<AccountId> {
	Offer { provider: 1, ask: Price(7), lock }
}

#[test]
fn slot_and_lock_should_be_taken() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::engage(&offer(14)));
		assert_eq!((record(1).busy, record(1).locked, record(1).bond), (1, 14, 1_000));
		assert_eq!(record(1).place, Some(0));
		assert_eq!(held(1), 1_000);
	});
}

#[test]
fn provider_should_leave_the_index_with_its_last_slot() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		assert_ok!(Market::engage(&offer(14)));
		assert_ok!(Market::engage(&offer(14)));
		assert_eq!(record(1).place, None);
		assert_eq!(record(2).place, Some(0));
		assert_noop!(Market::engage(&offer(14)), Error::<Test>::NoFreeSlot);
	});
}

#[test]
fn lock_should_be_covered_by_the_free_bond() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(Market::engage(&offer(1_001)), Error::<Test>::BondLocked);
		assert_noop!(Market::engage(&offer(u128::MAX)), Error::<Test>::BondLocked);
		assert_ok!(Market::engage(&offer(600)));
		assert_noop!(Market::engage(&offer(401)), Error::<Test>::BondLocked);
		assert_ok!(Market::engage(&offer(400)));
	});
}

#[test]
fn provider_should_be_refused_when_paused_or_not_registered() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(Market::engage(&Offer { provider: 2, ..offer(14) }), Error::<Test>::NotRegistered);
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_noop!(Market::engage(&offer(14)), Error::<Test>::NotOnline);
	});
}

#[test]
fn provider_should_be_engaged_up_to_the_most_slots() {
	ExtBuilder::default().provider(1, 1).build_and_execute(|| {
		assert_ok!(Market::update(RuntimeOrigin::signed(1), ProviderInfo { slots: 256, ..info(1) }));
		for _ in 0..256 {
			assert_ok!(Market::engage(&offer(1)));
		}
		assert_noop!(Market::engage(&offer(1)), Error::<Test>::NoFreeSlot);
		assert_eq!(Market::available(), 0);
	});
}
