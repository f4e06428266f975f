use crate::{mock::*, Error, Event};
use ergon_primitives::provider::Operator;
use ergon_traits::Providers;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, DispatchResult};

fn confirm(operator: AccountId, stash: AccountId) -> DispatchResult {
	Market::confirm_operator(RuntimeOrigin::signed(operator), stash)
}

fn claimed(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::set_operator(RuntimeOrigin::signed(1), Some(9)));
		System::reset_events();
		test();
	});
}

#[test]
fn operator_should_count_from_its_consent_on() {
	claimed(|| {
		// Also with open duties.
		engage(1, 0);
		assert_ok!(confirm(9, 1));
		assert_eq!((record(1).operator, Market::operator_of(&1)), (Operator::Of(9), 9));
		assert_eq!(events(), vec![Event::OperatorConfirmed { provider: 1, operator: 9 }]);
	});
}

#[test]
fn only_the_claimed_account_should_confirm_and_once() {
	claimed(|| {
		for other in [1, 2, worker(1)] {
			assert_noop!(confirm(other, 1), Error::<Test>::NotClaimed);
		}
		assert_noop!(Market::confirm_operator(RuntimeOrigin::root(), 1), DispatchError::BadOrigin);
		assert_ok!(confirm(9, 1));
		assert_noop!(confirm(9, 1), Error::<Test>::NotClaimed);
	});
}

#[test]
fn claim_that_was_taken_back_should_not_be_confirmed() {
	claimed(|| {
		assert_ok!(Market::set_operator(RuntimeOrigin::signed(1), Some(8)));
		assert_noop!(confirm(9, 1), Error::<Test>::NotClaimed);
		assert_ok!(Market::set_operator(RuntimeOrigin::signed(1), None));
		assert_noop!(confirm(8, 1), Error::<Test>::NotClaimed);
	});
}

#[test]
fn stranger_should_not_be_confirmed() {
	claimed(|| {
		assert_noop!(confirm(9, 2), Error::<Test>::NotRegistered);
	});
}
