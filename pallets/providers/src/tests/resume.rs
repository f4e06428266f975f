use crate::{mock::*, Call, Error, Event};
use ergon_primitives::{Conduct, ProviderStatus};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use sp_runtime::DispatchResult;

fn resume(who: AccountId) -> DispatchResult {
	Market::resume(RuntimeOrigin::signed(who))
}

/// Whether it would be free of fee.
fn free(who: AccountId) -> bool {
	Call::<Test>::resume {}.is_feeless(&RuntimeOrigin::signed(who))
}

fn paused(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		System::reset_events();
		test();
	});
}

/// With a provider that is suspended until block 41, and has enough bond.
fn suspended(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		discharge(1, 0, lock, Conduct::Absent);
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), lock));
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
fn worker_should_resume_its_provider_free_of_fee() {
	paused(|| {
		assert!(free(worker(1)));
		assert_ok!(resume(worker(1)));
		assert_eq!(record(1).status, ProviderStatus::Online);
		assert_eq!(events(), vec![Event::Resumed { provider: 1 }]);
		// Once.
		assert!(!free(worker(1)));
		assert_noop!(resume(worker(1)), Error::<Test>::AlreadyOnline);
	});
}

#[test]
fn resume_of_anybody_else_should_not_be_free() {
	paused(|| {
		assert!(!free(1) && !free(2) && !free(worker(2)));
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert!(!Call::<Test>::resume {}.is_feeless(&origin));
			assert_noop!(Market::resume(origin), sp_runtime::DispatchError::BadOrigin);
		}
		assert_ok!(resume(1));
	});
}

#[test]
fn suspended_provider_should_resume_from_the_end_of_its_rest_on() {
	for who in [1, worker(1)] {
		suspended(|| {
			System::set_block_number(COOL_DOWN);
			assert_noop!(resume(who), Error::<Test>::StillSuspended);
			assert!(!free(who));
			System::set_block_number(1 + COOL_DOWN);
			assert_eq!(free(who), who != 1);
			assert_ok!(resume(who));
			assert_eq!((record(1).status, Market::available()), (ProviderStatus::Online, 1));
		});
	}
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
		assert!(!free(worker(1)));
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 1));
		assert!(free(worker(1)));
		assert_ok!(resume(1));
	});
	suspended(|| {
		System::set_block_number(1 + COOL_DOWN);
		MinBond::set(5_000);
		assert_noop!(resume(worker(1)), Error::<Test>::BondTooSmall);
	});
}

#[test]
fn stash_that_another_names_as_its_worker_should_resume_its_own() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::register(RuntimeOrigin::signed(2), 1_000, 1, info(7)));
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_ok!(Market::pause(RuntimeOrigin::signed(2)));
		assert!(!free(1));
		assert_ok!(resume(1));
		assert_eq!((record(1).status, record(2).status), (ProviderStatus::Online, ProviderStatus::Paused));
		assert!(!free(1));
		assert_noop!(resume(1), Error::<Test>::AlreadyOnline);
	});
}

#[test]
fn old_worker_should_not_resume() {
	paused(|| {
		assert_ok!(Market::set_worker(RuntimeOrigin::signed(1), 77_000));
		assert!(!free(worker(1)) && free(77_000));
		assert_noop!(resume(worker(1)), Error::<Test>::NotRegistered);
		assert_ok!(resume(77_000));
	});
}

#[test]
fn provider_should_not_be_in_the_index_when_all_its_slots_are_busy() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engage(1, 0);
		engage(1, 1);
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_ok!(resume(1));
		assert_eq!(Market::available(), 0);
	});
}
