//! Who has a blob, and who shall.

use super::world::{Manner, World};
use crate::{wire::Kept, Network, Spread};
use ergon_primitives::JobId;
use std::time::Duration;
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
