//! Jobs whose client, providers and reader are at different nodes.

use std::fs;

use ergon_primitives::JobId;
use ergon_tests::{
	assert_books_balance, ergon_json,
	market::UNIT,
	programs::{guest, sample},
	Market, Node,
};
use futures::future::join_all;

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_one_node_is_worked_on_at_three_others_and_its_picture_fetched_at_the_fifth() {
	let market = Market::open().await;
	let nodes = join_all((0..4).map(|_| Node::join(&market.node, &[]))).await;
	let mut workers = Vec::new();
	for (name, node) in ["Bob", "Charlie", "Dave"].into_iter().zip(&nodes) {
		let mut worker = market.register(name, UNIT / 10).await.process(node);
		worker.start();
		workers.push(worker);
	}
	let folder = tempfile::tempdir().unwrap();
	let path = |name: &str| folder.path().join(name).display().to_string();
	let program = guest("tiles").display().to_string();
	let scene = fs::read_to_string(sample("scene.txt")).unwrap().replace("size 1600 1200", "size 320 240");
	fs::write(path("scene.txt"), scene).unwrap();

	// Four shards, each of which two of the three must agree on, so that every node has something of it.
	let order = ["--tasks", "8", "--shard-size", "2", "--fuel", "5G", "--memory", "64M", "--quorum", "2"];
	let submit = ["job", "submit", &program, "--input", &path("scene.txt")];
	let said =
		ergon_json(&[&["--node", &market.node.url(), "--key", "//Ferdie"], &submit[..], &order].concat());
	let job = said["job"].as_u64().expect("the answer names the job");
	market.finished(JobId(job)).await;

	let reader = &nodes[3];
	let (job, tiles, picture) = (job.to_string(), path("tiles.bin"), path("picture.png"));
	ergon_json(&["--node", &reader.url(), "job", "result", &job, "--output", &tiles]);
	let assemble = ["run", "--local", &program, "--input", &tiles, "--arg", "assemble", "--fuel", "50G"];
	ergon_json(&[&assemble[..], &["--output", &picture]].concat());
	let picture = fs::read(picture).unwrap();
	assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "the assembled tiles are a PNG");
	assert_eq!(&picture[16..24], [320u32.to_be_bytes(), 240u32.to_be_bytes()].concat());
	assert_books_balance(&market.node).await;
}
