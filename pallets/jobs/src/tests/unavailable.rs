//! What clients cannot do to providers: every work that was asked for is paid for.

use super::*;
use ergon_primitives::{money::GFUEL, views::JobState};

fn with_least(least_pay: Balance) {
	TheEconomics::set(&ergon_primitives::money::Economics { least_pay, ..TheEconomics::get() });
}

fn drawn(spec: JobSpec) -> ShardKey {
	let id = submit(ADA, spec);
	to_block(3);
	told();
	events();
	key(id, 0)
}

#[test]
fn what_cannot_be_had_should_cost_the_least_pay_and_the_fee_on_it() {
	execute(|| {
		with_least(40);
		let key = drawn(JobSpec { tip: 10, ..spec() });
		let owned = free(ADA);
		let said: Vec<_> = close(key, Verdict::Unavailable).into_iter().map(|(who, _)| who).collect();
		assert!(said.iter().all(|who| free(*who) == 1_040));
		assert_eq!(told(), [Told::Paid(said[0], 40, Fuel(0)), Told::Paid(said[1], 40, Fuel(0))]);
		assert_eq!((free(FEES), free(ADA)), (ED + 4, owned + 220 - 84));
		let closed = Event::Closed {
			key,
			verdict: Verdict::Unavailable,
			paid: 80,
			compensated: 0,
			fee: 4,
			refunded: 220 - 84,
		};
		assert_eq!(events(), [closed, Event::Finished { job: key.job }]);
		let progress = progress(key.job);
		assert_eq!((progress.settled, progress.failed, progress.fuel), (0, 1, Fuel(0)));
		let record = crate::Shards::<Test>::get(key.job, key.shard).unwrap();
		assert!(record.providers.is_empty(), "nobody has outputs");
	});
}

#[test]
fn what_cannot_be_had_should_cost_nothing_where_nothing_is_the_least() {
	execute(|| {
		with_least(0);
		let key = drawn(spec());
		close(key, Verdict::Unavailable);
		assert_eq!((told(), progress(key.job).refunded), (vec![], 210));
	});
}

#[test]
fn what_cannot_be_had_should_be_paid_by_the_client_and_never_by_fines() {
	execute(|| {
		with_least(40);
		let key = drawn(spec());
		fine(key, 105);
		request(key, 1);
		to_block(5);
		close_with(key, Verdict::Unavailable, 1);
		assert_eq!((progress(key.job).paid, free(TREASURY)), (80, ED + 105));
	});
}

#[test]
fn the_least_pay_should_be_that_of_the_submission() {
	execute(|| {
		with_least(40);
		let key = drawn(spec());
		with_least(1_000_000);
		close(key, Verdict::Unavailable);
		assert_eq!(progress(key.job).paid, 80);
	});
}

#[test]
fn an_endless_loop_should_be_paid_in_full() {
	execute(|| {
		Pool::set(&vec![(11, Price(100)), (12, Price(100))]);
		let key = drawn(spec());
		close(key, agreed(GFUEL)); // out of fuel: all of it is used
		assert_eq!((progress(key.job).paid, progress(key.job).refunded), (200, 0));
	});
}

#[test]
fn an_invalid_module_should_be_paid_its_admission() {
	execute(|| {
		with_least(40);
		let key = drawn(spec());
		let paid = close(key, agreed(0));
		assert!(paid.iter().all(|(who, _)| free(*who) == 1_040));
		assert_eq!((progress(key.job).paid, progress(key.job).fees), (80, 4));
		assert!(matches!(Jobs::view(key.job).unwrap().state, JobState::Finished { .. }));
	});
}

#[test]
fn one_that_works_alone_should_be_paid_alone_and_the_rest_given_back() {
	execute(|| {
		Trusted::set(&PROVIDERS.map(|(who, _)| (who, 10)).to_vec());
		let key = drawn(JobSpec { tip: 10, ..adaptive() });
		let [(who, ask)] = close(key, agreed(GFUEL))[..] else { panic!("one") };
		assert_eq!(free(who), 1_000 + ask.0 + 10);
		assert_eq!(progress(key.job).refunded, 220 - ask.0 - 10 - ask.0 * 5 / 100);
	});
}

#[test]
fn fewer_than_a_quorum_should_not_share_more_of_the_tip() {
	execute(|| {
		let key = drawn(JobSpec { tip: 10, ..spec() });
		let mut all = FakeAttestation::end(key);
		// As a referee would judge.
		let (provider, ask) = all.remove(0);
		let payees = vec![Payee { provider, ask, replacement: false }];
		<Pallet<Test> as Shards<AccountId>>::close(key, Closing { verdict: agreed(GFUEL), payees });
		assert_eq!(free(provider), 1_000 + ask.0 + 5);
	});
}
