//! Jobs whose blobs are at no node: providers' stores, and what the client hints at.

use ergon_primitives::{BlobId, Hint, Verdict};
use ergon_tests::{
	assert_books_balance, eventually,
	market::UNIT,
	mirror::Mirror,
	noise,
	programs::{echo, spin},
	Market,
};

use super::MIB;

fn hint(blob: Option<BlobId>, url: &str) -> Hint {
	Hint::new(blob, url).expect("an order may have it")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_from_a_store_and_an_input_from_a_hint_make_a_result() {
	let market = Market::open().await;
	let input = noise(1, MIB / 2);
	let mirror = Mirror::of(&[&input]);
	let (program, input_id) = (BlobId::of(&echo()), BlobId::of(&input));
	let folder = tempfile::tempdir().unwrap();
	std::fs::write(folder.path().join(program.to_string()), echo()).unwrap();
	let store = format!("file://{}", folder.path().display());
	let mut workers = Vec::new();
	for name in ["Bob", "Charlie"] {
		let worker = market.register(name, UNIT / 10).await.process(&market.node);
		let mut worker = worker.with(&["--store", &store, "--hints-allow-private"]).env(Mirror::trusted());
		worker.start();
		workers.push(worker);
	}

	let mut spec = market.order(program, input_id).await;
	// One that leads nowhere, and one that has other bytes under the name, do no harm.
	let wrong = Mirror::with([(input_id.to_string(), b"other bytes".to_vec())].into());
	let hints = vec![
		hint(Some(input_id), "https://localhost:9/{cid}"),
		hint(Some(input_id), &wrong.hint()),
		hint(None, &mirror.hint()),
	];
	spec.hints = hints.try_into().unwrap();
	let job = market.submit(spec).await;
	market.finished(job).await;
	let record = market.record(job, 0).await;
	assert!(matches!(record.verdict, Verdict::Agreed { .. }), "{:?}", record.verdict);
	assert!(mirror.asked().contains(&input_id.to_string()) && wrong.connections() > 0);

	// The next who needs them has them from the node.
	for id in [program, input_id] {
		eventually("the node to have what workers fetched elsewhere", || async {
			Ok(market.client.has_blob(id).await?.then_some(()))
		})
		.await;
	}
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_into_the_provider_s_own_machine_reaches_nothing() {
	let market = Market::open().await;
	let program = spin(1000);
	let secret = Mirror::of(&[&program]);
	let mut workers = Vec::new();
	for name in ["Bob", "Charlie"] {
		// As a provider runs it, but for the certificate: without that, TLS would be in the way as well.
		let mut worker = market.register(name, UNIT / 10).await.process(&market.node).env(Mirror::trusted());
		worker.start();
		workers.push(worker);
	}
	let mut spec = market.order(BlobId::of(&program), market.put(vec![]).await).await;
	let port = secret.hint();
	let at = |host: &str| hint(None, &port.replace("localhost", host));
	spec.hints = vec![at("localhost"), at("127.0.0.1"), at("0x7f.1"), at("2130706433")].try_into().unwrap();
	let job = market.submit(spec).await;
	market.finished(job).await;
	let record = market.record(job, 0).await;
	assert!(matches!(record.verdict, Verdict::Unavailable), "{:?}", record.verdict);
	assert_eq!(secret.connections(), 0);
}
