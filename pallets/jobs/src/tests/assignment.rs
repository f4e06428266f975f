use super::*;
use crate::{Turns, Waiting, WeightInfo};
use ergon_primitives::{attestation::Terms, money::GFUEL, views::JobState, Policy};
use frame_support::weights::Weight;

#[test]
fn assignment_should_wait_for_randomness_of_a_block_after_the_submission() {
	execute(|| {
		let id = submit(ADA, spec());
		to_block(2);
		assert_eq!(told(), []);
		events();
		to_block(3);
		let told = told();
		let Told::Draw { count: 2, ref excluded, .. } = told[0] else { panic!("{told:?}") };
		assert_eq!(*excluded, [ADA]);
		let [Told::Engage(first, _, LOCK), Told::Engage(second, at, LOCK)] = told[1..3] else {
			panic!("{told:?}")
		};
		assert_eq!(at, key(id, 0));
		let terms = Terms {
			quorum: 2,
			max_replicas: 5,
			commit_window: 11,
			reveal_window: 5,
			fuel_limit: Fuel(GFUEL),
			value: 105,
		};
		assert_eq!(told[3..], [Told::Open(key(id, 0), terms, vec![first, second])]);
		let providers = vec![first, second].try_into().unwrap();
		assert_eq!(events(), [Event::Assigned { key: key(id, 0), providers }]);
		assert_eq!(Jobs::view(id).unwrap().state, JobState::Working);
		assert_eq!((progress(id).queued, progress(id).working), (0, 1));
		assert_eq!((Waiting::<Test>::iter().count(), Turns::<Test>::iter().count()), (0, 0));
	});
}

#[test]
fn assignment_should_not_draw_without_randomness() {
	execute(|| {
		submit(ADA, spec());
		HasRandomness::set(&false);
		to_block(10);
		assert_eq!(told(), []);
		HasRandomness::set(&true);
		to_block(11);
		assert_eq!(opened().len(), 1);
	});
}

#[test]
fn assignment_should_seed_each_draw_differently() {
	execute(|| {
		submit(
			ADA,
			JobSpec {
				max_price: Price(55),
				policy: Policy { quorum: 2, max_replicas: 2, adaptive: false },
				..spec()
			},
		);
		submit(ADA, spec_of(2));
		to_block(4);
		let mut seeds: Vec<_> = told()
			.into_iter()
			.filter_map(|told| match told {
				Told::Draw { seed, .. } => Some(seed),
				_ => None,
			})
			.collect();
		// Two shards drawn, and the misfit tried in two blocks.
		assert_eq!(seeds.len(), 4);
		seeds.sort();
		seeds.dedup();
		assert_eq!(seeds.len(), 4);
	});
}

#[test]
fn assignment_should_draw_as_many_shards_as_fit_in_the_first_block() {
	execute(|| {
		let id = submit(ADA, JobSpec { shard_size: 4, ..spec_of(18) });
		to_block(3);
		assert_eq!(opened(), (0..5).map(|shard| key(id, shard)).collect::<Vec<_>>());
		assert_eq!(progress(id).working, 5);
	});
}

#[test]
fn assignment_should_go_round_the_jobs() {
	execute(|| {
		let (large, small) = (submit(ADA, spec_of(50)), submit(BOB, spec_of(2)));
		Slots::set(&2); // room for 5 shards of 2 replicas
		to_block(3);
		let all = opened();
		assert_eq!(
			all[..4],
			[key(large, 0), key(small, 0), key(large, 1), key(small, 1)],
			"the small job does not wait for the large one"
		);
	});
}

#[test]
fn assignment_should_wait_where_nothing_fits_and_try_again() {
	execute(|| {
		let cheap = submit(ADA, JobSpec { max_price: Price(40), ..spec() });
		let id = submit(ADA, spec());
		to_block(10);
		assert_eq!(opened(), [key(id, 0)]);
		assert_eq!(progress(cheap).queued, 1);
		Pool::set(&vec![(11, Price(40)), (12, Price(40)), (13, Price(41))]);
		to_block(11);
		assert_eq!(opened(), [key(cheap, 0)]);
	});
}

#[test]
fn assignment_should_draw_all_or_none() {
	execute(|| {
		let id = submit(ADA, spec());
		Pool::set(&vec![(11, Price(50))]);
		to_block(3);
		assert_eq!(engaged(), 0);
		assert_eq!(progress(id).queued, 1);
	});
}

#[test]
fn assignment_should_engage_nobody_if_one_cannot_be() {
	execute(|| {
		let id = submit(ADA, spec());
		Pool::set(&vec![(11, Price(50)), (12, Price(50))]);
		Refusing::set(&vec![12]);
		to_block(10);
		assert_eq!(engaged(), 0);
		assert_eq!(events().len(), 1);
		assert_eq!(progress(id).queued, 1);
		Refusing::set(&vec![]);
		to_block(11);
		assert_eq!(opened(), [key(id, 0)]);
	});
}

#[test]
fn assignment_should_engage_nobody_if_attestation_refuses() {
	execute(|| {
		let id = submit(ADA, spec());
		Accepting::set(&false);
		to_block(10);
		assert_eq!((engaged(), progress(id).queued), (0, 1));
		Accepting::set(&true);
		to_block(11);
		assert_eq!((engaged(), progress(id).queued), (2, 0));
	});
}

#[test]
fn assignment_should_stop_when_the_windows_do_not_fit_before_the_deadline() {
	// Commit window 11 and reveal window 5: the last that counts is the block before the deadline.
	for (block, drawn) in [(83, 1), (84, 0)] {
		execute(|| {
			let id = submit(ADA, spec());
			Pool::set(&vec![]);
			to_block(block - 1);
			Pool::set(&vec![(11, Price(50)), (12, Price(50))]);
			to_block(block);
			assert_eq!(progress(id).working, drawn, "at block {block}");
		});
	}
}

#[test]
fn assignment_should_end_with_the_meter_and_go_on_in_the_next_block() {
	execute(|| {
		for _ in 0..6 {
			submit(ADA, spec());
		}
		// Room for a few.
		let full = Jobs::serve_weight();
		HookWeight::set(&full.saturating_mul(2));
		let mut drawn = Vec::new();
		let mut block = 3;
		while drawn.len() < 6 {
			to_block(block);
			let now = opened();
			assert!((1..=4).contains(&now.len()), "{} in one block", now.len());
			drawn.extend(now);
			block += 1;
		}
		let order: Vec<_> = drawn.iter().map(|key| key.job.0).collect();
		assert_eq!(order, [0, 1, 2, 3, 4, 5], "first come, first served");
	});
}

#[test]
fn assignment_should_do_nothing_without_weight() {
	execute(|| {
		submit(ADA, spec());
		let enough = HookWeight::get();
		HookWeight::set(
			&(<Test as crate::Config>::WeightInfo::on_initialize_base() + Weight::from_parts(1, 0)),
		);
		to_block(10);
		assert_eq!(told(), []);
		HookWeight::set(&enough);
		to_block(11);
		assert_eq!(opened().len(), 1);
	});
}

#[test]
fn locks_should_be_worth_a_replacement_at_the_orders_own_terms() {
	execute(|| {
		// Whatever the market's economics have become since the submission: one replica is worth 10,500 here.
		let id = submit(ADA, JobSpec { max_price: Price(10_000), ..spec() });
		to_block(3);
		let engaged = |told| matches!(told, Told::Engage(_, at, 10_500) if at == key(id, 0));
		assert_eq!(told().into_iter().filter(|told| engaged(told.clone())).count(), 2);
	});
}
