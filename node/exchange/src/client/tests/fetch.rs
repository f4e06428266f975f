//! Fetches of whole blobs.

use super::world::{bytes, store, Manner, World};
use crate::{client::WINDOW, transport::Offence, FetchError, Network};
use ergon_blobs::{BlobStore, Hold};
use ergon_primitives::BlobId;
use std::{sync::atomic::Ordering::SeqCst, time::Duration};
use tokio::time::Instant;

const MIB: usize = 1 << 20;
const QUICK: Manner = Manner::Honest(Duration::from_millis(50));
const MINUTE: Duration = Duration::from_secs(60);
const MAX: u64 = 256 << 20;

fn content(store: &BlobStore, id: &BlobId) -> Vec<u8> {
	store.get(id).unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_blob_comes_whole_from_one_peer() {
	let world = World::new();
	let peer = world.peer(QUICK);
	let (node, _folder) = world.node();
	for (seed, length) in [0, 1, 10_000, MIB, MIB + 1, 9 * MIB + 5].into_iter().enumerate() {
		let (id, bytes) = world.blob(length, seed as u64);
		let fetched = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
		assert_eq!(fetched.size, length as u64);
		assert_eq!(fetched.from, [peer.to_base58()]);
		assert!(content(node.store(), &id) == bytes);
		assert!(!node.fetching(&id));
		let again = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
		assert_eq!(again.from, Vec::<String>::new(), "it is here");
	}
}

#[tokio::test(start_paused = true)]
async fn each_block_is_asked_for_once_when_all_is_well() {
	let world = World::new();
	(0..5).for_each(|_| _ = world.peer(QUICK));
	let (id, _) = world.blob(20 * MIB, 1);
	let (node, _folder) = world.node();
	let fetched = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert_eq!(world.asked.lock().unwrap().len(), 21);
	assert!(fetched.from.len() >= 3, "the work is shared: {fetched:?}");
}

#[tokio::test(start_paused = true)]
async fn peers_that_have_half_each_give_the_whole() {
	let world = World::new();
	let peers = [world.peer(Manner::Half(2, 0)), world.peer(Manner::Half(2, 1))];
	let (id, bytes) = world.blob(12 * MIB, 2);
	let (node, _folder) = world.node();
	node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert!(content(node.store(), &id) == bytes);
	assert!(peers.iter().all(|peer| world.gave(*peer) >= 6));
}

#[tokio::test(start_paused = true)]
async fn silent_peers_cost_seconds_not_the_fetch() {
	let world = World::new();
	(0..4).for_each(|_| _ = world.peer(Manner::Silent));
	world.peer(QUICK);
	let (id, _) = world.blob(10 * MIB, 3);
	let (node, _folder) = world.node();
	let start = Instant::now();
	node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_liar_is_charged_and_dropped_and_the_fetch_goes_on() {
	let world = World::new();
	let liars: Vec<_> = (0..3).map(|_| world.peer(Manner::Lying)).collect();
	let honest = world.peer(Manner::Honest(Duration::from_millis(300)));
	let (id, bytes) = world.blob(8 * MIB, 4);
	let (node, _folder) = world.node();
	let fetched = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert!(content(node.store(), &id) == bytes);
	assert!(fetched.from.contains(&honest.to_base58()));
	let charged = world.charged.lock().unwrap().clone();
	for liar in liars {
		assert!(world.asked_of(liar) <= 6, "asked {} times", world.asked_of(liar));
		assert!(charged.contains(&(liar, Offence::WrongBytes)));
	}
	assert!(charged.iter().all(|(peer, _)| *peer != honest));
}

#[tokio::test(start_paused = true)]
async fn only_liars_end_at_the_deadline_with_nothing_stored() {
	let world = World::new();
	world.peer(Manner::Lying);
	let (id, _) = world.blob(2 * MIB, 5);
	let (node, _folder) = world.node();
	let error = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap_err();
	assert!(matches!(error, FetchError::NotFound { .. } | FetchError::Deadline { have: 0, .. }), "{error:?}");
	assert!(!node.store().has(&id) && !node.store().has_block(&id));
}

#[tokio::test(start_paused = true)]
async fn noise_is_charged() {
	let world = World::new();
	let peer = world.peer(Manner::Garbage);
	let (id, _) = world.blob(10, 6);
	let (node, _folder) = world.node();
	node.fetch(id, Hold::Loose, Duration::from_secs(5), MAX).await.unwrap_err();
	assert!(world.charged.lock().unwrap().contains(&(peer, Offence::Garbage)));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_vanishes_midway_is_replaced() {
	let world = World::new();
	let first = world.peer(Manner::Vanishing(7));
	let late = world.stranger(QUICK);
	let (id, bytes) = world.blob(15 * MIB, 7);
	let (node, _folder) = world.node();
	let fetch = tokio::spawn(node.fetch(id, Hold::Loose, MINUTE, MAX));
	tokio::time::sleep(Duration::from_secs(10)).await;
	assert!(node.fetching(&id));
	world.connect(late);
	fetch.await.unwrap().unwrap();
	assert!(content(node.store(), &id) == bytes);
	assert_eq!((world.gave(first), world.gave(late)), (7, 9), "nothing is fetched twice");
}

#[tokio::test(start_paused = true)]
async fn one_who_has_nothing_now_may_have_it_later() {
	let world = World::new();
	let peer = world.peer(QUICK);
	let bytes = bytes(3 * MIB, 8);
	let id = BlobId::of(&bytes);
	let (node, _folder) = world.node();
	let fetch = tokio::spawn(node.fetch(id, Hold::Loose, MINUTE, MAX));
	tokio::time::sleep(Duration::from_secs(25)).await;
	world.source.put(&bytes, Hold::Loose).unwrap();
	let fetched = fetch.await.unwrap().unwrap();
	assert_eq!(fetched.from, [peer.to_base58()]);
}

#[tokio::test(start_paused = true)]
async fn one_whom_only_the_table_names_is_found() {
	let world = World::new();
	let peer = world.stranger(QUICK);
	world.put_in_table(peer);
	let (id, _) = world.blob(2 * MIB, 9);
	let (node, _folder) = world.node();
	let fetched = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert_eq!(fetched.from, [peer.to_base58()]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_has_is_not_found_at_the_deadline() {
	let world = World::new();
	let peer = world.peer(QUICK);
	let silent = world.peer(Manner::Vanishing(0));
	let (node, _folder) = world.node();
	let start = Instant::now();
	let id = BlobId::of(b"nobody has this");
	let error = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap_err();
	let FetchError::NotFound { asked } = error else { panic!("{error:?}") };
	let has = |peer: sc_network_types::PeerId| {
		asked.iter().find(|holder| holder.peer == peer.to_base58()).unwrap().has
	};
	assert_eq!((has(peer), has(silent)), (Some(false), None));
	assert!(start.elapsed() >= MINUTE && start.elapsed() < MINUTE + Duration::from_secs(1));
	tokio::time::sleep(Duration::from_secs(1)).await;
	assert!(!node.fetching(&id), "nobody waits, nothing runs");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_was_cut_off_is_taken_up_where_it_stopped() {
	let world = World::new();
	let peer = world.peer(Manner::Vanishing(6));
	let (id, bytes) = world.blob(12 * MIB, 10);
	let (folder, store) = store();
	let node = world.node_at(store.clone());
	let error = node.fetch(id, Hold::Loose, Duration::from_secs(20), MAX).await.unwrap_err();
	let FetchError::Deadline { have, total, .. } = error else { panic!("{error:?}") };
	assert_eq!((have, total), (5 << 20, Some(12 << 20)), "a root and five leaves came");
	// The node starts again.
	drop((node, store));
	tokio::time::sleep(Duration::from_secs(1)).await;
	let store = BlobStore::open(folder.path(), ergon_blobs::Options::default()).unwrap();
	let node = world.node_at(store);
	world.asked.lock().unwrap().clear();
	world.change(peer, QUICK);
	node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert!(content(node.store(), &id) == bytes);
	assert_eq!(world.asked.lock().unwrap().len(), 7, "only what was missing");
}

#[tokio::test(start_paused = true)]
async fn fetches_of_one_blob_share_the_work_and_each_keeps_its_own_time() {
	let world = World::new();
	world.peer(Manner::Honest(Duration::from_secs(1)));
	let (id, _) = world.blob(16 * MIB, 11);
	let (node, _folder) = world.node();
	let hurried = tokio::spawn(node.fetch(id, Hold::Loose, Duration::from_millis(1500), MAX));
	let small = tokio::spawn(node.fetch(id, Hold::Loose, MINUTE, 1 << 20));
	let all: Vec<_> = (0..20).map(|_| tokio::spawn(node.fetch(id, Hold::Loose, MINUTE, MAX))).collect();
	assert!(matches!(hurried.await.unwrap(), Err(FetchError::Deadline { .. })));
	assert!(matches!(small.await.unwrap(), Err(FetchError::TooLarge { limit: 1_048_576 })));
	for fetch in all {
		fetch.await.unwrap().unwrap();
	}
	assert_eq!(world.asked.lock().unwrap().len(), 17);
}

#[tokio::test(start_paused = true)]
async fn blocks_in_flight_are_bounded_over_all_fetches() {
	let world = World::new();
	(0..10).for_each(|_| _ = world.peer(QUICK));
	let (node, _folder) = world.node();
	let blobs: Vec<_> = (0..10).map(|seed| world.blob(6 * MIB, 20 + seed).0).collect();
	let all: Vec<_> =
		blobs.iter().map(|id| tokio::spawn(node.fetch(*id, Hold::Loose, MINUTE, MAX))).collect();
	for fetch in all {
		fetch.await.unwrap().unwrap();
	}
	let most = world.most.load(SeqCst);
	assert!((4..=WINDOW).contains(&most), "{most}");
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_wanted_is_refused_after_its_root() {
	let world = World::new();
	world.peer(QUICK);
	let (id, _) = world.blob(30 * MIB, 12);
	let (node, _folder) = world.node();
	let error = node.fetch(id, Hold::Loose, MINUTE, 16 << 20).await.unwrap_err();
	assert!(matches!(error, FetchError::TooLarge { limit: 16_777_216 }), "{error:?}");
	assert!(world.asked.lock().unwrap().len() <= 1 + WINDOW);
}

#[tokio::test(start_paused = true)]
async fn a_tree_that_is_no_blob_is_refused() {
	let world = World::new();
	let peer = world.peer(QUICK);
	// The bytes of a raw block under the name of a tree: the digest is right, the tree is none.
	let raw = world.source.put(b"no tree", Hold::Loose).unwrap();
	let (node, _folder) = world.node();
	let id = BlobId { codec: ergon_primitives::blob::Codec::DagPb, digest: raw.digest };
	world.alias(id, raw);
	let error = node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap_err();
	assert!(matches!(error, FetchError::BadDag(_)), "{error:?}");
	assert!(world.charged.lock().unwrap().iter().all(|(charged, _)| *charged != peer), "it did not lie");
}

#[tokio::test(start_paused = true)]
async fn the_quick_give_more_than_the_slow() {
	let world = World::new();
	let slow = world.peer(Manner::Honest(Duration::from_secs(5)));
	let quick = world.peer(QUICK);
	let (id, _) = world.blob(40 * MIB, 13);
	let (node, _folder) = world.node();
	let start = Instant::now();
	node.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	assert!(world.gave(quick) > world.gave(slow) * 4, "{} {}", world.gave(quick), world.gave(slow));
	assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_that_asks_for_patience_is_left_in_peace() {
	let world = World::new();
	let busy = world.peer(Manner::Busy);
	let (id, _) = world.blob(2 * MIB, 14);
	let (node, _folder) = world.node();
	node.fetch(id, Hold::Loose, Duration::from_secs(10), MAX).await.unwrap_err();
	assert!(world.asked_of(busy) <= 3 * 21, "{}", world.asked_of(busy));
	assert!(world.charged.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_small_fetches_at_once_all_end_well() {
	let world = World::new();
	(0..4).for_each(|_| _ = world.peer(Manner::Honest(Duration::from_millis(5))));
	let (node, _folder) = world.node();
	let ids: Vec<_> = (0..300).map(|seed| world.blob(10_240, 1000 + seed).0).collect();
	let all: Vec<_> = ids.iter().map(|id| tokio::spawn(node.fetch(*id, Hold::Loose, MINUTE, MAX))).collect();
	for fetch in all {
		fetch.await.unwrap().unwrap();
	}
	assert!(ids.iter().all(|id| node.store().has(id) && !node.fetching(id)));
}
