//! Faults pay for replacements.

use super::*;
use crate::Fines;
use ergon_primitives::money::GFUEL;

fn drawn(spec: JobSpec) -> ShardKey {
	let id = submit(ADA, spec);
	to_block(3);
	key(id, 0)
}

/// One of two was absent and is replaced; its fine is the value of a replica and so much more.
fn replaced(spec: JobSpec, more: Balance) -> ShardKey {
	let key = drawn(spec);
	fine(key, 105 + more);
	request(key, 1);
	to_block(5);
	told();
	events();
	key
}

#[test]
fn a_replacement_should_be_paid_by_who_made_it_necessary() {
	execute(|| {
		let key = replaced(spec(), 7);
		let owned = free(ADA);
		let [(first, ask), (second, other)] = close_with(key, agreed(GFUEL), 1)[..] else { panic!("two") };
		assert_eq!((free(first), free(second)), (1_000 + ask.0, 1_000 + other.0));
		let (fee, others) = (ask.0 * 5 / 100, other.0 * 5 / 100);
		assert_eq!(free(ADA), owned + 210 - ask.0 - fee, "the refund grows by what the replacement costs");
		assert_eq!(free(FEES), ED + fee + others);
		assert_eq!(free(TREASURY), ED + 112 - other.0 - others);
		assert_eq!(free(FINES), ED);
		let heard = [(first, ask), (second, other)].map(|(who, ask)| Told::Paid(who, ask.0, Fuel(GFUEL)));
		assert_eq!(told(), heard);

		let refunded = 210 - ask.0 - fee;
		let expected =
			Event::Closed { key, verdict: agreed(GFUEL), paid: ask.0, compensated: other.0, fee, refunded };
		assert_eq!(events()[0], expected);
		let record = crate::Shards::<Test>::get(key.job, key.shard).unwrap();
		assert_eq!((record.paid, record.compensated, record.providers.len()), (ask.0, other.0, 2));
		let progress = progress(key.job);
		assert_eq!((progress.paid, progress.fees, progress.refunded), (ask.0, fee, refunded));
	});
}

#[test]
fn the_tip_of_a_replacement_should_stay_the_clients() {
	execute(|| {
		let key = replaced(JobSpec { tip: 20, ..spec() }, 0);
		let [(_, ask), (second, other)] = close_with(key, agreed(GFUEL), 1)[..] else { panic!("two") };
		assert_eq!(free(second), 1_000 + other.0 + 10);
		assert_eq!(progress(key.job).paid, ask.0 + 20);
		assert_eq!(told()[1], Told::Paid(second, other.0 + 10, Fuel(GFUEL)));
	});
}

#[test]
fn two_faults_should_pay_for_two_replacements_and_all_that_for_nobodys() {
	execute(|| {
		let key = drawn(spec());
		fine(key, 105);
		fine(key, 105);
		assert_eq!(Fines::<Test>::get(key.job, key.shard), Some(210));
		request(key, 2);
		to_block(5);
		let owned = free(ADA);
		close_with(key, agreed(GFUEL), 2);
		assert_eq!(free(ADA), owned + 210);
		assert_eq!((progress(key.job).paid, progress(key.job).fees), (0, 0));
		assert_eq!(Fines::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_fault_at_the_ceiling_should_be_covered_to_the_planck() {
	execute(|| {
		Pool::set(&[11, 12, 13].map(|who| (who, Price(100))).to_vec());
		let key = replaced(spec(), 0);
		close_with(key, agreed(GFUEL), 1);
		assert_eq!((progress(key.job).paid, progress(key.job).refunded), (100, 105));
		assert_eq!((free(FINES), free(TREASURY)), (ED, ED));
	});
}

#[test]
fn fines_that_pay_for_nobody_should_go_where_slashes_go() {
	for verdict in [agreed(GFUEL), Verdict::Unavailable, Verdict::NoQuorum, Verdict::Expired] {
		execute(|| {
			let key = drawn(spec());
			fine(key, 105);
			close(key, verdict);
			assert_eq!((free(TREASURY), free(FINES)), (ED + 105, ED));
			assert_eq!(Fines::<Test>::iter().count(), 0);
		});
	}
}

#[test]
fn fines_should_go_where_slashes_go_at_the_deadline() {
	execute(|| {
		let key = drawn(spec());
		fine(key, 33);
		to_block(99);
		assert_eq!(free(TREASURY), ED);
		to_block(100);
		assert_eq!((free(TREASURY), free(FINES)), (ED + 33, ED));
	});
}

#[test]
fn fines_should_be_kept_apart_by_shard() {
	execute(|| {
		let id = submit(ADA, spec_of(2));
		to_block(3);
		fine(key(id, 0), 50);
		fine(key(id, 1), 20);
		close(key(id, 0), Verdict::NoQuorum);
		assert_eq!((free(TREASURY), free(FINES)), (ED + 50, ED + 20));
		assert_eq!(Fines::<Test>::iter().collect::<Vec<_>>(), [(id, ShardIndex(1), 20)]);
	});
}

#[test]
fn a_replacement_that_cannot_take_so_little_should_go_without() {
	execute(|| {
		Pool::set(&vec![(11, Price(50)), (12, Price(50))]);
		let key = drawn(spec());
		fine(key, 105);
		request(key, 1);
		// An account that does not exist, for an amount that cannot open it.
		Pool::set(&vec![(77, Price(ED - 1))]);
		to_block(5);
		told();
		let owned = free(ADA);
		close_with(key, agreed(GFUEL), 1);
		assert_eq!((free(77), free(TREASURY), free(FINES)), (0, ED + 105, ED));
		assert_eq!(free(ADA), owned + 210 - 50 - 2);
		assert_eq!(told().len(), 1);
	});
}

#[test]
fn nothing_should_be_booked_for_a_fine_of_nothing() {
	execute(|| {
		let key = drawn(spec());
		<Pallet<Test> as Shards<AccountId>>::fined(key, 0);
		assert_eq!(Fines::<Test>::iter().count(), 0);
	});
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "fines suffice for replacements")]
fn a_shortfall_should_be_noticed() {
	execute(|| {
		let key = replaced(spec(), 0);
		Fines::<Test>::insert(key.job, key.shard, 20);
		close_with(key, agreed(GFUEL), 1);
	});
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "a fine for a shard that is not open")]
fn a_fine_for_a_shard_that_is_closed_should_be_noticed() {
	execute(|| {
		let key = drawn(spec());
		close(key, agreed(1));
		fine(key, 20);
	});
}
