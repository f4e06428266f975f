use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{ArithmeticError, DispatchError, DispatchResult, TokenError};

fn bond_more(stash: AccountId, amount: u128) -> DispatchResult {
	Market::bond_more(RuntimeOrigin::signed(stash), amount)
}

#[test]
fn bond_should_grow() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(bond_more(1, 1));
		assert_ok!(bond_more(1, 500));
		assert_eq!(record(1).bond, 1_501);
		assert_eq!(held(1), 1_501);
		assert_eq!(
			events(),
			vec![Event::Bonded { provider: 1, amount: 1 }, Event::Bonded { provider: 1, amount: 500 }]
		);
	});
}

#[test]
fn amount_should_be_refused_when_zero() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(bond_more(1, 0), Error::<Test>::AmountIsZero);
	});
}

#[test]
fn amount_should_be_refused_when_not_registered() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(bond_more(2, 5), Error::<Test>::NotRegistered);
	});
}

#[test]
fn amount_should_be_refused_when_the_balance_does_not_suffice() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let free = ENDOWMENT - 1_000;
		assert_noop!(bond_more(1, free - ED + 1), DispatchError::Token(TokenError::FundsUnavailable));
		assert_noop!(bond_more(1, u128::MAX), ArithmeticError::Overflow);
		assert_ok!(bond_more(1, free - ED));
	});
}

#[test]
fn unbonding_part_should_not_be_touched() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(bond_more(1, 500));
		assert_ok!(Market::unbond(RuntimeOrigin::signed(1), 300));
		assert_ok!(bond_more(1, 50));
		assert_eq!((record(1).bond, record(1).unbonding.unwrap().amount), (1_250, 300));
	});
}
