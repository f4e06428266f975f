use crate::{mock::*, Slashed, Slashes};
use ergon_primitives::Balance;

fn slash(amount: Balance) {
	hand::<Slashes<Test>>(amount);
}

#[test]
fn slash_should_go_to_the_treasury_whole() {
	ExtBuilder::default().build_and_execute(|| {
		let issuance = Balances::total_issuance();
		slash(24);
		slash(1);
		assert_eq!(Balances::free_balance(TREASURY), ED + 25);
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(Rewards::slashed(), 25);
	});
}

#[test]
fn nothing_should_happen_when_the_slash_is_zero() {
	ExtBuilder::default().build_and_execute(|| {
		slash(0);
		assert!(!Slashed::<Test>::exists());
	});
}

#[test]
fn slash_should_be_burnt_when_the_treasury_refuses_it() {
	ExtBuilder { without_treasury: true }.build_and_execute(|| {
		let issuance = Balances::total_issuance();
		slash(ED - 1);
		assert_eq!(Balances::total_issuance(), issuance - (ED - 1));
		slash(ED);
		assert_eq!(Balances::free_balance(TREASURY), ED);
		assert_eq!(Rewards::slashed(), 2 * ED - 1);
	});
}

#[test]
fn total_should_stay_at_the_largest_number() {
	ExtBuilder::default().build_and_execute(|| {
		Slashed::<Test>::put(Balance::MAX);
		slash(24);
		assert_eq!(Rewards::slashed(), Balance::MAX);
	});
}
