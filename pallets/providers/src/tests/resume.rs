use crate::{mock::*, Error, Event};
use ergon_primitives::ProviderStatus;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn resume(stash: AccountId) -> DispatchResult {
	Market::resume(RuntimeOrigin::signed(stash))
}

fn paused(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		System::reset_events();
		test();
	});
}

#[test]
fn provider_should_be_in_the_index_again() {
	paused(|| {
		assert_ok!(resume(1));
		assert_eq!(record(1).status, ProviderStatus::Online);
		assert_eq!(Market::available(), 1);
		assert_eq!(events(), vec![Event::Resumed { provider: 1 }]);
	});
}

#[test]
fn resume_should_be_refused_when_online_or_not_registered() {
	paused(|| {
		assert_ok!(resume(1));
		assert_noop!(resume(1), Error::<Test>::AlreadyOnline);
		assert_noop!(resume(2), Error::<Test>::NotRegistered);
	});
}

#[test]
fn resume_should_be_refused_until_the_bond_is_the_least_again() {
	paused(|| {
		MinBond::set(1_200);
		assert_noop!(resume(1), Error::<Test>::BondTooSmall);
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 199));
		assert_noop!(resume(1), Error::<Test>::BondTooSmall);
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 1));
		assert_ok!(resume(1));
	});
}

#[test]
fn provider_should_not_be_in_the_index_when_all_its_slots_are_busy() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engage(1);
		engage(1);
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_ok!(resume(1));
		assert_eq!(Market::available(), 0);
	});
}
