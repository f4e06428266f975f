use crate::{mock::*, Error, Event, Provider, Providers, WorkerOf};
use ergon_primitives::{Conduct, ProviderStatus};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn deregister(stash: AccountId) -> DispatchResult {
	Market::deregister(RuntimeOrigin::signed(stash))
}

#[test]
fn nothing_should_remain() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 500));
		assert_ok!(Market::unbond(RuntimeOrigin::signed(1), 300));
		System::reset_events();

		assert_ok!(deregister(1));
		assert!(!Providers::<Test>::contains_key(1));
		assert!(!WorkerOf::<Test>::contains_key(worker(1)));
		assert!(!System::account_exists(&worker(1)));
		assert_eq!(held(1), 0);
		assert_eq!(Balances::free_balance(1), ENDOWMENT);
		assert_eq!(Market::available(), 1);
		assert_eq!(events(), vec![Event::Deregistered { provider: 1 }]);
	});
}

#[test]
fn paused_provider_should_leave() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_ok!(deregister(1));
		assert_eq!(Market::available(), 1);
	});
}

#[test]
fn provider_should_stay_until_its_last_shard_has_ended() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		engage(1, 1);
		assert_noop!(deregister(1), Error::<Test>::StillBusy);
		discharge(1, 1, lock, Conduct::Agreed);
		assert_noop!(deregister(1), Error::<Test>::StillBusy);
		discharge(1, 0, lock, Conduct::Dissented);
		assert_ok!(deregister(1));
		assert_eq!(Balances::free_balance(1), ENDOWMENT - lock);
	});
}

#[test]
fn suspended_provider_should_leave_only_without_duties() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		engage(1, 1);
		let lost = discharge(1, 0, lock, Conduct::Absent);
		assert!(matches!(record(1).status, ProviderStatus::Suspended { .. }));
		assert_noop!(deregister(1), Error::<Test>::StillBusy);
		discharge(1, 1, lock, Conduct::Agreed);
		assert_ok!(deregister(1));
		assert_eq!(Balances::free_balance(1), ENDOWMENT - lost);
		assert_eq!(Market::available(), 0);
	});
}

#[test]
fn deregister_should_be_refused_when_not_registered() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(deregister(2), Error::<Test>::NotRegistered);
		assert_ok!(deregister(1));
		assert_noop!(deregister(1), Error::<Test>::NotRegistered);
	});
}

#[test]
fn stash_and_worker_should_be_able_to_come_back() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::set_operator(RuntimeOrigin::signed(1), Some(3)));
		let lock = engage(1, 0);
		discharge(1, 0, lock, Conduct::Agreed);
		assert_ok!(deregister(1));
		assert_ok!(Market::register(RuntimeOrigin::signed(1), 1_000, worker(1), info(7)));
		// Nothing of the record: no reputation, no operator.
		let mut fresh = Provider::new(worker(1), info(7), 1_000);
		fresh.place = Some(0);
		assert_eq!(record(1), fresh);
	});
}

#[test]
fn worker_with_money_of_its_own_should_keep_its_account() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Market::register(RuntimeOrigin::signed(1), 1_000, 2, info(7)));
		assert_ok!(deregister(1));
		assert_eq!(Balances::free_balance(2), ENDOWMENT);
		assert_eq!(System::sufficients(&2), 0);
	});
}
