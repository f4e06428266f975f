use super::*;
use crate::QueueEnds;
use ergon_primitives::Stake;

#[test]
fn request_should_draw_others_than_those_who_ever_held_the_shard() {
	execute(|| {
		let id = submit(ADA, spec());
		to_block(3);
		let first = drawn_for(key(id, 0));
		told();
		request(key(id, 0), 3);
		to_block(4);
		assert_eq!(told(), [], "the randomness is of a block after the request");
		to_block(5);
		let told = told();
		let Told::Draw { count: 3, ref excluded, stake: Stake::Ordinary, .. } = told[0] else {
			panic!("{told:?}")
		};
		assert_eq!(*excluded, [vec![ADA], first.clone()].concat());
		let mut all = drawn_for(key(id, 0));
		assert_eq!(all[..2], first);
		all.sort();
		assert_eq!(all, [11, 12, 13, 14, 15]);
		assert_eq!(progress(id).working, 1);
	});
}

#[test]
fn request_should_wait_for_somebody_who_fits() {
	execute(|| {
		Pool::set(&vec![(11, Price(50)), (12, Price(60))]);
		let id = submit(ADA, spec());
		to_block(3);
		request(key(id, 0), 1);
		to_block(20);
		assert_eq!(drawn_for(key(id, 0)).len(), 2);
		Pool::set(&vec![(13, Price(50))]);
		to_block(21);
		assert_eq!(drawn_for(key(id, 0))[2..], [13]);
	});
}

#[test]
fn request_should_not_wait_behind_the_orders() {
	execute(|| {
		let id = submit(ADA, spec());
		to_block(3);
		request(key(id, 0), 1);
		for _ in 0..20 {
			submit(BOB, spec());
		}
		HookWeight::set(&Jobs::serve_weight().saturating_mul(2));
		to_block(5);
		assert_eq!(drawn_for(key(id, 0)).len(), 3);
	});
}

#[test]
fn request_that_nobody_fits_should_not_hold_up_the_orders() {
	execute(|| {
		let stuck: Vec<_> = (0..10).map(|_| submit(ADA, spec())).collect();
		to_block(3);
		for id in stuck {
			request(key(id, 0), 4); // there are only three others
		}
		let id = submit(BOB, spec());
		HookWeight::set(&Jobs::serve_weight().saturating_mul(2));
		to_block(5);
		assert_eq!(progress(id).working, 1);
	});
}

#[test]
fn request_should_be_dropped_when_its_shard_is_closed_or_served_or_too_late() {
	execute(|| {
		let (closed, twice, late) = (submit(ADA, spec()), submit(ADA, spec()), submit(ADA, spec()));
		to_block(3);
		request(key(closed, 0), 1);
		close(key(closed, 0), Verdict::NoQuorum);
		request(key(twice, 0), 1);
		<Pallet<Test> as Shards<AccountId>>::request(key(twice, 0), 1);
		<Pallet<Test> as Shards<AccountId>>::request(key(twice, 0), 0);
		to_block(5);
		assert_eq!(drawn_for(key(twice, 0)).len(), 3);
		to_block(90);
		told();
		request(key(late, 0), 1);
		to_block(99);
		assert_eq!(told(), []);
		assert!(QueueEnds::<Test>::get().is_empty());
	});
}

#[test]
fn request_for_a_pruned_job_should_be_dropped() {
	execute(|| {
		let id = submit(ADA, spec());
		to_block(3);
		HasRandomness::set(&false);
		request(key(id, 0), 1);
		close(key(id, 0), Verdict::Unavailable);
		to_block(30);
		assert_eq!(Jobs::view(id), None);
		HasRandomness::set(&true);
		to_block(31);
		assert!(QueueEnds::<Test>::get().is_empty());
	});
}

#[test]
fn request_should_exclude_the_operators_of_who_ever_held_the_shard() {
	execute(|| {
		// Twelve runs all the others but fifteen.
		Operators::set(&vec![(11, 12), (13, 12), (14, 12)]);
		Pool::set(&vec![(12, Price(50)), (15, Price(50))]);
		let id = submit(ADA, spec());
		to_block(3);
		Pool::set(&PROVIDERS.map(|(who, ask)| (who, Price(ask))).to_vec());
		request(key(id, 0), 1);
		to_block(20);
		assert_eq!(drawn_for(key(id, 0)).len(), 2, "eleven, thirteen and fourteen are twelve's");
		Operators::set(&vec![(11, 12), (13, 12)]);
		to_block(21);
		assert_eq!(drawn_for(key(id, 0))[2..], [14]);

		// The same where one was drawn that somebody else runs: now that one is out, too.
		let other = submit(ADA, spec());
		Operators::set(&vec![(11, 777)]);
		Pool::set(&vec![(11, Price(50)), (12, Price(50))]);
		to_block(23);
		told();
		request(key(other, 0), 1);
		Pool::set(&vec![(777, Price(50)), (13, Price(60))]);
		to_block(25);
		assert_eq!(drawn_for(key(other, 0))[2..], [13]);
	});
}

#[test]
fn request_after_a_reveal_should_ask_for_a_late_stake() {
	execute(|| {
		let id = submit(ADA, spec());
		to_block(3);
		FakeAttestation::reveal_first(key(id, 0));
		told();
		request(key(id, 0), 1);
		to_block(5);
		assert!(matches!(told()[0], Told::Draw { stake: Stake::Late, .. }));
	});
}
