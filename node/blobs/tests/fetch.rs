//! Blobs that come block by block.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{blocks, bytes, feed, files, leftovers, reopen, store, tree, MIB};
use ergon_blobs::{BlobError, Event, Hold, Offered, Progress, Stat, MAX_BLOB};
use ergon_primitives::{BlobId, JobId};
use proptest::prelude::*;
use std::{collections::HashMap, fs, sync::atomic::Ordering::Relaxed};

fn map(content: &[u8]) -> HashMap<BlobId, Vec<u8>> {
	tree(content).into_iter().collect()
}

#[test]
fn single_block_should_be_fetched() {
	let (_folder, store) = store();
	for content in [vec![], bytes(1, 10), bytes(2, MIB)] {
		let id = BlobId::of(&content);
		let partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
		assert_eq!(partial.wanted(10), [id]);
		assert_eq!(partial.progress(), Progress { have: 0, total: None });
		let error = partial.offer(&id, b"other").unwrap_err();
		assert!(matches!(error, BlobError::Mismatch { expected, .. } if expected == id));
		assert_eq!(partial.offer(&id, &content).unwrap(), Offered::Whole);
		assert_eq!(partial.offer(&id, &content).unwrap(), Offered::Known);
		assert!(partial.is_whole() && partial.wanted(10).is_empty());
		partial.finish().unwrap();
		assert_eq!(store.get(&id).unwrap(), Some(content));
		assert!(store.is_public(&id));
	}
	assert_eq!(store.counters().fetched.load(Relaxed), 3);
}

#[test]
fn fetch_should_go_on_where_it_was_left() {
	let (folder, store) = store();
	let content = bytes(1, 6 * MIB + 5);
	let (id, blocks_) = (BlobId::of(&content), map(&content));
	let partial = store.partial(id, Hold::Job(JobId(1)), MAX_BLOB).unwrap();
	assert_eq!(partial.wanted(5), [id]);
	assert!(matches!(partial.finish(), Err(BlobError::NotHere(missing)) if missing == id));
	assert_eq!(partial.offer(&id, &blocks_[&id]).unwrap(), Offered::Stored);
	assert_eq!(partial.progress(), Progress { have: 0, total: Some(content.len() as u64) });
	let wanted = partial.wanted(100);
	assert_eq!(wanted.len(), 7);
	assert_eq!(partial.wanted(2), wanted[..2]);
	// The second handle is the same fetch.
	let other = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
	other.offer(&wanted[6], &blocks_[&wanted[6]]).unwrap();
	partial.offer(&wanted[2], &blocks_[&wanted[2]]).unwrap();
	assert_eq!(partial.progress().have, MIB as u64 + 5);
	assert!(matches!(partial.finish(), Err(BlobError::NotHere(_))));
	let stat = Stat { size: content.len() as u64, whole: false, have: MIB as u64 + 5 };
	assert_eq!(store.stat(&id).unwrap(), Some(stat));
	assert!(!store.has(&id) && store.get(&id).unwrap().is_none());
	assert!(store.has_block(&wanted[2]) && !store.has_block(&wanted[3]));
	assert_eq!(store.block(&wanted[2]).unwrap().unwrap(), blocks_[&wanted[2]]);
	drop((partial, other));
	assert_eq!(store.stat(&id).unwrap(), Some(stat));

	let store = reopen(&folder, store);
	let events = store.events();
	assert_eq!(store.stat(&id).unwrap(), Some(stat));
	assert_eq!(store.usage().blobs, 0);
	let partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
	assert_eq!(partial.progress(), Progress { have: MIB as u64 + 5, total: Some(content.len() as u64) });
	let left = partial.wanted(100);
	assert_eq!(left.len(), 5);
	for leaf in &left[..4] {
		assert_eq!(partial.offer(leaf, &blocks_[leaf]).unwrap(), Offered::Stored);
	}
	assert_eq!(partial.offer(&left[4], &blocks_[&left[4]]).unwrap(), Offered::Whole);
	partial.finish().unwrap();
	partial.finish().unwrap();
	assert_eq!(events.try_recv(), Ok(Event::Added(id)));
	assert!(store.get(&id).unwrap().unwrap() == content);
	drop(partial);
	let store = reopen(&folder, store);
	assert!(store.get(&id).unwrap().unwrap() == content);
	assert_eq!(blocks(&folder).len(), 8);
	assert_eq!(store.usage().bytes, 7 * MIB as u64 + 2 * 4096 - MIB as u64);
}

#[test]
fn blob_with_more_levels_should_be_fetched() {
	let (folder, store) = store();
	// 176 leaves, of which many are the same: two nodes below the root.
	let content = [vec![0; 170 * MIB], bytes(1, 5 * MIB + 1)].concat();
	let (id, blocks_) = (BlobId::of(&content), map(&content));
	feed(&store, id, Hold::Loose, &blocks_);
	assert!(store.get(&id).unwrap().unwrap() == content);
	assert_eq!(blocks(&folder).len(), 1 + 6 + 3);
	let put = common::store();
	assert_eq!(put.1.put(&content, Hold::Loose).unwrap(), id);
	assert_eq!(put.1.usage(), store.usage());
	assert!(put.1.get(&id).unwrap().unwrap() == content);
}

#[test]
fn what_does_not_belong_should_be_refused() {
	let (folder, store) = store();
	let content = bytes(1, 3 * MIB);
	let (id, blocks_) = (BlobId::of(&content), map(&content));
	let partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
	let leaf = BlobId::of(&content[..MIB]);
	// Nothing is known yet but the root.
	let error = partial.offer(&leaf, &content[..MIB]).unwrap_err();
	assert!(matches!(error, BlobError::NotWanted(unknown) if unknown == leaf));
	partial.offer(&id, &blocks_[&id]).unwrap();
	assert!(partial.offer(&BlobId::of(b"stranger"), b"stranger").is_err());
	let mut wrong = content[..MIB].to_vec();
	wrong[77] ^= 1;
	assert!(matches!(partial.offer(&leaf, &wrong), Err(BlobError::Mismatch { .. })));
	assert!(partial.offer(&leaf, &content[..MIB + 1]).is_err());
	// None of it did any harm.
	assert_eq!(partial.wanted(10).len(), 3);
	partial.offer(&leaf, &content[..MIB]).unwrap();
	drop(partial);
	assert_eq!(files(&folder.path().join("blocks")).len(), 2);
	assert!(leftovers(&folder).is_empty());

	// Larger than asked for.
	let error = store.partial(id, Hold::Loose, 1000).unwrap_err();
	assert!(matches!(error, BlobError::TooLarge { limit: 1000 }));
	let content = bytes(2, 3 * MIB);
	let (id, blocks_) = (BlobId::of(&content), map(&content));
	let partial = store.partial(id, Hold::Loose, 3 * MIB as u64 - 1).unwrap();
	assert!(matches!(partial.offer(&id, &blocks_[&id]), Err(BlobError::TooLarge { limit: 3_145_727 })));
	assert!(partial.offer(&id, &blocks_[&id]).is_err() && partial.wanted(1).is_empty());
	drop(partial);
	assert_eq!(store.stat(&id).unwrap(), None);
}

#[test]
fn damaged_block_alone_should_be_fetched_again() {
	let (folder, store) = store();
	let events = store.events();
	let content = bytes(1, 4 * MIB);
	let id = store.put(&content, Hold::Job(JobId(3))).unwrap();
	let blocks_ = map(&content);
	let leaf = BlobId::of(&content[MIB..2 * MIB]);
	for (round, damaged) in [leaf, id].into_iter().enumerate() {
		let path = common::file_of(&folder, &damaged);
		let mut bytes = fs::read(&path).unwrap();
		bytes[5] ^= 1;
		fs::write(&path, bytes).unwrap();
		assert_eq!(store.get(&id).unwrap(), None);
		assert!(!path.exists() && !store.has(&id) && !store.has_block(&damaged));
		assert_eq!(store.counters().corrupt.load(Relaxed), round as u64 + 1);
		let partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
		assert_eq!(partial.wanted(10), [damaged]);
		assert_eq!(partial.offer(&damaged, &blocks_[&damaged]).unwrap(), Offered::Whole);
		partial.finish().unwrap();
		assert!(store.get(&id).unwrap().unwrap() == content);
	}
	let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
	// What others have is no secret any more.
	let (added, broken) = (Event::Added(id), Event::Broken(id));
	assert_eq!(told, [added, broken, added, broken, added]);
	assert!(store.is_public(&id));
	assert_eq!(store.usage().bytes, 4 * MIB as u64 + 4096);
}

#[test]
fn blocks_of_other_blobs_should_not_be_fetched_again() {
	let (_folder, store) = store();
	let (one, two) = (bytes(1, 3 * MIB), bytes(2, MIB));
	store.put(&one, Hold::Loose).unwrap();
	let content = [&one[..], &two].concat();
	let (id, blocks_) = (BlobId::of(&content), map(&content));
	let partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
	partial.offer(&id, &blocks_[&id]).unwrap();
	assert_eq!(partial.wanted(10), [BlobId::of(&two)]);
	assert_eq!(partial.progress().have, 3 * MIB as u64);
	assert_eq!(partial.offer(&BlobId::of(&two), &two).unwrap(), Offered::Whole);
	partial.finish().unwrap();
	assert!(store.get(&id).unwrap().unwrap() == content);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(12))]

	#[test]
	fn order_and_restarts_should_not_matter(
		size in 1usize..9 * MIB,
		order in prop::collection::vec((any::<prop::sample::Index>(), 0u8..10), 60),
	) {
		let (folder, mut store) = store();
		let content = bytes(size as u64, size);
		let (id, blocks_) = (BlobId::of(&content), map(&content));
		let mut partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
		for (pick, action) in order {
			let wanted = partial.wanted(100);
			if wanted.is_empty() {
				break;
			}
			let next = pick.get(&wanted);
			partial.offer(next, &blocks_[next]).unwrap();
			if action == 0 {
				drop(partial);
				store = reopen(&folder, store);
				partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
			}
		}
		prop_assert!(partial.is_whole());
		prop_assert_eq!(partial.progress().have, size as u64);
		partial.finish().unwrap();
		drop(partial);
		prop_assert!(store.get(&id).unwrap().unwrap() == content);
		prop_assert_eq!(blocks(&folder).len(), blocks_.len());
	}
}
