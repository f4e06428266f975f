use super::*;
use codec::Encode;
use ergon_primitives::{
	views::{JobState, Market, Quote, ShardView},
	SpecError,
};

#[test]
fn view_should_show_the_order_and_where_it_stands() {
	execute(|| {
		let id = submit(ADA, spec_of(3));
		let view = Jobs::view(id).unwrap();
		assert_eq!((view.id, view.owner, view.spec, view.submitted_at), (id, ADA, spec_of(3), 1));
		assert_eq!((view.submitted_time, view.state), (3_000, JobState::Queued));
		assert_eq!(view.progress.held, 630);
		assert_eq!(view.deposit, held(HoldReason::JobDeposit, ADA));
		assert_eq!(Jobs::view(JobId(1)), None);
	});
}

#[test]
fn views_should_list_in_order_from_a_number_on() {
	execute(|| {
		let all: Vec<_> = (0..20).map(|_| submit(ADA, spec())).collect();
		Jobs::cancel(RuntimeOrigin::signed(ADA), all[3]).unwrap();
		HasRandomness::set(&false);
		to_block(30); // the fourth is pruned
		let list = |from, limit| -> Vec<u64> {
			Jobs::views(JobId(from), limit).into_iter().map(|view| view.id.0).collect()
		};
		assert_eq!(list(0, 5), [0, 1, 2, 4, 5]);
		assert_eq!(list(3, 2), [4, 5]);
		assert_eq!(list(18, 100), [18, 19]);
		assert!(list(20, 100).is_empty());
		assert!(list(0, 0).is_empty());
		assert_eq!(list(0, u32::MAX).len(), 19);
	});
}

#[test]
fn shard_view_should_follow_a_shard_through_its_life() {
	execute(|| {
		let id = submit(ADA, spec());
		assert_eq!(Jobs::shard_view(id, ShardIndex(0)), Some(ShardView::Queued));
		assert_eq!(Jobs::shard_view(id, ShardIndex(1)), None);
		assert_eq!(Jobs::shard_view(JobId(9), ShardIndex(0)), None);
		to_block(3);
		let Some(ShardView::Open(open)) = Jobs::shard_view(id, ShardIndex(0)) else { panic!("not open") };
		assert_eq!(open.replicas.len(), 2);
		close(key(id, 0), agreed(1));
		assert!(matches!(Jobs::shard_view(id, ShardIndex(0)), Some(ShardView::Closed(_))));
	});
}

#[test]
fn quote_should_say_what_submission_would_hold() {
	execute(|| {
		let spec = JobSpec { tip: 3, max_price: Price(75), ..spec_of(4) };
		let quote = Jobs::quote(&spec).unwrap();
		let expected = Quote {
			budget: 4 * (157 + 3),
			deposit: 100 + spec.encoded_size() as Balance + 40,
			shards: 4,
			commit_window: 11,
			// Of the next block, which is the first that can include it.
			earliest_deadline: 2 + 2 + 11 + 5 + 1,
			fitting: 3,
			lowest_ask: Some(Price(50)),
		};
		assert_eq!(quote, expected);
		to_block(2);
		submit(ADA, JobSpec { deadline: quote.earliest_deadline, ..spec });
		assert_eq!(held(HoldReason::JobBudget, ADA), quote.budget);
		assert_eq!(held(HoldReason::JobDeposit, ADA), quote.deposit);
	});
}

#[test]
fn quote_should_name_the_field_that_stands_in_the_way() {
	execute(|| {
		assert_eq!(Jobs::quote(&JobSpec { tasks: 0, ..spec() }), Err(SpecError::Tasks));
		assert_eq!(Jobs::quote(&JobSpec { deadline: 20, ..spec() }), Err(SpecError::DeadlineTooSoon));
		assert!(Jobs::quote(&JobSpec { max_price: Price(1), ..spec() }).unwrap().lowest_ask.is_none());
	});
}

#[test]
fn market_should_show_the_parameters_and_the_count_of_jobs() {
	execute(|| {
		submit(ADA, spec());
		let expected = Market {
			block: 1,
			economics: TheEconomics::get(),
			timing: TheTiming::get(),
			blobs: ergon_primitives::BlobLimits { max_program: 3, max_blob: 4 },
			min_bond: 5,
			available: 6,
			jobs: 1,
		};
		assert_eq!(Jobs::market(expected.blobs, 5, 6), expected);
	});
}

#[test]
fn order_should_be_what_a_worker_needs() {
	execute(|| {
		let id = submit(ADA, spec());
		assert_eq!(Jobs::order(id), Some((spec(), 3_000)));
		assert_eq!(Jobs::order(JobId(1)), None);
	});
}
