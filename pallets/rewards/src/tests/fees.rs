use crate::{mock::*, Event, FeeTotals, Fees, Gathered, Pending, ProtocolFees};
use ergon_primitives::{money::FeeSplit, Balance, Ppm};
use proptest::prelude::*;

/// The only fee of a block.
fn fee(amount: Balance) {
	hand::<ProtocolFees<Test>>(amount);
	end_block();
}

#[test]
fn fees_of_a_block_should_be_divided_together_when_it_ends() {
	ExtBuilder::default().build_and_execute(|| {
		let issuance = Balances::total_issuance();
		hand::<ProtocolFees<Test>>(7);
		hand::<ProtocolFees<Test>>(9);
		assert_eq!(Pending::<Test>::get(), Some(Gathered { amount: 16, author: Some(AUTHOR) }));
		assert_eq!((Balances::free_balance(AUTHOR), Balances::free_balance(TREASURY)), (ED, ED));
		assert!(events().is_empty());
		// The author is who it was when the first fee came: at the end of the block nobody knows any more.
		BlockAuthor::set(None);
		end_block();
		assert_eq!(Balances::total_issuance(), issuance - 3);
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 3, author: 8, treasury: 5 }]);
		System::reset_events();
		end_block();
		assert!(events().is_empty(), "nothing is divided twice");
	});
}

#[test]
fn try_state_should_see_what_was_not_divided() {
	ExtBuilder::default().build_and_execute(|| {
		hand::<ProtocolFees<Test>>(7);
		assert!(Rewards::do_try_state().is_err());
		end_block();
	});
}

#[test]
fn fee_should_be_split_between_burn_author_and_treasury() {
	ExtBuilder::default().build_and_execute(|| {
		let issuance = Balances::total_issuance();
		fee(1_000);
		assert_eq!(Balances::total_issuance(), issuance - 200);
		assert_eq!(Balances::free_balance(AUTHOR), ED + 500);
		assert_eq!(Balances::free_balance(TREASURY), ED + 300);
		assert_eq!(Fees::<Test>::get(), FeeTotals { burnt: 200, authors: 500, treasury: 300 });
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 200, author: 500, treasury: 300 }]);
	});
}

#[test]
fn what_rounding_leaves_should_go_to_the_treasury() {
	ExtBuilder::default().build_and_execute(|| {
		Split::set(FeeSplit { burn: Ppm::new(333_333), author: Ppm::new(333_333) });
		fee(100);
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 33, author: 33, treasury: 34 }]);
	});
}

#[test]
fn totals_should_add_up_over_fees() {
	ExtBuilder::default().build_and_execute(|| {
		fee(1_000);
		fee(10);
		assert_eq!(Rewards::fees(), FeeTotals { burnt: 202, authors: 505, treasury: 303 });
	});
}

#[test]
fn nothing_should_happen_when_the_fee_is_zero() {
	ExtBuilder::default().build_and_execute(|| {
		fee(0);
		assert_eq!(Fees::<Test>::get(), FeeTotals::default());
		assert!(events().is_empty());
	});
}

#[test]
fn authors_part_should_go_to_the_treasury_when_the_author_is_unknown() {
	ExtBuilder::default().build_and_execute(|| {
		BlockAuthor::set(None);
		fee(1_000);
		assert_eq!(Balances::free_balance(TREASURY), ED + 800);
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 200, author: 0, treasury: 800 }]);
	});
}

#[test]
fn authors_part_should_go_to_the_treasury_when_it_cannot_be_deposited() {
	ExtBuilder::default().build_and_execute(|| {
		BlockAuthor::set(Some(STRANGER));
		// Half of it is below the existential deposit.
		fee(ED);
		assert_eq!(Balances::free_balance(STRANGER), 0);
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 2, author: 0, treasury: 8 }]);
		// Half of this one just makes an account.
		fee(2 * ED);
		assert_eq!(Balances::free_balance(STRANGER), ED);
		assert_eq!(events()[1..], [Event::FeeSplit { burnt: 4, author: 10, treasury: 6 }]);
	});
}

#[test]
fn treasurys_part_should_be_burnt_when_it_cannot_be_deposited() {
	ExtBuilder { without_treasury: true }.build_and_execute(|| {
		let issuance = Balances::total_issuance();
		fee(20);
		assert_eq!(Balances::total_issuance(), issuance - 10);
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 10, author: 10, treasury: 0 }]);
	});
}

#[test]
fn everything_should_be_burnt_when_the_split_says_so() {
	ExtBuilder::default().build_and_execute(|| {
		Split::set(FeeSplit { burn: Ppm::ONE, author: Ppm::ONE });
		fee(1_000);
		assert_eq!(events(), vec![Event::FeeSplit { burnt: 1_000, author: 0, treasury: 0 }]);
	});
}

#[test]
fn totals_should_stay_at_the_largest_number() {
	ExtBuilder::default().build_and_execute(|| {
		Fees::<Test>::put(FeeTotals {
			burnt: Balance::MAX,
			authors: Balance::MAX,
			treasury: Balance::MAX - 1,
		});
		fee(1_000);
		assert_eq!(
			Fees::<Test>::get(),
			FeeTotals { burnt: Balance::MAX, authors: Balance::MAX, treasury: Balance::MAX }
		);
	});
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

	#[test]
	fn parts_should_add_up_to_the_fee(
		amount in 1..1_000_000_000u128,
		burn in 0..=1_000_000u32,
		author in 0..=1_000_000u32,
		who in prop_oneof![Just(None), Just(Some(AUTHOR)), Just(Some(STRANGER))],
		without_treasury: bool,
	) {
		ExtBuilder { without_treasury }.build_and_execute(|| {
			Split::set(FeeSplit { burn: Ppm::new(burn), author: Ppm::new(author) });
			BlockAuthor::set(who);
			let issuance = Balances::total_issuance();
			fee(amount);
			let totals = Fees::<Test>::get();
			assert_eq!(totals.burnt + totals.authors + totals.treasury, amount);
			assert_eq!(Balances::total_issuance(), issuance - totals.burnt);
		});
	}
}
