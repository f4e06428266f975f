//! Who has a blob, and who shall.

use super::world::{Manner, World};
use crate::{mirror::mirror, wire::Kept, Network, Spread};
use codec::Encode;
use ergon_blobs::{Hold, References};
use ergon_primitives::{BlobId, JobId};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

const QUICK: Manner = Manner::Honest(Duration::from_millis(50));
const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn everybody_is_asked_and_named() {
	let world = World::new();
	let (id, _) = world.blob(10, 1);
	let whole = world.peer(QUICK);
	let part = world.peer(Manner::Half(2, 0));
	let gone = world.peer(Manner::Vanishing(0));
	let far = world.stranger(QUICK);
	world.put_in_table(far);
	let (node, _folder) = world.node();
	let found = node.find(id, WITHIN).await;
	let has = |peer: sc_network_types::PeerId| {
		found.iter().find(|holder| holder.peer == peer.to_base58()).unwrap().has
	};
	assert_eq!(found.len(), 4);
	assert_eq!((has(whole), has(part), has(gone), has(far)), (Some(true), Some(false), None, Some(true)));
}

#[tokio::test(start_paused = true)]
async fn alone_there_is_nobody_to_spread_to() {
	let world = World::new();
	let (id, _) = world.blob(10, 2);
	let (node, _folder) = world.node();
	let start = Instant::now();
	assert_eq!(node.spread(id, JobId(1), WITHIN).await, Spread { peers: 0, others: 0 });
	assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn one_that_has_it_is_enough() {
	let world = World::new();
	let (id, _) = world.blob(10, 3);
	world.peer(QUICK);
	world.peer(Manner::Keeper(Kept::No));
	let (node, _folder) = world.node();
	assert_eq!(node.spread(id, JobId(1), WITHIN).await, Spread { peers: 2, others: 1 });
}

#[tokio::test(start_paused = true)]
async fn one_that_will_is_waited_for() {
	let world = World::new();
	let (id, _) = world.blob(10, 4);
	world.peer(Manner::Keeper(Kept::No));
	world.peer(Manner::Vanishing(0));
	world.peer(Manner::Keeper(Kept::Will));
	let (node, _folder) = world.node();
	let start = Instant::now();
	let spread = node.spread(id, JobId(1), WITHIN).await;
	assert_eq!(spread, Spread { peers: 3, others: 1 });
	assert!((3..6).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn where_nobody_will_it_says_so() {
	let world = World::new();
	let (id, _) = world.blob(10, 5);
	(0..5).for_each(|_| _ = world.peer(Manner::Keeper(Kept::No)));
	let (node, _folder) = world.node();
	assert_eq!(node.spread(id, JobId(1), WITHIN).await, Spread { peers: 5, others: 0 });
}

/// A chain that names these blobs; the last is a manifest.
struct Names(Vec<BlobId>);

impl References for Names {
	fn job_exists(&self, _: JobId) -> Result<bool, String> {
		Ok(true)
	}

	fn visit(&self, visit: &mut dyn FnMut(BlobId, bool)) -> Result<(), String> {
		self.0.iter().enumerate().for_each(|(at, id)| visit(*id, at + 1 == self.0.len()));
		Ok(())
	}
}

#[tokio::test(start_paused = true)]
async fn a_mirror_fetches_what_the_chain_names_and_what_that_lists() {
	let world = World::new();
	world.peer(QUICK);
	let blobs: Vec<_> = (0..3).map(|seed| world.blob(2 << 20, 50 + seed).0).collect();
	let listed: Vec<_> = (0..5).map(|seed| world.blob(1000, 60 + seed).0).collect();
	let manifest = world.source.put(&listed.encode(), Hold::Loose).unwrap();
	let nowhere = BlobId::of(b"nowhere");
	let (node, _folder) = world.node();
	let named = blobs.iter().copied().chain([nowhere, manifest]).collect();
	let work = tokio::spawn(mirror(node.clone(), Arc::new(Names(named))));
	tokio::time::sleep(Duration::from_secs(900)).await;
	work.abort();
	let all = || blobs.iter().chain(&listed).chain([&manifest]);
	assert!(all().all(|id| node.store().has(id)));
	assert_eq!(world.asked.lock().unwrap().len(), 3 * 3 + 5 + 1, "each block once");
}
