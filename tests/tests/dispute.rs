//! Liars and no-shows: the honest settle without them, and they pay.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ergon_primitives::{provider::Reputation, ReplicaState};
use ergon_tests::{
	assert_books_balance, eventually, liar,
	market::{agreed_fuel, UNIT},
	programs, Market,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_is_outvoted_and_loses_exactly_its_lock() {
	let market = Market::open().await;
	// The cheapest of the fitting is drawn, so the liar is among the first two.
	let lying = market.register("Eve", UNIT / 100).await;
	let honest = [market.register("Bob", UNIT / 10).await, market.register("Charlie", UNIT / 5).await];
	let mut workers: Vec<_> = honest.iter().map(|seat| seat.process(&market.node)).collect();
	workers.iter_mut().for_each(|worker| worker.start());
	let program = market.put(programs::spin(1_000_000)).await;
	let input = market.put(b"anything".to_vec()).await;
	let wealth = market.owns(&market.customer).await;
	let bond = market.provider(&lying).await.bond;

	let job = market.submit(market.order(program, input).await).await;
	let (key, lock) = liar::lie(&market.client, &lying).await;
	assert_eq!(key.job, job);
	let view = market.finished(job).await;

	let record = market.record(job, 0).await;
	let fuel = agreed_fuel(&record.verdict);
	let mut agreed: Vec<_> = honest.iter().map(|seat| seat.stash.account).collect();
	let mut paid = record.providers.to_vec();
	agreed.sort();
	paid.sort();
	assert_eq!(paid, agreed, "both honest providers are with the quorum");

	let caught = market.provider(&lying).await;
	assert!(lock > 0);
	assert_eq!(caught.bond, bond - lock, "the liar loses the locked amount, no more and no less");
	assert_eq!(caught.reputation, Reputation { dissented: 1, slashed: lock, ..Default::default() });
	assert_eq!((caught.locked, caught.busy), (0, 0));

	let asks: u128 = honest.iter().map(|seat| seat.ask.of(fuel).unwrap()).sum();
	let fee = market.client.market().await.unwrap().economics.fee.of(asks);
	assert_eq!(view.progress.paid, asks, "two asks × fuel");
	assert_eq!(view.progress.fees, fee);
	assert_eq!(view.progress.held, 0);
	let submission_fee = wealth - market.owns(&market.customer).await - asks - fee;
	assert!(
		submission_fee < UNIT,
		"beside the transaction's fee the client paid nothing else: {submission_fee}"
	);
	for seat in &honest {
		assert_eq!(market.provider(seat).await.earned, seat.ask.of(fuel).unwrap());
	}
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_before_it_commits_is_replaced_at_its_own_cost() {
	let market = Market::open().await;
	let absent = market.register("Eve", UNIT / 100).await;
	let seats = [market.register("Bob", UNIT / 10).await, market.register("Charlie", UNIT / 5).await];
	let mut workers: Vec<_> = seats.iter().map(|seat| seat.process(&market.node)).collect();
	workers.iter_mut().for_each(|worker| worker.start());
	// Long enough that it cannot have committed by the time it is seen at work.
	let mut spec = {
		let program = market.put(programs::spin(200_000_000)).await;
		let input = market.put(Vec::new()).await;
		market.order(program, input).await
	};
	spec.limits.fuel = ergon_primitives::Fuel(5_000_000_000);
	spec.requirements.min_speed = 500;
	let mut dying = absent.process(&market.node);
	dying.start();
	let bond = market.provider(&absent).await.bond;
	let job = market.submit(spec).await;
	let lock = eventually("the cheapest provider to be drawn", || async {
		let duties = market.client.assignments(&absent.worker.account).await?;
		Ok(duties.first().and_then(|duty| duty.own().map(|own| own.lock)))
	})
	.await;
	dying.kill();
	let state = market.client.assignments(&absent.worker.account).await.unwrap();
	assert!(matches!(state[0].own().unwrap().state, ReplicaState::Assigned), "killed before it committed");

	market.finished(job).await;
	let fuel = agreed_fuel(&market.record(job, 0).await.verdict);
	let gone = market.provider(&absent).await;
	assert_eq!(gone.bond, bond - lock, "the absent pays its lock");
	assert_eq!(gone.reputation.absent, 1);
	let asks: u128 = seats.iter().map(|seat| seat.ask.of(fuel).unwrap()).sum();
	assert_eq!(
		market.client.job(job).await.unwrap().unwrap().progress.paid,
		asks,
		"the client pays two asks"
	);
	assert_books_balance(&market.node).await;
}
