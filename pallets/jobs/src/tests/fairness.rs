//! Who is served when: round-robin over clients, then tip, then age.

use super::*;
use crate::{Lane, Turns, Waiting};
use frame_support::weights::Weight;

/// Weight for about so many draws of two replicas.
fn room_for(draws: u64) -> Weight {
	Jobs::serve_weight() + Jobs::serve_weight().saturating_mul(3).saturating_div(7).saturating_mul(draws)
}

fn owners(keys: &[ShardKey]) -> Vec<AccountId> {
	keys.iter().map(|key| crate::Jobs::<Test>::get(key.job).unwrap().owner).collect()
}

fn ids(keys: Vec<ShardKey>) -> Vec<u64> {
	keys.into_iter().map(|key| key.job.0).collect()
}

#[test]
fn a_client_with_many_jobs_should_not_delay_another_by_more_than_a_round() {
	execute(|| {
		Slots::set(&10_000);
		HookWeight::set(&room_for(10));
		flood(ADA, 1_000, spec());
		to_block(9);
		assert!(opened().len() > 20);
		let bobs = submit(BOB, spec());
		to_block(10);
		assert!(!owners(&opened()).contains(&BOB), "too fresh");
		to_block(11);
		let place = opened().iter().position(|key| key.job == bobs).unwrap();
		assert!(place <= 1, "in place {place}");
	});
}

#[test]
fn clients_should_be_served_in_turn_and_not_catch_up() {
	execute(|| {
		Slots::set(&10_000);
		HookWeight::set(&room_for(10));
		submit(ADA, spec_of(1_000));
		to_block(20);
		submit(BOB, spec_of(1_000));
		to_block(21);
		opened();
		for block in 22..30 {
			to_block(block);
			let served = owners(&opened());
			assert!(served.len() >= 4, "{}", served.len());
			assert!(served.windows(2).all(|two| two[0] != two[1]), "{served:?}");
		}
	});
}

#[test]
fn tips_should_order_the_clients_of_a_round_and_the_jobs_of_a_client() {
	execute(|| {
		let tip = |owner, tip| submit(owner, JobSpec { tip, ..spec() });
		// Ada's turn is that of her first job.
		let (ada_0, ada_9, ada_9b) = (tip(ADA, 0), tip(ADA, 9), tip(ADA, 9));
		let (bob_5, bob_5b) = (tip(BOB, 5), tip(BOB, 5));
		to_block(3);
		assert_eq!(ids(opened()), [bob_5, ada_9, ada_9b, bob_5b, ada_0].map(|id| id.0));
	});
}

#[test]
fn age_should_break_ties() {
	execute(|| {
		Balances::force_set_balance(RuntimeOrigin::root(), EVE, RICH).unwrap();
		for owner in [BOB, EVE, ADA, ADA, EVE, BOB] {
			submit(owner, spec());
		}
		to_block(3);
		assert_eq!(
			ids(opened()),
			[0, 1, 2, 5, 4, 3][..3].iter().copied().chain([3, 4, 5]).collect::<Vec<_>>()
		);
	});
}

#[test]
fn a_fresh_job_should_not_hold_up_its_clients_others_or_anybody_else() {
	execute(|| {
		HasRandomness::set(&false);
		let (old, bobs) = (submit(ADA, spec()), submit(BOB, spec()));
		to_block(10);
		let fresh = submit(ADA, JobSpec { tip: 100, ..spec() });
		HasRandomness::set(&true);
		to_block(11);
		assert_eq!(opened(), [key(old, 0), key(bobs, 0)]);
		to_block(12);
		assert_eq!(opened(), [key(fresh, 0)]);
	});
}

#[test]
fn jobs_that_nobody_fits_should_not_block_their_clients_others() {
	execute(|| {
		HookWeight::set(&room_for(20));
		for _ in 0..30 {
			submit(ADA, JobSpec { max_price: Price(1), tip: 100, ..spec() });
		}
		let (fits, bobs) = (submit(ADA, spec()), submit(BOB, spec()));
		let mut block = 2;
		while progress(fits).working == 0 {
			block += 1;
			to_block(block);
			check();
		}
		assert!(block < 8, "drawn in block {block}");
		assert_eq!(progress(bobs).working, 1);
		assert_eq!(Waiting::<Test>::iter_prefix((Lane::Retry, ADA)).count(), 30);
	});
}

#[test]
fn a_job_that_nobody_fits_should_be_tried_once_a_block() {
	execute(|| {
		let stuck = [
			submit(ADA, JobSpec { max_price: Price(1), ..spec() }),
			submit(BOB, JobSpec { max_price: Price(2), ..spec() }),
		];
		to_block(3);
		assert_eq!(told().len(), 2);
		for block in 4..10 {
			to_block(block);
			assert_eq!(told().len(), 2);
		}
		assert!(stuck.iter().all(|id| progress(*id).queued == 1));
	});
}

#[test]
fn a_flood_of_orders_should_not_shut_out_the_jobs_that_nobody_fitted() {
	execute(|| {
		Slots::set(&10_000);
		let stuck = submit(ADA, JobSpec { max_price: Price(20), ..spec_of(2) });
		to_block(3);
		flood(BOB, 1_000, JobSpec { tip: 100, ..spec() });
		HookWeight::set(&room_for(10));
		to_block(6);
		Pool::set(&vec![(11, Price(20)), (12, Price(20))]);
		to_block(7);
		assert_eq!(progress(stuck).working, 1);
		// Its next shard is an order again.
		assert!(Waiting::<Test>::contains_key((Lane::Orders, ADA), crate::Rank::by_tip(0, stuck)));
		to_block(8);
		assert_eq!(progress(stuck).working, 2);
		assert_eq!(Turns::<Test>::iter().count(), 1, "Bob's");
	});
}

#[test]
fn jobs_that_nobody_fitted_should_be_served_in_turn_of_their_clients() {
	execute(|| {
		Pool::set(&vec![]);
		flood(ADA, 100, spec());
		let bobs = submit(BOB, spec());
		to_block(10);
		Slots::set(&2); // room for two shards
		Pool::set(&vec![(11, Price(20)), (12, Price(20))]);
		opened();
		to_block(11);
		let drawn = opened();
		assert_eq!(drawn.len(), 2);
		assert!(drawn.contains(&key(bobs, 0)), "{drawn:?}");
	});
}

#[test]
fn a_request_and_an_order_should_be_served_in_turn() {
	execute(|| {
		Slots::set(&1_000);
		let first: Vec<_> = (0..40).map(|_| submit(ADA, spec())).collect();
		to_block(3);
		assert_eq!(opened().len(), 40);
		first.iter().for_each(|id| request(key(*id, 0), 1));
		flood(BOB, 40, spec());
		HookWeight::set(&room_for(10));
		to_block(5);
		let kinds: Vec<_> = told()
			.into_iter()
			.filter_map(|told| match told {
				Told::Open(..) => Some('o'),
				Told::Extend(..) => Some('x'),
				_ => None,
			})
			.collect();
		assert!(kinds.len() >= 4);
		assert!(kinds.windows(2).all(|two| two[0] != two[1]), "{kinds:?}");
	});
}
