//! A real program over a real text and a picture over 16 tasks: submitted, drawn, run by three workers, compared,
//! paid, fetched and verified with the commands that a client uses.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ergon_tests::{
	assert_books_balance, ergon_json,
	market::UNIT,
	programs::{guest, sample},
	Market,
};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_and_a_picture_travel_the_whole_path() {
	let market = Market::open().await;
	let mut workers = Vec::new();
	for (name, ask) in [("Bob", UNIT / 10), ("Charlie", UNIT / 5), ("Dave", UNIT / 4)] {
		let mut worker = market.register(name, ask).await.process(&market.node);
		worker.start();
		workers.push(worker);
	}
	let folder = tempfile::tempdir().unwrap();
	let path = |name: &str| folder.path().join(name).display().to_string();
	let url = market.node.url();
	let before = market.owns(&market.customer).await;

	// One task: the statistics of a text, as a file, equal to what this machine computes.
	let (program, text) =
		(guest("textstats").display().to_string(), sample("text.txt").display().to_string());
	let run = ["--node", &url, "--key", "//Ferdie", "run", &program, "--input", &text];
	// Without a price, as most people will: it goes by the market.
	let limits = ["--fuel", "5G", "--memory", "64M", "--quorum", "2"];
	let said = ergon_json(&[&run[..], &limits, &["--output", &path("result.txt")]].concat());
	let job = said["job"].as_u64().expect("the report names the job").to_string();
	let local = ["--node", &url, "run", "--local", &program, "--input", &text, "--as-job", &job];
	ergon_json(&[&local[..], &["--output", &path("local.txt")]].concat());
	assert_eq!(fs::read(path("result.txt")).unwrap(), fs::read(path("local.txt")).unwrap());
	assert!(fs::metadata(path("result.txt")).unwrap().len() > 0);

	// Sixteen tasks in four shards: tiles of a picture.
	let program = guest("tiles").display().to_string();
	let scene = fs::read_to_string(sample("scene.txt")).unwrap().replace("size 1600 1200", "size 320 240");
	fs::write(path("scene.txt"), scene).unwrap();
	let run = ["--node", &url, "--key", "//Ferdie", "run", &program, "--input", &path("scene.txt")];
	let shape = ["--tasks", "16", "--shard-size", "4"];
	ergon_json(&[&run[..], &shape, &limits, &["--output", &path("tiles.bin")]].concat());
	let assemble = ["run", "--local", &program, "--input", &path("tiles.bin"), "--arg", "assemble"];
	ergon_json(&[&assemble[..], &["--fuel", "50G", "--output", &path("picture.png")]].concat());
	let picture = fs::read(path("picture.png")).unwrap();
	assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "the assembled tiles are a PNG");
	assert_eq!(
		&picture[16..24],
		[320u32.to_be_bytes(), 240u32.to_be_bytes()].concat(),
		"of the size asked for"
	);

	// Providers earned, the client paid no more than it was told, nothing was made or lost.
	let earned: u128 = {
		let mut sum = 0;
		for name in ["Bob", "Charlie", "Dave"] {
			let account = ergon_tests::Person::new(&format!("//{name}")).account;
			sum += market.client.provider(&account).await.unwrap().unwrap().earned;
		}
		sum
	};
	let paid = before - market.owns(&market.customer).await;
	assert!(earned > 0 && paid > earned, "the client paid {paid}, the providers earned {earned}");
	assert_books_balance(&market.node).await;
}
