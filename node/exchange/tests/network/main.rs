//! Blobs between real nodes on this machine: the SDK's network over loopback, with noise and yamux.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod node;

use ergon_blobs::Hold;
use ergon_exchange::{FetchError, Network, Options, Spread};
use ergon_primitives::{BlobId, JobId};
use futures::StreamExt;
use node::Node;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;
const MINUTE: Duration = Duration::from_secs(60);
const MAX: u64 = 256 << 20;

fn bytes(length: usize, seed: u64) -> Vec<u8> {
	let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
	let mut bytes = Vec::with_capacity(length + 8);
	while bytes.len() < length {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		bytes.extend_from_slice(&state.to_le_bytes());
	}
	bytes.truncate(length);
	bytes
}

fn put(node: &Node, length: usize, seed: u64) -> (BlobId, Vec<u8>) {
	let bytes = bytes(length, seed);
	(node.store.put(&bytes, Hold::Loose).unwrap(), bytes)
}

/// What this process has in memory, in bytes.
fn memory() -> u64 {
	let status = std::fs::read_to_string("/proc/self/status").unwrap();
	let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
	line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_of_60_mib_moves_from_node_to_node() {
	let (a, b) = (Node::start(Options::default()).await, Node::start(Options::default()).await);
	b.meet(&a);
	let (small, _) = put(&a, 10, 1);
	b.exchange.fetch(small, Hold::Loose, MINUTE, MAX).await.unwrap();
	let (id, bytes) = put(&a, 60 * MIB, 2);
	let start = Instant::now();
	let fetched = b.exchange.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	let took = start.elapsed();
	println!("60 MiB over loopback: {took:?}, {:.0} MiB/s", 60.0 / took.as_secs_f64());
	assert_eq!((fetched.size, fetched.from), (60 << 20, vec![a.peer.to_base58()]));
	assert!(b.store.get(&id).unwrap().unwrap() == bytes);
	assert_eq!(a.counter("ergon_exchange_served_blocks_total"), 62.0);
	assert_eq!(b.counter("ergon_exchange_fetched_blocks_total"), 62.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_transfers_at_once_take_little_memory() {
	let (a, b) = (Node::start(Options::default()).await, Node::start(Options::default()).await);
	b.meet(&a);
	let ids: Vec<_> = (0..10).map(|seed| put(&a, 60 * MIB, 10 + seed).0).collect();
	let (small, _) = put(&a, 10, 1);
	b.exchange.fetch(small, Hold::Loose, MINUTE, MAX).await.unwrap();
	let before = memory();
	let peak = tokio::spawn(async move {
		let mut most = 0;
		loop {
			most = memory().max(most);
			MEMORY.store(most, std::sync::atomic::Ordering::SeqCst);
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	});
	let start = Instant::now();
	let all: Vec<_> =
		ids.iter().map(|id| tokio::spawn(b.exchange.fetch(*id, Hold::Loose, MINUTE * 5, MAX))).collect();
	for fetch in all {
		fetch.await.unwrap().unwrap();
	}
	peak.abort();
	let grown = MEMORY.load(std::sync::atomic::Ordering::SeqCst).saturating_sub(before);
	println!("ten of 60 MiB: {:?}; both nodes together grew by {} MiB", start.elapsed(), grown >> 20);
	// Both ends are in this process.
	assert!(grown < 128 << 20, "{} MiB", grown >> 20);
}

static MEMORY: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_fetch_from_each_other_do_not_stand_still() {
	let (a, b) = (Node::start(Options::default()).await, Node::start(Options::default()).await);
	a.meet(&b);
	b.meet(&a);
	let (of_a, _) = put(&a, 20 * MIB, 1);
	let (of_b, _) = put(&b, 20 * MIB, 2);
	let start = Instant::now();
	let (to_b, to_a) = tokio::join!(
		b.exchange.fetch(of_a, Hold::Loose, MINUTE, MAX),
		a.exchange.fetch(of_b, Hold::Loose, MINUTE, MAX)
	);
	to_a.unwrap();
	to_b.unwrap();
	// In Bitswap each of them would hold the other up for 15 s.
	assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_midway_is_replaced() {
	let slow = Options { rate: 8 << 20, ..Options::default() };
	let (a, b, c) = (Node::start(slow).await, Node::start(slow).await, Node::start(slow).await);
	c.meet(&a);
	let (id, bytes) = put(&a, 30 * MIB, 1);
	b.store.put(&bytes, Hold::Loose).unwrap();
	let fetch = tokio::spawn(c.exchange.fetch(id, Hold::Loose, MINUTE, MAX));
	while c.counter("ergon_exchange_fetched_blocks_total") < 10.0 {
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	assert!(c.exchange.fetching(&id));
	a.kill();
	c.meet(&b);
	let fetched = fetch.await.unwrap().unwrap();
	assert!(fetched.from.contains(&b.peer.to_base58()));
	assert!(c.store.get(&id).unwrap().unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_gets_no_more_than_its_rate() {
	let slow = Options { rate: 4 << 20, ..Options::default() };
	let (a, b) = (Node::start(slow).await, Node::start(slow).await);
	b.meet(&a);
	let (id, _) = put(&a, 40 * MIB, 1);
	let start = Instant::now();
	b.exchange.fetch(id, Hold::Loose, MINUTE, MAX).await.unwrap();
	// The bucket is full in the beginning, and a few blocks may overdraw it.
	assert!(start.elapsed() > Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_is_asked_to_keep_it_fetches_and_keeps() {
	let (a, b) = (Node::start(Options::default()).await, Node::start(Options::default()).await);
	a.meet(&b);
	b.meet(&a);
	let (id, _) = put(&a, 3 * MIB, 1);
	// The list of connected nodes is renewed twice a second.
	tokio::time::sleep(Duration::from_secs(1)).await;
	let nobody = a.exchange.spread(id, JobId(2), Duration::from_secs(3)).await;
	assert_eq!(nobody, Spread { peers: 1, others: 0 }, "the chain has no such job");
	assert!(!b.store.has(&id));
	let spread = a.exchange.spread(id, JobId(1), MINUTE).await;
	assert_eq!(spread, Spread { peers: 1, others: 1 });
	assert!(b.store.has(&id));
	let found = a.exchange.find(id, MINUTE).await;
	assert!(found.iter().any(|holder| holder.peer == b.peer.to_base58() && holder.has == Some(true)));
	assert_eq!(b.counter("ergon_exchange_kept_total"), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_is_not_found() {
	let (a, b) = (Node::start(Options::default()).await, Node::start(Options::default()).await);
	b.meet(&a);
	let id = BlobId::of(b"nobody has this");
	let error = b.exchange.fetch(id, Hold::Loose, Duration::from_secs(3), MAX).await.unwrap_err();
	let FetchError::NotFound { asked } = error else { panic!("{error:?}") };
	assert!(asked.iter().any(|holder| holder.peer == a.peer.to_base58() && holder.has == Some(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn small_blobs_come_many_a_second() {
	let (a, b) = (Node::start(Options::default()).await, Node::start(Options::default()).await);
	b.meet(&a);
	let ids: Vec<_> = (0..500).map(|seed| put(&a, 10_240, 100 + seed).0).collect();
	let start = Instant::now();
	let all = futures::stream::iter(ids.clone()).map(|id| b.exchange.fetch(id, Hold::Loose, MINUTE, MAX));
	let results: Vec<_> = all.buffer_unordered(50).collect().await;
	assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|r| r.is_err()));
	println!("500 of 10 KiB, 50 at once: {:?}", start.elapsed());
	assert_eq!(a.counter("ergon_exchange_refused_total"), 0.0);
	assert!(ids.iter().all(|id| b.store.has(id)));
}
