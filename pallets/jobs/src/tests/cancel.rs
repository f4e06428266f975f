use super::*;
use crate::{Error, Turns, Waiting};
use ergon_primitives::views::{JobState, ShardView};
use frame_support::assert_noop;
use sp_runtime::DispatchError;

fn cancel(who: AccountId, job: JobId) -> sp_runtime::DispatchResult {
	Jobs::cancel(RuntimeOrigin::signed(who), job)
}

#[test]
fn cancel_should_refund_the_whole_budget_at_once() {
	execute(|| {
		let id = submit(ADA, spec_of(10));
		events();
		cancel(ADA, id).unwrap();
		assert_eq!(held(HoldReason::JobBudget, ADA), 0);
		assert!(held(HoldReason::JobDeposit, ADA) > 0);
		assert_eq!(events(), [Event::Cancelled { job: id, refunded: 2_100 }, Event::Finished { job: id }]);
		let expected = Progress { failed: 10, refunded: 2_100, ..Default::default() };
		assert_eq!(progress(id), expected);
	});
}

#[test]
fn cancel_should_keep_the_reason_for_the_retention_period_and_then_give_the_deposit_back() {
	execute(|| {
		let id = submit(ADA, spec_of(10));
		cancel(ADA, id).unwrap();
		assert_eq!(Jobs::view(id).unwrap().state, JobState::Finished { prune_at: 21 });
		let Some(ShardView::Closed(record)) = Jobs::shard_view(id, ShardIndex(9)) else {
			panic!("not closed")
		};
		assert_eq!((record.verdict, record.at, record.paid), (Verdict::Cancelled, 1, 0));
		to_block(20);
		assert!(Jobs::view(id).is_some());
		to_block(21);
		assert_eq!(Jobs::view(id), None);
		assert_eq!(free(ADA), RICH);
	});
}

#[test]
fn cancel_should_leave_nothing_to_draw() {
	execute(|| {
		let id = submit(ADA, spec());
		cancel(ADA, id).unwrap();
		to_block(3);
		assert_eq!(told(), []);
		assert_eq!((Waiting::<Test>::iter().count(), Turns::<Test>::iter().count()), (0, 0));
	});
}

#[test]
fn cancel_should_be_for_the_owner_only() {
	execute(|| {
		let id = submit(ADA, spec());
		assert_noop!(cancel(BOB, id), Error::<Test>::NotOwner);
		assert_noop!(Jobs::cancel(RuntimeOrigin::root(), id), DispatchError::BadOrigin);
		assert_noop!(Jobs::cancel(RuntimeOrigin::none(), id), DispatchError::BadOrigin);
	});
}

#[test]
fn cancel_should_be_possible_until_the_first_draw_and_not_after() {
	execute(|| {
		let (id, other) = (submit(ADA, spec_of(2)), submit(ADA, JobSpec { max_price: Price(1), ..spec() }));
		assert_noop!(cancel(ADA, JobId(2)), Error::<Test>::NoSuchJob);
		to_block(3);
		assert_noop!(cancel(ADA, id), Error::<Test>::NotQueued);
		// Nobody fits the other one, so nothing of it was drawn.
		cancel(ADA, other).unwrap();
		assert_noop!(cancel(ADA, other), Error::<Test>::NotQueued);
		close(key(id, 0), agreed(1));
		close(key(id, 1), agreed(1));
		assert_noop!(cancel(ADA, id), Error::<Test>::NotQueued);
	});
}
