//! Adaptive jobs: a provider with a record works alone, and the client pays for one instead of two.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ergon_primitives::{stake::LEAST_STREAK, views::ShardRecord, JobId};
use ergon_tests::{
	assert_books_balance, ergon,
	market::{agreed_fuel, UNIT},
	programs, Market, Seat,
};
use std::{fs, os::unix::fs::PermissionsExt};

/// Settles a replicated job, after which both providers have a record that lets them work alone.
async fn build_records(market: &Market, seats: &[Seat]) {
	let program = market.put(programs::echo()).await;
	let input = market.put(b"for the record".to_vec()).await;
	let mut spec = market.order(program, input).await;
	(spec.tasks, spec.shard_size) = (LEAST_STREAK + 2, 1);
	let job = market.submit(spec).await;
	let view = market.finished(job).await;
	assert_eq!(view.progress.settled, LEAST_STREAK + 2);
	for seat in seats {
		assert!(market.provider(seat).await.reputation.streak >= LEAST_STREAK);
	}
}

/// What a shard's record must have cost: the pays of those that it names.
async fn pays<A>(market: &Market, seats: &[Seat], record: &ShardRecord<A>) -> u128
where
	A: PartialEq<ergon_client::AccountId>,
{
	let fuel = agreed_fuel(&record.verdict);
	let mut sum = 0;
	for seat in seats {
		if record.providers.iter().any(|provider| *provider == seat.stash.account) {
			sum += market.pay(seat, fuel).await;
		}
	}
	sum
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adaptive_job_is_settled_by_lone_providers_and_known_answers_count_as_agreement() {
	const TASKS: u32 = 8;
	let market = Market::open().await;
	let seats = [market.register("Bob", UNIT / 10).await, market.register("Charlie", UNIT / 10).await];
	let mut workers: Vec<_> = seats.iter().map(|seat| seat.process(&market.node)).collect();
	workers.iter_mut().for_each(|worker| worker.start());
	build_records(&market, &seats).await;

	let folder = tempfile::tempdir().unwrap();
	let path = |name: &str| folder.path().join(name).display().to_string();
	fs::write(path("echo.wasm"), programs::echo()).unwrap();
	fs::write(path("text"), b"abc").unwrap();
	let url = market.node.url();
	let words =
		["--json", "--node", &url, "--key", "//Ferdie", "run", &path("echo.wasm"), "--input", &path("text")];
	let terms = ["--tasks", &TASKS.to_string(), "--fuel", "1G", "--max-price", "1", "--adaptive"];
	let plant = ["--plant", "4", "--plant-file", &path("known.json"), "--output", &path("out")];
	let output = ergon(&[&words[..], &terms, &plant].concat());
	let said = String::from_utf8_lossy(&output.stderr).into_owned();
	assert!(output.status.success(), "{said}");
	assert_eq!(fs::read(path("out")).unwrap(), b"abc".repeat(TASKS as usize));
	assert_eq!(fs::metadata(path("known.json")).unwrap().permissions().mode() & 0o777, 0o600);

	let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
	let job = JobId(report["job"].as_u64().unwrap());
	let shards = report["result"]["shards"].as_array().unwrap();
	assert_eq!(shards.len(), TASKS as usize);
	let (mut alone, mut checked, mut paid) = (0, 0, 0);
	for shard in 0..TASKS {
		let record = market.record(job, shard).await;
		assert_eq!(record.paid, pays(&market, &seats, &record).await, "shard {shard}");
		paid += record.paid;
		let one = record.providers.len() == 1;
		assert_eq!(shards[shard as usize]["verified"], if one { "alone" } else { "replicated" });
		let exposed = said.contains(&format!("shard {shard}: its known answer is exposed"));
		alone += u32::from(one);
		checked += u32::from(one && exposed);
	}
	// Each is audited one time in twelve or so: all eight, never.
	assert!(alone > 0, "nobody worked alone: {said}");
	let view = market.client.job(job).await.unwrap().unwrap();
	assert_eq!(view.progress.paid, paid);
	assert_eq!((view.progress.settled, view.progress.held), (TASKS, 0));
	assert_eq!(view.spec.known.len(), 4);
	assert!(said.contains("its known answer is exposed"), "{said}");

	let (mut unchecked, mut agreed) = (0, 0);
	for seat in &seats {
		let reputation = market.provider(seat).await.reputation;
		unchecked += reputation.alone;
		agreed += reputation.agreed;
		assert_eq!(reputation.slashed, 0);
	}
	assert_eq!(
		unchecked,
		alone - checked,
		"who works alone proves nothing, unless the client knew the answer"
	);
	assert_eq!(agreed, 2 * (LEAST_STREAK + 2) + checked + 2 * (TASKS - alone));
	assert_books_balance(&market.node).await;
}
