use crate::{mock::*, Error, Event};
use ergon_primitives::{Conduct, ProviderStatus};
use ergon_traits::Providers;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn pause(stash: AccountId) -> DispatchResult {
	Market::pause(RuntimeOrigin::signed(stash))
}

#[test]
fn provider_should_not_be_drawn_when_paused() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert!(Market::draw([0; 32], &wanted(), 1, &[]).is_some());
		assert_ok!(pause(1));
		assert_eq!(record(1).status, ProviderStatus::Paused);
		assert_eq!(Market::draw([0; 32], &wanted(), 1, &[]), None);
		assert_eq!(Market::available(), 0);
		assert_eq!(events(), vec![Event::Paused { provider: 1 }]);
	});
}

#[test]
fn duties_should_stay_due_when_paused() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		engage(1, 1);
		assert_ok!(pause(1));
		assert_eq!((record(1).busy(), record(1).locked), (2, 2 * lock));
		assert_eq!(discharge(1, 0, lock, Conduct::Agreed), 0);
		assert_eq!((record(1).status, record(1).reputation.streak), (ProviderStatus::Paused, 1));
		assert_eq!(discharge(1, 1, lock, Conduct::Dissented), lock);
		assert_eq!((record(1).place, record(1).busy(), record(1).locked), (None, 0, 0));
	});
}

#[test]
fn pause_should_be_refused_when_paused() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(pause(1));
		assert_noop!(pause(1), Error::<Test>::AlreadyPaused);
		assert_noop!(pause(2), Error::<Test>::NotRegistered);
	});
}

#[test]
fn pause_should_be_refused_when_suspended() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		discharge(1, 0, lock, Conduct::FalselyUnavailable);
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), lock));
		assert_noop!(pause(1), Error::<Test>::AlreadySuspended);
		// As long as nobody has resumed it.
		System::set_block_number(1 + COOL_DOWN);
		assert_noop!(pause(1), Error::<Test>::AlreadySuspended);
		assert_ok!(Market::resume(RuntimeOrigin::signed(1)));
		assert_ok!(pause(1));
	});
}

#[test]
fn provider_without_a_free_slot_should_pause() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engage(1, 0);
		engage(1, 1);
		assert_eq!(record(1).place, None);
		assert_ok!(pause(1));
		assert_eq!(record(1).status, ProviderStatus::Paused);
	});
}
