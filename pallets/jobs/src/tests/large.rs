//! The largest job there can be.

use super::*;
use crate::{Deadlines, Lane, Waiting};
use frame_support::weights::Weight;

/// A job of a million tasks in 10,000 shards.
fn million() -> JobSpec {
	let mut spec = JobSpec { shard_size: 100, deadline: 600, ..spec_of(1_000_000) };
	spec.limits.fuel = Fuel(spec.limits.fuel.0 / 100);
	spec
}

fn rich() {
	Balances::force_set_balance(RuntimeOrigin::root(), ADA, 100 * RICH).unwrap();
	Slots::set(&100_000);
}

/// Goes on block by block until it is done; how many it took. `to_block` sees that none takes more than its share.
fn blocks_until(done: impl Fn() -> bool) -> u32 {
	let start = System::block_number();
	while !done() {
		to_block(System::block_number() + 1);
		told();
		System::reset_events();
	}
	System::block_number() - start
}

#[test]
fn a_job_of_a_million_tasks_should_be_drawn_and_expire_in_bounded_blocks() {
	execute(|| {
		rich();
		let id = submit(ADA, million());
		assert_eq!(held(HoldReason::JobBudget, ADA), 10_000 * 210);
		assert_eq!(Waiting::<Test>::iter_prefix((Lane::Orders, ADA)).count(), 1, "one place for all");
		let blocks = blocks_until(|| progress(id).queued == 0);
		assert!(blocks < 150, "drawn in {blocks} blocks");
		check();
		to_block(599);
		let blocks = blocks_until(|| progress(id).working == 0);
		assert!(blocks < 400, "abandoned in {blocks} blocks");
		assert_eq!((progress(id).failed, progress(id).refunded), (10_000, 10_000 * 210));
		assert_eq!((engaged(), Deadlines::<Test>::iter().count()), (0, 0));
		check();
		let blocks = blocks_until(|| Jobs::view(id).is_none());
		assert!(blocks < 20 + 20, "pruned in {blocks} blocks");
		assert_eq!(Balances::total_balance_on_hold(&ADA), 0);
	});
}

#[test]
fn a_job_of_a_million_tasks_that_nobody_fits_should_end_in_one_block() {
	execute(|| {
		rich();
		let id = submit(ADA, JobSpec { max_price: Price(1), ..million() });
		to_block(599);
		assert_eq!(progress(id).queued, 10_000);
		let enough = HookWeight::get();
		HookWeight::set(&Jobs::serve_weight().saturating_mul(4));
		to_block(600);
		HookWeight::set(&enough);
		assert_eq!(progress(id).failed, 10_000);
	});
}

#[test]
fn ten_thousand_jobs_should_wait_without_costing_a_block_more() {
	execute(|| {
		rich();
		Pool::set(&vec![]);
		flood(ADA, 10_000, JobSpec { deadline: 300, ..spec() });
		// As if the pool was full: each is tried in turn, in as much as a block may take.
		HookWeight::set(&Weight::from_parts(20_000_000_000, 0));
		let blocks = blocks_until(|| System::block_number() >= 250);
		assert_eq!(blocks, 249);
		check();
	});
}
