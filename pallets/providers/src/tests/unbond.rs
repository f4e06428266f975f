use crate::{mock::*, Error, Event};
use ergon_primitives::{views::Unbonding, Conduct, Fuel};
use ergon_traits::Providers;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn unbond(stash: AccountId, amount: u128) -> DispatchResult {
	Market::unbond(RuntimeOrigin::signed(stash), amount)
}

fn with_bond(bond: u128) -> sp_io::TestExternalities {
	let mut ext = ExtBuilder::default().provider(1, 7).build();
	ext.execute_with(|| Market::bond_more(RuntimeOrigin::signed(1), bond - 1_000).unwrap());
	ext.execute_with(System::reset_events);
	ext
}

fn execute(mut ext: sp_io::TestExternalities, test: impl FnOnce()) {
	ext.execute_with(|| {
		test();
		Market::do_try_state().unwrap();
	});
}

#[test]
fn amount_should_wait_on_hold_for_the_period() {
	execute(with_bond(1_500), || {
		assert_ok!(unbond(1, 200));
		assert_eq!(record(1).bond, 1_300);
		assert_eq!(record(1).unbonding, Some(Unbonding { amount: 200, at: 1 + UNBONDING }));
		assert_eq!(held(1), 1_500);
		assert_eq!(events(), vec![Event::Unbonding { provider: 1, amount: 200, at: 1 + UNBONDING }]);
	});
}

#[test]
fn second_amount_should_be_added_and_restart_the_time() {
	execute(with_bond(1_500), || {
		assert_ok!(unbond(1, 200));
		System::set_block_number(40);
		assert_ok!(unbond(1, 100));
		assert_eq!(record(1).unbonding, Some(Unbonding { amount: 300, at: 40 + UNBONDING }));
		assert_eq!(events()[1], Event::Unbonding { provider: 1, amount: 100, at: 40 + UNBONDING });
	});
}

#[test]
fn rest_should_be_at_least_the_least_bond() {
	execute(with_bond(1_500), || {
		assert_noop!(unbond(1, 501), Error::<Test>::BondTooSmall);
		assert_noop!(unbond(1, 1_501), Error::<Test>::BondTooSmall);
		assert_noop!(unbond(1, u128::MAX), Error::<Test>::BondTooSmall);
		assert_ok!(unbond(1, 500));
		assert_noop!(unbond(1, 1), Error::<Test>::BondTooSmall);
	});
}

#[test]
fn rest_should_cover_the_locks() {
	execute(with_bond(1_500), || {
		assert_ok!(Market::engage(&offer(1, 1_200), shard(0)));
		assert_noop!(unbond(1, 301), Error::<Test>::BondLocked);
		assert_ok!(unbond(1, 300));
		// What is unbonding covers nothing new.
		let mut wanted = wanted();
		wanted.shard_fuel = Fuel(1);
		assert_eq!(Market::draw([0; 32], &wanted, 1, &[]), None);
		discharge(1, 0, 1_200, Conduct::Released);
		assert!(Market::draw([0; 32], &wanted, 1, &[]).is_some());
	});
}

#[test]
fn amount_should_be_refused_when_zero_or_not_registered() {
	execute(with_bond(1_500), || {
		assert_noop!(unbond(1, 0), Error::<Test>::AmountIsZero);
		assert_noop!(unbond(2, 1), Error::<Test>::NotRegistered);
	});
}

#[test]
fn amount_should_be_refused_when_the_least_bond_was_raised_above_the_bond() {
	execute(with_bond(1_500), || {
		MinBond::set(2_000);
		assert_noop!(unbond(1, 1), Error::<Test>::BondTooSmall);
	});
}
