use crate::{mock::*, Error, Event, WorkerOf};
use ergon_traits::Providers;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn set_worker(stash: AccountId, worker: AccountId) -> DispatchResult {
	Market::set_worker(RuntimeOrigin::signed(stash), worker)
}

#[test]
fn new_key_should_take_over() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		assert_ok!(set_worker(1, 77_000));
		assert_eq!(Market::provider_of(&77_000), Some(1));
		assert_eq!(Market::provider_of(&worker(1)), None);
		assert_eq!(record(1).worker, 77_000);
		assert_eq!(record(1).locked, lock);
		assert!(System::account_exists(&77_000));
		assert!(!System::account_exists(&worker(1)));
		assert_eq!(events(), vec![Event::WorkerSet { provider: 1, worker: 77_000 }]);
	});
}

#[test]
fn key_should_be_refused_when_it_is_the_stash_or_works_already() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		assert_noop!(set_worker(1, 1), Error::<Test>::WorkerIsStash);
		assert_noop!(set_worker(1, worker(2)), Error::<Test>::WorkerInUse);
		assert_noop!(set_worker(1, worker(1)), Error::<Test>::WorkerInUse);
		assert_noop!(set_worker(3, 77_000), Error::<Test>::NotRegistered);
	});
}

#[test]
fn old_key_should_be_free_for_others() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		assert_ok!(set_worker(1, 77_000));
		assert_ok!(set_worker(2, worker(1)));
		assert_eq!(WorkerOf::<Test>::get(worker(1)), Some(2));
	});
}
