//! Who may stay when room is short.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use codec::Encode;
use common::{blocks, bytes, leftovers, roomy, Chain, MIB};
use ergon_blobs::{BlobError, BlobStore, Event, Hold, Options};
use ergon_primitives::{BlobId, JobId};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};
use tempfile::{tempdir, TempDir};

const JOB: JobId = JobId(7);
/// What a small file is counted as.
const UNIT: u64 = 4096;

fn limited(quota: u64, loose_quota: u64) -> (TempDir, BlobStore) {
	let folder = tempdir().unwrap();
	let store = BlobStore::open(folder.path(), options(quota, loose_quota)).unwrap();
	(folder, store)
}

fn options(quota: u64, loose_quota: u64) -> Options {
	Options { quota, loose_quota, ..roomy() }
}

fn small(i: u8) -> Vec<u8> {
	vec![i; 1000]
}

#[test]
fn full_store_without_a_chain_should_refuse_and_stay_usable() {
	let (folder, store) = limited(2 * UNIT, 0);
	let first = store.put(&small(1), Hold::Loose).unwrap();
	let error = store.put(&vec![2; 4097], Hold::Loose).unwrap_err();
	assert!(matches!(error, BlobError::Full { used: UNIT, needed: 8192, limit: 8192 }), "{error}");
	assert!(error.is_full() && !error.is_refusal());
	// What is there already needs no room, and what fits is taken.
	assert_eq!(store.put(&small(1), Hold::Loose).unwrap(), first);
	store.put(&small(2), Hold::Loose).unwrap();
	assert!(store.put(&small(3), Hold::Loose).unwrap_err().is_full());
	let mut writer = store.writer(Hold::Loose).unwrap();
	assert!(writer.write(&small(3)).unwrap_err().is_full());
	drop(writer);
	assert!(store.counters().full.load(Relaxed) == 3);
	assert_eq!(blocks(&folder).len(), 2);
	assert!(leftovers(&folder).is_empty());
	// A limit below what is there: readable, and closed.
	drop(store);
	let store = BlobStore::open(folder.path(), options(10, 10)).unwrap();
	assert!(store.get(&first).unwrap().is_some());
	assert!(store.put(&small(3), Hold::Loose).unwrap_err().is_full());
	assert_eq!(store.sweep().unwrap().blobs, 0);
}

#[test]
fn strangers_uploads_should_push_out_only_the_oldest_loose_ones() {
	let (_folder, store) = limited(100 * UNIT, 4 * UNIT);
	let chain = Chain::of(&store);
	chain.jobs.lock().unwrap().insert(JOB);
	let held = store.put(&small(200), Hold::Job(JOB)).unwrap();
	let named = store.put(&small(201), Hold::Loose).unwrap();
	chain.name(named, false);
	let both = store.put(&small(202), Hold::Loose).unwrap();
	store.hold(&both, Hold::Job(JOB)).unwrap();
	let ids: Vec<_> = (0..20).map(|i| store.put(&small(i), Hold::Loose).unwrap()).collect();
	for id in [held, named, both] {
		assert!(store.get(&id).unwrap().is_some());
	}
	let here: Vec<_> = ids.iter().map(|id| store.has(id)).collect();
	assert_eq!(here, [vec![false; 16], vec![true; 4]].concat());
	assert_eq!(store.usage().loose_bytes, 4 * UNIT);
	assert_eq!(store.counters().evictions.load(Relaxed), 16);
	// Put once more it is the youngest.
	store.put(&small(16), Hold::Loose).unwrap();
	store.put(&small(99), Hold::Loose).unwrap();
	assert!(store.has(&ids[16]) && !store.has(&ids[17]));
}

#[test]
fn what_the_chain_needs_should_survive_a_full_store() {
	let (folder, store) = limited(8 * UNIT, 100 * UNIT);
	let chain = Chain::of(&store);
	chain.jobs.lock().unwrap().insert(JOB);
	let kept: Vec<_> = (0..6).map(|i| store.put(&small(i), Hold::Job(JOB)).unwrap()).collect();
	let loose: Vec<_> = (10..12).map(|i| store.put(&small(i), Hold::Loose).unwrap()).collect();
	// A job's blob takes the room of the loose ones.
	store.put(&small(6), Hold::Job(JOB)).unwrap();
	store.put(&small(7), Hold::Job(JOB)).unwrap();
	assert!(loose.iter().all(|id| !store.has(id)));
	let error = store.put(&small(8), Hold::Job(JOB)).unwrap_err();
	assert!(matches!(error, BlobError::Full { used: 32768, needed: UNIT, limit: 32768 }), "{error}");
	assert!(store.put(&small(8), Hold::Loose).unwrap_err().is_full());
	assert!(kept.iter().all(|id| store.get(id).unwrap().is_some()));
	assert_eq!(blocks(&folder).len(), 8);

	// Restarted, they are still held; nothing is evicted before the chain can be asked.
	drop(store);
	let store = BlobStore::open(folder.path(), options(UNIT, 0)).unwrap();
	assert_eq!((store.sweep().unwrap().blobs, store.usage().blobs), (0, 8));
	let chain = Chain::of(&store);
	chain.jobs.lock().unwrap().insert(JOB);
	assert_eq!((store.sweep().unwrap().blobs, store.usage().blobs), (0, 8));
	// The job ends: what it held goes, as far as it has to.
	chain.jobs.lock().unwrap().clear();
	chain.name(kept[3], false);
	assert_eq!(store.sweep().unwrap().blobs, 7);
	assert_eq!(store.roots(), [kept[3]]);
	assert_eq!(blocks(&folder).len(), 1);
}

#[test]
fn manifest_should_keep_what_it_lists() {
	let (_folder, store) = limited(u64::MAX, u64::MAX);
	let chain = Chain::of(&store);
	let listed: Vec<_> = (0..50).map(|i| store.put(&small(i), Hold::Loose).unwrap()).collect();
	let other = store.put(&small(100), Hold::Loose).unwrap();
	// More than a leaf long: the entries straddle its end. Most of what it lists is not here.
	let mut entries: Vec<BlobId> = (0..40_000u32).map(|i| BlobId::of(&i.to_le_bytes())).collect();
	for (i, id) in listed.iter().enumerate() {
		entries[i * 799] = *id;
	}
	entries[39_999] = listed[0];
	let manifest = store.put(&entries.encode(), Hold::Loose).unwrap();
	let garbage = store.put(&bytes(9, 5000), Hold::Loose).unwrap();
	chain.name(manifest, true);
	chain.name(garbage, true);
	chain.name(BlobId::of(b"not here"), true);
	store.sweep().unwrap();
	assert_eq!(store.usage().loose_bytes, UNIT);
	assert!(listed.iter().all(|id| store.is_public(id)));

	let store = common::reopen(&_folder, store);
	store.set_references(chain.clone());
	drop(store);
	let store = BlobStore::open(_folder.path(), options(u64::MAX, 0)).unwrap();
	store.set_references(chain.clone());
	assert_eq!(store.sweep().unwrap().blobs, 1);
	assert!(!store.has(&other) && listed.iter().all(|id| store.has(id)));
	// The chain names it no more: it is loose, as new, and goes at the next sweep.
	chain.named.lock().unwrap().clear();
	assert_eq!(store.sweep().unwrap().blobs, 52);
	assert_eq!(store.usage(), Default::default());
}

#[test]
fn chain_that_does_not_answer_should_keep_everything() {
	let (_folder, store) = limited(u64::MAX, 0);
	let chain = Chain::of(&store);
	*chain.broken.lock().unwrap() = true;
	assert!(store.put(&small(1), Hold::Loose).unwrap_err().is_full());
	let id = store.put(&small(1), Hold::Job(JOB)).unwrap();
	assert!(matches!(store.sweep(), Err(BlobError::Chain(why)) if why.contains("pruned")));
	assert!(store.has(&id));
}

#[test]
fn loose_blobs_should_go_when_their_grace_is_over() {
	let folder = tempdir().unwrap();
	let grace = Duration::from_secs(2);
	let store = BlobStore::open(folder.path(), Options { grace, ..roomy() }).unwrap();
	let events = store.events();
	let chain = Chain::of(&store);
	chain.jobs.lock().unwrap().insert(JOB);
	let id = store.put(&bytes(1, 2 * MIB), Hold::Loose).unwrap();
	let held = store.put(&small(1), Hold::Job(JOB)).unwrap();
	assert_eq!(store.sweep().unwrap().blobs, 0);
	std::thread::sleep(grace + Duration::from_secs(1));
	// What is being read stays.
	let mut reader = store.reader(&id).unwrap().unwrap();
	assert_eq!(store.sweep().unwrap().blobs, 0);
	assert_eq!(reader.read(0, 1).unwrap().len(), 1);
	drop(reader);
	let swept = store.sweep().unwrap();
	assert_eq!((swept.blobs, swept.bytes), (1, 2 * MIB as u64 + UNIT));
	assert!(!store.has(&id) && store.get(&id).unwrap().is_none() && store.has(&held));
	assert_eq!(blocks(&folder).len(), 1);
	let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
	assert_eq!(told, [Event::Added(id), Event::Added(held), Event::Removed(id)]);
}

#[test]
fn shared_blocks_should_stay_while_one_blob_needs_them() {
	let folder = tempdir().unwrap();
	let store = BlobStore::open(folder.path(), Options { grace: Duration::ZERO, ..roomy() }).unwrap();
	let chain = Chain::of(&store);
	let (one, two, three) = (bytes(1, MIB), bytes(2, MIB), bytes(3, MIB));
	let stays = [&one[..], &two].concat();
	let goes = [&two[..], &three].concat();
	let single = store.put(&three, Hold::Loose).unwrap();
	let goes = store.put(&goes, Hold::Loose).unwrap();
	let kept = store.put(&stays, Hold::Loose).unwrap();
	chain.name(kept, false);
	chain.name(single, false);
	assert_eq!(store.sweep().unwrap().blobs, 1);
	assert!(!store.has(&goes));
	assert_eq!(store.get(&kept).unwrap().unwrap(), stays);
	assert_eq!(store.get(&single).unwrap().unwrap(), three);
	// Its root only.
	assert_eq!(blocks(&folder).len(), 4);
	assert_eq!(store.usage().bytes, 3 * MIB as u64 + UNIT);
}

#[test]
fn writers_should_never_pass_the_limit() {
	let (folder, store) = limited(20 * UNIT, 20 * UNIT);
	let chain = Chain::of(&store);
	chain.jobs.lock().unwrap().insert(JOB);
	std::thread::scope(|scope| {
		for thread in 0..8u8 {
			let store = &store;
			scope.spawn(move || {
				for i in 0..8u8 {
					let hold = if i % 2 == 0 { Hold::Loose } else { Hold::Job(JOB) };
					match store.put(&small(thread * 8 + i), hold) {
						Ok(_) => {},
						Err(error) => assert!(error.is_full(), "{error}"),
					}
					assert!(store.usage().bytes <= 20 * UNIT);
				}
			});
		}
	});
	assert_eq!(store.usage().bytes, blocks(&folder).len() as u64 * UNIT);
	assert!(store.usage().blobs > 0);
}
