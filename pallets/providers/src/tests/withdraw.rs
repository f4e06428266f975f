use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn withdraw(stash: AccountId) -> DispatchResult {
	Market::withdraw(RuntimeOrigin::signed(stash))
}

fn unbonding(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 500));
		assert_ok!(Market::unbond(RuntimeOrigin::signed(1), 300));
		System::reset_events();
		test();
	});
}

#[test]
fn amount_should_be_free_when_the_period_is_over() {
	unbonding(|| {
		System::set_block_number(UNBONDING);
		assert_noop!(withdraw(1), Error::<Test>::StillUnbonding);
		System::set_block_number(UNBONDING + 1);
		assert_ok!(withdraw(1));
		assert_eq!(record(1).unbonding, None);
		assert_eq!((held(1), record(1).bond), (1_200, 1_200));
		assert_eq!(Balances::free_balance(1), ENDOWMENT - 1_200);
		assert_eq!(events(), vec![Event::Withdrawn { provider: 1, amount: 300 }]);
		assert_noop!(withdraw(1), Error::<Test>::NothingUnbonding);
	});
}

#[test]
fn period_should_start_anew_when_more_is_unbonded() {
	unbonding(|| {
		System::set_block_number(30);
		assert_ok!(Market::unbond(RuntimeOrigin::signed(1), 100));
		System::set_block_number(UNBONDING + 1);
		assert_noop!(withdraw(1), Error::<Test>::StillUnbonding);
		System::set_block_number(30 + UNBONDING);
		assert_ok!(withdraw(1));
		assert_eq!(held(1), 1_100);
	});
}

#[test]
fn nothing_should_be_withdrawn_when_nothing_is_unbonding() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(withdraw(1), Error::<Test>::NothingUnbonding);
		assert_noop!(withdraw(2), Error::<Test>::NotRegistered);
	});
}
