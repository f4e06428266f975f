//! Liars and no-shows: the honest settle without them, and they pay, also for those who take their places.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ergon_primitives::{provider::Reputation, Conduct, ProviderStatus, ReplicaState, ShardIndex};
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
	assert_eq!(
		caught.reputation,
		Reputation { dissented: 1, faults: 1, slashed: lock, ..Default::default() }
	);
	assert_eq!((caught.locked, caught.busy), (0, 0));
	assert!(matches!(caught.status, ProviderStatus::Suspended { .. }), "{:?}", caught.status);

	// Of the two that agreed, the one that the lie made necessary is paid by the liar.
	let pays = [market.pay(&honest[0], fuel).await, market.pay(&honest[1], fuel).await];
	let paid = view.progress.paid;
	assert_eq!(paid + record.compensated, pays[0] + pays[1], "two pays, whoever pays them");
	assert!(pays.contains(&paid) && pays.contains(&record.compensated), "the client pays one of two");
	let fee = market.client.market().await.unwrap().economics.fee.of(paid);
	assert_eq!(view.progress.fees, fee);
	assert_eq!(view.progress.held, 0);
	let submission_fee = wealth - market.owns(&market.customer).await - paid - fee;
	assert!(
		submission_fee < UNIT,
		"beside the transaction's fee the client paid nothing else: {submission_fee}"
	);
	for (seat, pay) in honest.iter().zip(pays) {
		assert_eq!(market.provider(seat).await.earned, pay);
	}
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_before_it_commits_pays_for_its_replacement_rests_and_comes_back_by_itself() {
	let market = Market::open().await;
	// The cheapest, so that it is drawn.
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
	spec.limits.fuel = ergon_primitives::Fuel(2_500_000_000);
	spec.requirements.min_speed = 500;
	let mut dying = absent.process(&market.node);
	dying.start();
	let bond = market.provider(&absent).await.bond;
	let job = market.submit(spec.clone()).await;
	let lock = eventually("the cheapest provider to be drawn", || async {
		let duties = market.client.assignments(&absent.worker.account).await?;
		Ok(duties.first().and_then(|duty| duty.own().map(|own| own.lock)))
	})
	.await;
	dying.kill();
	let state = market.client.assignments(&absent.worker.account).await.unwrap();
	assert!(matches!(state[0].own().unwrap().state, ReplicaState::Assigned), "killed before it committed");

	let view = market.finished(job).await;
	let economics = market.client.market().await.unwrap().economics;
	let record = market.record(job, 0).await;
	let fuel = agreed_fuel(&record.verdict);
	let gone = market.provider(&absent).await;
	let value = spec.replica_value(&economics, ShardIndex(0)).unwrap();
	let loss = economics.loss(Conduct::Absent, lock, value);
	assert_eq!(gone.bond, bond - loss, "the absent pays a part of its lock");
	assert_eq!((gone.reputation.absent, gone.reputation.faults), (1, 1));
	let pays = [market.pay(&seats[0], fuel).await, market.pay(&seats[1], fuel).await];
	assert!(record.compensated > 0 && record.compensated < loss, "of which its replacement is paid");
	assert_eq!(view.progress.paid + record.compensated, pays[0] + pays[1]);
	assert!(pays.contains(&view.progress.paid), "the client pays one of two");

	// It rests, and whoever starts its worker again need not do more.
	let ProviderStatus::Suspended { until } = gone.status else { panic!("not suspended: {:?}", gone.status) };
	assert!(until > record.at.saturating_sub(40), "the rest is in blocks to come");
	dying.start();
	let back = eventually("the worker to resume its provider", || async {
		let view = market.client.provider(&absent.stash.account).await?;
		Ok(view.filter(|view| view.status == ProviderStatus::Online))
	})
	.await;
	assert!(market.client.best_block().await.unwrap().0 >= until, "not before the rest is over");
	assert_eq!(market.owns(&absent.worker).await, 0, "for free: the worker's key has no money");
	assert_eq!(back.reputation.absent, 1, "its record stays");
	assert_books_balance(&market.node).await;
}
