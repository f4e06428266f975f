use crate::{mock::*, Error, Event};
use ergon_primitives::{provider::Operator, Conduct};
use ergon_traits::Providers;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn set_operator(stash: AccountId, operator: Option<AccountId>) -> DispatchResult {
	Market::set_operator(RuntimeOrigin::signed(stash), operator)
}

/// With a provider that is run by account 9.
fn run(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(set_operator(1, Some(9)));
		assert_ok!(Market::confirm_operator(RuntimeOrigin::signed(9), 1));
		System::reset_events();
		test();
	});
}

#[test]
fn claim_should_count_for_nothing() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_eq!((record(1).operator, Market::operator_of(&1)), (Operator::Itself, 1));
		assert_ok!(set_operator(1, Some(9)));
		assert_eq!((record(1).operator, Market::operator_of(&1)), (Operator::Claimed(9), 1));
		assert_eq!(events(), vec![Event::OperatorSet { provider: 1, operator: Some(9) }]);
	});
}

#[test]
fn claim_should_be_changed_or_taken_back_with_open_duties() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engage(1, 0);
		assert_ok!(set_operator(1, Some(9)));
		assert_ok!(set_operator(1, Some(8)));
		assert_eq!(record(1).operator, Operator::Claimed(8));
		assert_ok!(set_operator(1, None));
		assert_eq!(record(1).operator, Operator::Itself);
		assert_eq!(events()[2], Event::OperatorSet { provider: 1, operator: None });
	});
}

#[test]
fn operator_should_be_left_only_without_duties() {
	for next in [None, Some(8)] {
		run(|| {
			let lock = engage(1, 0);
			assert_noop!(set_operator(1, next), Error::<Test>::StillBusy);
			discharge(1, 0, lock, Conduct::Agreed);
			assert_ok!(set_operator(1, next));
			assert_eq!(Market::operator_of(&1), 1);
			assert_eq!(events(), vec![Event::OperatorSet { provider: 1, operator: next }]);
		});
	}
}

#[test]
fn same_should_be_refused() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(set_operator(1, None), Error::<Test>::OperatorUnchanged);
		assert_ok!(set_operator(1, Some(9)));
		assert_noop!(set_operator(1, Some(9)), Error::<Test>::OperatorUnchanged);
	});
	run(|| {
		assert_noop!(set_operator(1, Some(9)), Error::<Test>::OperatorUnchanged);
		assert_eq!(Market::operator_of(&1), 9);
	});
}

#[test]
fn own_stash_and_strangers_should_be_refused() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(set_operator(1, Some(1)), Error::<Test>::OperatorIsStash);
		assert_noop!(set_operator(2, Some(1)), Error::<Test>::NotRegistered);
		assert_noop!(set_operator(worker(1), None), Error::<Test>::NotRegistered);
	});
}

#[test]
fn operator_of_no_provider_should_be_itself() {
	run(|| {
		assert_eq!(Market::operator_of(&5), 5);
		assert_ok!(Market::deregister(RuntimeOrigin::signed(1)));
		assert_eq!(Market::operator_of(&1), 1);
	});
}
