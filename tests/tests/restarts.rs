//! Processes that die and come back: nothing is lost, nobody is slashed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ergon_primitives::{provider::Reputation, ReplicaState};
use ergon_tests::{
	assert_books_balance, eventually,
	market::{agreed_fuel, UNIT},
	programs, Market,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_after_its_commit_reveals_when_it_is_back() {
	let market = Market::open().await;
	let seats = [market.register("Bob", UNIT / 10).await, market.register("Charlie", UNIT / 5).await];
	let (mut first, mut second) = (seats[0].process(&market.node), seats[1].process(&market.node));
	first.start();
	let program = market.put(programs::echo()).await;
	let input = market.put(b"to be had again".to_vec()).await;
	let job = market.submit(market.order(program, input).await).await;

	// The other worker is not there yet, so that the committed one waits, unrevealed, and dies.
	eventually("the first worker to commit", || async {
		let duties = market.client.assignments(&seats[0].worker.account).await?;
		let own = duties.first().and_then(|duty| duty.own().cloned());
		Ok(own.filter(|own| matches!(own.state, ReplicaState::Committed(_))))
	})
	.await;
	first.kill();
	second.start();
	eventually("the second worker to commit", || async {
		let duties = market.client.assignments(&seats[1].worker.account).await?;
		let own = duties.first().and_then(|duty| duty.own().cloned());
		Ok(own.filter(|own| !matches!(own.state, ReplicaState::Assigned)))
	})
	.await;
	first.start();

	market.finished(job).await;
	let record = market.record(job, 0).await;
	agreed_fuel(&record.verdict);
	assert_eq!(record.providers.len(), 2);
	for seat in &seats {
		let view = market.provider(seat).await;
		assert_eq!(view.reputation, Reputation { agreed: 1, streak: 1, ..Default::default() }, "no slash");
	}
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_restarted_in_the_middle_goes_on_with_everything() {
	let mut market = Market::open().await;
	let seats = [market.register("Bob", UNIT / 10).await, market.register("Charlie", UNIT / 5).await];
	let mut workers: Vec<_> = seats.iter().map(|seat| seat.process(&market.node)).collect();
	let program = market.put(programs::spin(50_000_000)).await;
	let input = market.put(b"kept".to_vec()).await;
	let mut spec = market.order(program, input).await;
	(spec.tasks, spec.shard_size) = (6, 2);
	let job = market.submit(spec).await;
	workers.iter_mut().for_each(|worker| worker.start());
	eventually("work to have begun", || async {
		Ok(market.client.job(job).await?.filter(|view| view.progress.working > 0))
	})
	.await;

	market.node.stop().await;
	market.node.resume().await;
	market.client = market.node.client().await;

	let view = market.finished(job).await;
	assert_eq!((view.progress.settled, view.progress.failed), (3, 0));
	assert_eq!(market.client.get_blob(input).await.unwrap().as_deref(), Some(&b"kept"[..]), "blobs are kept");
	for seat in &seats {
		assert_eq!(market.provider(seat).await.reputation.slashed, 0, "nobody is slashed for it");
	}
	assert_books_balance(&market.node).await;
}
