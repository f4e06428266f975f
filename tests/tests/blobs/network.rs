//! Blobs between nodes.

use std::{
	fs,
	path::{Path, PathBuf},
};

use bytes::Bytes;
use ergon_primitives::BlobId;
use ergon_tests::{
	eventually,
	impostor::{Conduct, Impostor, Tongue},
	noise, Node, Setup,
};
use futures::future::join_all;
use serde_json::{json, Value};

use crate::MIB;

/// Panics unless the bytes are equal, without printing them.
fn assert_same(had: &Bytes, put: &Bytes, whose: &str) {
	assert!(had == put, "{whose} gave {} bytes that are not the {} that were put", had.len(), put.len());
}

/// Waits until a node has fetched so much of a blob; what it says of it then.
async fn part_of(node: &Node, cid: &str, bytes: usize) -> Value {
	eventually("a part of the blob to be there", || async {
		let status: Value = node.ask("compute_blobStatus", &[json!(cid)]).await?;
		Ok((status["have"].as_u64() >= Some(bytes as u64)).then_some(status))
	})
	.await
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
	let mut found = Vec::new();
	for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
		if path.is_dir() {
			found.extend(files_below(&path));
		} else {
			found.push(path);
		}
	}
	found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_put_at_one_node_is_had_at_every_other_and_by_one_that_joins_later() {
	let first = Node::start().await;
	let others = join_all((0..3).map(|_| Node::join(&first, &[]))).await;
	let bytes = Bytes::from(noise(1, 60 * MIB));
	let stored = others[0].gateway().await.put(bytes.clone()).await.unwrap();
	assert_eq!(stored.cid, BlobId::of(&bytes).to_string());
	assert_eq!(stored.size, bytes.len() as u64);

	for (index, node) in [&first, &others[1], &others[2]].into_iter().enumerate() {
		let gateway = node.gateway().await;
		assert!(
			gateway.get_here(&stored.cid).await.unwrap().is_none(),
			"nobody asked node {index} to have it"
		);
		assert_same(&gateway.get(&stored.cid).await.unwrap(), &bytes, &format!("node {index}"));
		assert_same(
			&gateway.get_here(&stored.cid).await.unwrap().unwrap(),
			&bytes,
			"what was fetched is kept and",
		);
	}
	let late = Node::join(&first, &[]).await;
	assert_same(&late.gateway().await.get(&stored.cid).await.unwrap(), &bytes, "the late node");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_ends_well_when_the_node_that_serves_it_is_killed_in_the_middle() {
	// Slow enough to be interrupted: 60 MiB at 4 MiB a second from each.
	let slow = ["--blobs-rate", "4"];
	let first = Node::start_with(Setup::with(&slow)).await;
	let mut doomed = Node::join(&first, &slow).await;
	let eager = Node::join(&first, &[]).await;
	let bytes = Bytes::from(noise(2, 60 * MIB));
	let stored = doomed.gateway().await.put(bytes.clone()).await.unwrap();
	let (gateway, cid) = (eager.gateway().await, stored.cid.clone());
	let fetch = tokio::spawn(async move { gateway.get(&cid).await });

	let status = part_of(&eager, &stored.cid, 4 * MIB).await;
	assert!(status["have"].as_u64().unwrap() < 40 * MIB as u64, "too late to be in the middle: {status}");
	assert_eq!(status["fetching"], true);
	// From here on there is another one that has it, and soon the first has not.
	first.gateway().await.put(bytes.clone()).await.unwrap();
	doomed.kill();
	assert!(!fetch.is_finished(), "it is still in the middle");
	assert_same(&fetch.await.unwrap().unwrap(), &bytes, "the node that was left in the middle");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_goes_on_where_it_stopped_when_the_fetching_node_is_killed() {
	let first = Node::start_with(Setup::with(&["--blobs-rate", "4"])).await;
	let mut eager = Node::join(&first, &[]).await;
	let bytes = Bytes::from(noise(5, 40 * MIB));
	let stored = first.gateway().await.put(bytes.clone()).await.unwrap();
	let (gateway, cid) = (eager.gateway().await, stored.cid.clone());
	let fetch = tokio::spawn(async move { gateway.get(&cid).await });
	part_of(&eager, &stored.cid, 12 * MIB).await;
	eager.kill();
	assert!(fetch.await.unwrap().is_err(), "it was killed in the middle");

	eager.resume().await;
	let status: Value = eager.ask("compute_blobStatus", &[json!(stored.cid)]).await.unwrap();
	assert!(status["have"].as_u64().unwrap() >= 8 * MIB as u64, "what was there is gone: {status}");
	assert_same(&eager.gateway().await.get(&stored.cid).await.unwrap(), &bytes, "the node that died");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_block_is_noticed_and_fetched_again() {
	let first = Node::start().await;
	let other = Node::join(&first, &[]).await;
	let bytes = Bytes::from(noise(6, 5 * MIB));
	let stored = first.gateway().await.put(bytes.clone()).await.unwrap();
	let gateway = other.gateway().await;
	gateway.get(&stored.cid).await.unwrap();

	let leaves: Vec<_> = files_below(&Node::blobs_below(&other.base()))
		.into_iter()
		.filter(|path| fs::metadata(path).is_ok_and(|data| data.len() >= MIB as u64))
		.collect();
	assert!(!leaves.is_empty(), "a leaf is a file of its own");
	for path in &leaves {
		let mut leaf = fs::read(path).unwrap();
		leaf[MIB / 2] ^= 1;
		fs::write(path, leaf).unwrap();
	}
	// A transfer that has begun may be cut off at the damage; the next one finds it mended.
	let had = eventually("the damaged blob to be whole again", || async {
		Ok(gateway.get(&stored.cid).await.ok())
	});
	assert_same(&had.await, &bytes, "the damaged node");
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_serve_wrong_bytes_are_dropped_and_the_fetch_ends_well() {
	let first = Node::start().await;
	let victim = Node::join(&first, &[]).await;
	let liars = [
		Impostor::join(&victim, Tongue::Own, Conduct::Lies).await,
		Impostor::join(&victim, Tongue::Bitswap, Conduct::Lies).await,
	];
	let misers = [
		Impostor::join(&victim, Tongue::Own, Conduct::Withholds).await,
		Impostor::join(&victim, Tongue::Bitswap, Conduct::Withholds).await,
	];

	// Nobody but the impostors claims to have this one: the fetch fails in time, and nothing of theirs is kept.
	let missing = BlobId::of(&noise(3, MIB)).to_string();
	let found: Value = victim.ask("compute_getBlob", &[json!(missing), json!(15)]).await.unwrap_or_default();
	assert!(found.is_null(), "bytes that nobody has: {found}");
	for impostor in liars.iter().chain(&misers) {
		assert!(impostor.asked_for_blocks() > 0, "an impostor is believed until it is caught");
	}

	// Blob after blob comes whole from the one honest peer; the liars are found out on the way, and banned.
	let (source, gateway) = (first.gateway().await, victim.gateway().await);
	let banned = |liar: &Impostor| {
		victim.log().lines().any(|line| line.contains(&liar.peer) && line.contains("Banned"))
	};
	for seed in 0..12 {
		let bytes = Bytes::from(noise(40 + seed, 10 * MIB));
		let stored = source.put(bytes.clone()).await.unwrap();
		assert_same(&gateway.get(&stored.cid).await.unwrap(), &bytes, "the victim");
		if seed >= 2 && liars.iter().all(banned) {
			break;
		}
	}
	for liar in &liars {
		assert!(banned(liar), "a peer that lies again and again is banned");
		let lies = liar.asked_for_blocks();
		assert!(lies < 16, "a peer that was caught was asked for {lies} blocks");
	}
	victim.assert_lives().await;
}
