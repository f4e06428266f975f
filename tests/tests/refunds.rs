//! Jobs that cannot be done: the money comes back with a reason, and nobody is punished.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ergon_primitives::{provider::Reputation, views::JobView, BlobId, Price, Verdict};
use ergon_tests::{assert_books_balance, ergon_json, market::UNIT, programs, Market};

/// What is settled or refunded with `budget` held at first: nothing paid, all of it back.
fn assert_refunded<A>(view: &JobView<A>) {
	assert_eq!((view.progress.paid, view.progress.fees, view.progress.held), (0, 0, 0));
	assert!(view.progress.refunded > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_no_provider_fits_is_refunded_in_full_with_a_reason() {
	let market = Market::open().await;
	let seats = [market.register("Bob", UNIT).await, market.register("Charlie", UNIT).await];
	let mut workers: Vec<_> = seats.iter().map(|seat| seat.process(&market.node)).collect();
	workers.iter_mut().for_each(|worker| worker.start());
	let program = market.put(programs::echo()).await;
	let input = market.put(b"cheap".to_vec()).await;
	let mut spec = market.order(program, input).await;
	spec.max_price = Price(UNIT / 1000);
	let quote = market.client.quote(&spec).await.unwrap().unwrap();
	assert_eq!(quote.fitting, 0, "the quote warns");
	spec.deadline = quote.earliest_deadline + 5;
	let job = market.submit(spec).await;

	let view = market.finished(job).await;
	assert_refunded(&view);
	assert_eq!(view.progress.failed, 1);
	let held = market.client.balance(&market.customer.account).await.unwrap().held;
	assert_eq!(held, view.deposit, "only the deposit for the record is still held");
	let shown = ergon_json(&["--node", &market.node.url(), "job", "show", &job.to_string()]);
	assert!(shown.to_string().contains("no provider"), "the reason can be read: {shown}");
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_nobody_has_ends_the_job_for_the_least_pay_and_slashes_nobody() {
	let market = Market::open().await;
	let seats = [market.register("Bob", UNIT / 10).await, market.register("Charlie", UNIT / 5).await];
	let mut workers: Vec<_> = seats.iter().map(|seat| seat.process(&market.node)).collect();
	workers.iter_mut().for_each(|worker| worker.start());
	let program = market.put(programs::echo()).await;
	let job = market.submit(market.order(program, BlobId::of(b"never uploaded")).await).await;

	let view = market.finished(job).await;
	assert_eq!(market.record(job, 0).await.verdict, Verdict::Unavailable);
	let economics = market.client.market().await.unwrap().economics;
	let paid = 2 * economics.least_pay;
	assert_eq!(view.progress.paid, paid, "both are paid for having looked for it");
	assert_eq!((view.progress.fees, view.progress.held), (economics.fee.of(paid), 0));
	assert!(view.progress.refunded > 0);
	for seat in &seats {
		let provider = market.provider(seat).await;
		assert_eq!(provider.reputation, Reputation::default(), "neither praised nor blamed");
		assert_eq!((provider.locked, provider.busy), (0, 0));
		assert_eq!(provider.earned, economics.least_pay);
	}
	assert_books_balance(&market.node).await;
}
