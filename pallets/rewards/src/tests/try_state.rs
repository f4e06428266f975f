use crate::{mock::*, Earnings, Totals};
use frame_support::assert_noop;
use sp_runtime::TryRuntimeError;

#[test]
fn try_state_should_fail_when_earnings_have_no_payment() {
	ExtBuilder::default().build_and_execute(|| {
		Totals::<Test>::insert(7, Earnings::default());
		assert_noop!(Rewards::do_try_state(), TryRuntimeError::Other("earnings of who was never paid"));
		Totals::<Test>::remove(7);
	});
}
