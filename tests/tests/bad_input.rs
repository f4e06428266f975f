//! What must be refused at the earliest place, with an error that names the field, and nothing changed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, io::Write, net::TcpListener, thread};

use ergon_client::{Call, SubmitError};
use ergon_primitives::{BlobId, Fuel, JobSpec, Price, SpecError};
use ergon_tests::{assert_books_balance, ergon, market::UNIT, programs, Market, Person};

/// Runs a command that must be refused; returns its exit code and what it said.
fn refused(words: &[&str]) -> (i32, String) {
	let output = ergon(words);
	assert!(!output.status.success(), "ergon {words:?} was accepted");
	(output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A way to spoil an order, and the refusal that it must meet.
type Spoil = (fn(&mut JobSpec), SpecError);

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_an_order_is_refused_by_quote_and_by_the_chain() {
	let market = Market::open().await;
	let program = market.put(programs::echo()).await;
	let good = market.order(program, program).await;
	let cases: [Spoil; 12] = [
		(|spec| spec.tasks = 0, SpecError::Tasks),
		(|spec| spec.tasks = u32::MAX, SpecError::Tasks),
		(|spec| spec.shard_size = 0, SpecError::ShardSize),
		(|spec| spec.limits.fuel = Fuel(0), SpecError::Fuel),
		(|spec| spec.limits.fuel = Fuel(u64::MAX), SpecError::Fuel),
		(|spec| spec.limits.memory = u64::MAX, SpecError::Memory),
		(|spec| spec.policy.quorum = 0, SpecError::Quorum),
		(|spec| spec.policy.quorum = spec.policy.max_replicas + 1, SpecError::MaxReplicas),
		(|spec| spec.max_price = Price(0), SpecError::Price),
		(|spec| spec.max_price = Price(u128::MAX), SpecError::BudgetOverflow),
		(|spec| spec.deadline = 1, SpecError::DeadlinePast),
		(|spec| spec.deadline = u32::MAX, SpecError::DeadlineTooFar),
	];
	let before = market.client.balance(&market.customer.account).await.unwrap();
	for (spoil, refusal) in cases {
		let mut spec = good.clone();
		spoil(&mut spec);
		assert_eq!(market.client.quote(&spec).await.unwrap(), Err(refusal));
	}
	// The chain itself refuses too, whoever skips the quote; only the transaction's fee is gone.
	let mut spec = good.clone();
	spec.policy.quorum = 9;
	let error = market.client.submit(Call::JobSubmit(spec), &market.customer.key).await.unwrap_err();
	assert!(matches!(error, SubmitError::Failed { .. }), "{error}");
	assert!(error.to_string().contains("MaxReplicas"), "the error names the field: {error}");
	let after = market.client.balance(&market.customer.account).await.unwrap();
	assert_eq!(after.held, before.held, "nothing is held");
	assert_eq!(market.client.market().await.unwrap().jobs, 0, "no job was made");
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_refuse_what_cannot_work_before_anything_is_spent() {
	let market = Market::open().await;
	let url = market.node.url();
	let folder = tempfile::tempdir().unwrap();
	let file = |name: &str, bytes: &[u8]| {
		let path = folder.path().join(name);
		fs::write(&path, bytes).unwrap();
		path.display().to_string()
	};
	let echo = file("echo.wasm", &programs::echo());
	let text = file("text.txt", b"some input");
	let out = folder.path().join("out").display().to_string();
	let run = |program: &str, key: &str, more: &[&str]| {
		let base = ["--node", &url, "--key", key, "run", program, "--input", &text, "--output", &out];
		refused(&[&base[..], &["--max-price", "1", "--fuel", "1G"], more].concat())
	};
	let says = |(code, said): (i32, String), expected: &str| {
		assert!(said.contains(expected), "exit {code}, expected '{expected}' in: {said}");
	};

	says(run(&file("not.wasm", b"#!/bin/sh"), "//Ferdie", &[]), "not.wasm");
	says(run(&file("idle.wasm", &programs::without_start()), "//Ferdie", &[]), "_start");
	says(run(&echo, "//Ferdie", &["--tasks", "0"]), "tasks");
	says(run(&echo, "//Ferdie", &["--quorum", "9"]), "replicas");
	says(run(&echo, "//Ferdie", &["--tasks=-3"]), "--tasks");
	says(run(&echo, "//Ferdie", &["--tasks", "99999999999999999999"]), "--tasks");
	says(run(&echo, "not a key", &[]), "key");
	// Two inputs make a manifest of two; three tasks are one too many.
	says(run(&echo, "//Ferdie", &["--input", &text, "--tasks", "3"]), "input");

	// An account without money: the refusal says so.
	let (code, said) = run(&echo, "//Nobody", &[]);
	assert!(
		code != 0 && (said.contains("balance") || said.contains("funds") || said.contains("pay")),
		"{said}"
	);

	// A name that is no name, and a blob that is not there.
	says(refused(&["--node", &url, "blob", "get", "bafkwrong"]), "bafkwrong");
	let missing = BlobId::of(b"never uploaded").to_string();
	says(refused(&["--node", &url, "blob", "get", &missing]), &missing);
	says(refused(&["--node", &url, "job", "show", "12345"]), "12345");

	assert_eq!(market.client.market().await.unwrap().jobs, 0, "no job was made");
	assert_books_balance(&market.node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_assigned_worker_can_commit() {
	let market = Market::open().await;
	let seat = market.register("Bob", UNIT / 10).await;
	let outsider = Person::new("//Alice");
	let key = ergon_primitives::ShardKey {
		job: ergon_primitives::JobId(0),
		shard: ergon_primitives::ShardIndex(0),
	};
	let before = market.owns(&outsider).await;
	for person in [&outsider, &seat.worker] {
		let refusal = market.client.submit(Call::Commit(vec![(key, [1; 32])]), &person.key).await;
		assert!(refusal.is_err(), "{} committed to a shard that does not exist", person.suri);
	}
	assert_eq!(
		market.owns(&outsider).await,
		before,
		"an invalid commitment never enters a block and costs nothing"
	);
	assert_books_balance(&market.node).await;
}

#[test]
fn something_that_is_no_ergon_node_is_told_apart_from_nothing_at_all() {
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let url = format!("ws://{}", listener.local_addr().unwrap());
	thread::spawn(move || {
		for stream in listener.incoming() {
			let _ = stream
				.and_then(|mut stream| stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
		}
	});
	let (code, said) = refused(&["--node", &url, "market"]);
	assert_eq!(code, 4, "{said}");
	assert!(said.contains(&url), "the error says which node was tried: {said}");

	let nowhere = format!("ws://127.0.0.1:{}", ergon_tests::process::free_port());
	let (code, said) = refused(&["--node", &nowhere, "market"]);
	assert_eq!(code, 4, "{said}");
	assert!(said.contains(&nowhere), "{said}");
}
