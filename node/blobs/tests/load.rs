//! Many at once, a full disk, and anything in any order.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{blocks, bytes, feed, leftovers, roomy, store, tree, Chain, MIB};
use ergon_blobs::{BlobError, BlobStore, Hold, Offered, Options, MAX_BLOB};
use ergon_primitives::{BlobId, JobId};
use proptest::prelude::*;
use std::{
	collections::{BTreeMap, HashMap},
	path::Path,
	process::Command,
	sync::atomic::{AtomicBool, Ordering::Relaxed},
	thread,
	time::Duration,
};
use tempfile::tempdir;

#[test]
fn fifty_clients_should_put_and_get_a_thousand_blobs_each() {
	let (folder, store) = store();
	// As many of each client's are the same for all.
	let content =
		|client: u64, i: u64| bytes(if i.is_multiple_of(2) { i } else { client << 32 | i }, 10 << 10);
	thread::scope(|scope| {
		for client in 0..50 {
			let store = &store;
			scope.spawn(move || {
				for i in 0..1000 {
					let content = content(client, i);
					let id = store.put(&content, Hold::Loose).unwrap();
					assert!(store.get(&id).unwrap().unwrap() == content);
				}
			});
		}
	});
	assert_eq!(store.usage().blobs, 500 + 50 * 500);
	assert_eq!(store.usage().bytes, store.usage().blobs * 12288);
	assert!(leftovers(&folder).is_empty());
	let store = common::reopen(&folder, store);
	assert_eq!(store.usage().blobs, 500 + 50 * 500);
}

#[test]
fn readers_should_see_whole_blobs_or_none_while_they_are_evicted() {
	let folder = tempdir().unwrap();
	let store = BlobStore::open(folder.path(), Options { grace: Duration::ZERO, ..roomy() }).unwrap();
	let _chain = Chain::of(&store);
	let contents: Vec<_> =
		(0..6).map(|i| bytes(i, [100, 10_000, MIB, 2 * MIB + 7][i as usize % 4])).collect();
	let ids: Vec<_> = contents.iter().map(|content| BlobId::of(content)).collect();
	let done = AtomicBool::new(false);
	thread::scope(|scope| {
		for reader in 0..3 {
			let (store, contents, ids, done) = (&store, &contents, &ids, &done);
			scope.spawn(move || {
				for i in (0..6).cycle() {
					if done.load(Relaxed) {
						break;
					}
					if let (0, Some(bytes)) = (reader, store.get(&ids[i]).unwrap()) {
						assert!(bytes == contents[i]);
					}
					if let (1, Some(mut reader)) = (reader, store.reader(&ids[i]).unwrap()) {
						let mut all = Vec::new();
						while all.len() < contents[i].len() {
							all.extend_from_slice(&reader.read(all.len() as u64, MIB).unwrap());
						}
						assert!(all == contents[i]);
					}
					if reader == 2 {
						store.sweep().unwrap();
					}
				}
			});
		}
		scope.spawn(|| {
			for i in 0..60 {
				store.put(&contents[i % 6], Hold::Loose).unwrap();
			}
			done.store(true, Relaxed);
		});
	});
	assert_eq!(store.counters().corrupt.load(Relaxed), 0);
	assert!(store.counters().evictions.load(Relaxed) > 0);
	store.sweep().unwrap();
	assert_eq!((store.usage(), blocks(&folder).len()), (Default::default(), 0));
}

/// A file system of so many bytes, gone with the value; `None` where mounting is not permitted.
struct Disk(tempfile::TempDir);

impl Disk {
	fn new(size: &str) -> Option<Self> {
		let folder = tempdir().unwrap();
		let mounted = Command::new("mount")
			.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
			.arg(folder.path())
			.output()
			.is_ok_and(|output| output.status.success());
		if !mounted {
			eprintln!("skipped: a file system cannot be mounted here");
		}
		mounted.then_some(Self(folder))
	}

	fn path(&self) -> &Path {
		self.0.path()
	}
}

impl Drop for Disk {
	fn drop(&mut self) {
		let _ = Command::new("umount").arg(self.path()).output();
	}
}

#[test]
fn full_disk_should_be_told_and_survived() {
	let Some(disk) = Disk::new("12m") else { return };
	let options = Options { grace: Duration::ZERO, ..roomy() };
	let store = BlobStore::open(disk.path(), options).unwrap();
	let chain = Chain::of(&store);
	chain.jobs.lock().unwrap().insert(JobId(1));
	let kept_bytes = bytes(1, 2 * MIB + 5);
	let kept = store.put(&kept_bytes, Hold::Job(JobId(1))).unwrap();
	for content in [bytes(2, 20 * MIB), bytes(3, 11 * MIB)] {
		let error = store.put(&content, Hold::Loose).unwrap_err();
		assert!(matches!(error, BlobError::DiskFull { .. }), "{error}");
		let blocks_: HashMap<_, _> = tree(&content).into_iter().collect();
		let root = BlobId::of(&content);
		let partial = store.partial(root, Hold::Loose, MAX_BLOB).unwrap();
		let error = loop {
			match partial.wanted(1).first() {
				Some(id) => {
					if let Err(error) = partial.offer(id, &blocks_[id]) {
						break error;
					}
				},
				None => break partial.finish().unwrap_err(),
			}
		};
		assert!(matches!(error, BlobError::DiskFull { .. }), "{error}");
		drop(partial);
		// What came of a fetch stays for the next attempt, and goes with the loose ones.
		assert!(store.sweep().unwrap().blobs <= 1);
		assert_eq!(store.roots(), [kept]);
	}
	// Small ones until nothing fits, the list included; what is evicted can still be noted.
	let mut small = 0u64;
	let error = loop {
		match store.put(&bytes(100 + small, 4096), Hold::Loose) {
			Ok(_) => small += 1,
			Err(error) => break error,
		}
	};
	assert!(matches!(error, BlobError::DiskFull { .. }), "{error}");
	assert!(small > 1000);
	assert!(store.get(&kept).unwrap().unwrap() == kept_bytes);
	assert_eq!(store.sweep().unwrap().blobs, small);
	store.put(&bytes(7, 2 * MIB), Hold::Loose).unwrap();
	assert!(common::files(&disk.path().join("tmp")).is_empty());
	let usage = store.usage();
	drop(store);
	let store = BlobStore::open(disk.path(), options).unwrap();
	assert_eq!(store.usage(), usage);
	assert!(store.get(&kept).unwrap().unwrap() == kept_bytes);
}

/// What a user may do.
#[derive(Clone, Debug)]
enum Step {
	Put(u8, Option<u8>),
	Write(u8, Option<u8>),
	Abort(u8),
	Fetch(u8),
	Begin(u8),
	Name(u8),
	Forget(u8),
	StartJob(u8),
	EndJob(u8),
	Sweep,
	Reopen,
}

fn step() -> impl Strategy<Value = Step> {
	let blob = 0u8..8;
	let hold = prop::option::of(0u8..3);
	prop_oneof![
		3 => (blob.clone(), hold.clone()).prop_map(|(blob, hold)| Step::Put(blob, hold)),
		3 => (blob.clone(), hold).prop_map(|(blob, hold)| Step::Write(blob, hold)),
		1 => blob.clone().prop_map(Step::Abort),
		2 => blob.clone().prop_map(Step::Fetch),
		1 => blob.clone().prop_map(Step::Begin),
		1 => blob.clone().prop_map(Step::Name),
		1 => blob.prop_map(Step::Forget),
		2 => (0u8..3).prop_map(Step::StartJob),
		1 => (0u8..3).prop_map(Step::EndJob),
		2 => Just(Step::Sweep),
		2 => Just(Step::Reopen),
	]
}

/// Blobs that have blocks in common.
fn content(blob: u8) -> Vec<u8> {
	let part = |i: u64, size: usize| bytes(i, size);
	match blob {
		0 => vec![],
		1 => part(1, 100),
		2 => part(2, MIB),
		3 => [part(2, MIB), part(3, 10)].concat(),
		4 => [part(4, MIB), part(2, MIB), part(2, MIB)].concat(),
		5 => [part(4, MIB), part(1, 100)].concat(),
		6 => part(3, 10),
		_ => part(7, 5000),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn store_should_be_as_its_model(steps in prop::collection::vec(step(), 1..40)) {
		let folder = tempdir().unwrap();
		let options = Options { grace: Duration::ZERO, ..roomy() };
		let chain = std::sync::Arc::new(Chain::default());
		let open = || {
			let store = BlobStore::open(folder.path(), options).unwrap();
			store.set_references(chain.clone());
			store
		};
		let mut store = open();
		// What is here whole, and the jobs that hold it.
		let mut model: BTreeMap<u8, Vec<JobId>> = BTreeMap::new();
		let job = |job: u8| JobId(job.into());
		let hold = |for_job: Option<u8>| for_job.map_or(Hold::Loose, |n| Hold::Job(job(n)));
		for step in steps {
			match step {
				Step::Put(blob, for_job) => {
					store.put(&content(blob), hold(for_job)).unwrap();
					model.entry(blob).or_default().extend(for_job.map(job));
				},
				Step::Write(blob, for_job) => {
					let mut writer = store.writer(hold(for_job)).unwrap();
					content(blob).chunks(300_000).for_each(|piece| writer.write(piece).unwrap());
					writer.finish_as(BlobId::of(&content(blob))).unwrap();
					model.entry(blob).or_default().extend(for_job.map(job));
				},
				Step::Abort(blob) => {
					let mut writer = store.writer(Hold::Loose).unwrap();
					writer.write(&content(blob)).unwrap();
				},
				Step::Fetch(blob) => {
					let id = BlobId::of(&content(blob));
					feed(&store, id, Hold::Loose, &tree(&content(blob)).into_iter().chain([(id, content(blob))].into_iter().filter(|_| content(blob).len() <= MIB)).collect());
					model.entry(blob).or_default();
				},
				Step::Begin(blob) => {
					let id = BlobId::of(&content(blob));
					let partial = store.partial(id, Hold::Loose, MAX_BLOB).unwrap();
					if content(blob).len() > MIB && !partial.is_whole() {
						let root = tree(&content(blob)).pop().unwrap();
						// Its leaves may be here, as parts of others.
						if partial.offer(&id, &root.1).unwrap() == Offered::Whole {
							partial.finish().unwrap();
							model.entry(blob).or_default();
						}
					}
				},
				Step::Name(blob) => chain.name(BlobId::of(&content(blob)), false),
				Step::Forget(blob) => drop(chain.named.lock().unwrap().remove(&BlobId::of(&content(blob)))),
				Step::StartJob(n) => drop(chain.jobs.lock().unwrap().insert(job(n))),
				Step::EndJob(n) => drop(chain.jobs.lock().unwrap().remove(&job(n))),
				Step::Sweep => {
					store.sweep().unwrap();
					let jobs = chain.jobs.lock().unwrap().clone();
					let named = chain.named.lock().unwrap().clone();
					model.values_mut().for_each(|holds| holds.retain(|job| jobs.contains(job)));
					// Sure to stay; what was named until now may stay for one more.
					model.retain(|blob, holds| {
						let needed = !holds.is_empty() || named.contains_key(&BlobId::of(&content(*blob)));
						needed || store.has(&BlobId::of(&content(*blob)))
					});
				},
				Step::Reopen => {
					drop(store);
					store = open();
					// What was begun is whole when all that it lacked has come with others.
					for blob in [3, 4, 5] {
						if tree(&content(blob)).iter().all(|(id, _)| store.has_block(id)) {
							model.entry(blob).or_default();
						}
					}
				},
			}
			prop_assert!(leftovers(&folder).is_empty());
			let mut here = store.roots();
			here.sort();
			let mut expected: Vec<_> = model.keys().map(|blob| BlobId::of(&content(*blob))).collect();
			expected.sort();
			prop_assert_eq!(here, expected);
			for blob in model.keys() {
				prop_assert!(store.get(&BlobId::of(&content(*blob))).unwrap().unwrap() == content(*blob));
			}
		}
		// All that nobody needs goes, and with it all files.
		chain.jobs.lock().unwrap().clear();
		chain.named.lock().unwrap().clear();
		store.sweep().unwrap();
		store.sweep().unwrap();
		prop_assert_eq!(store.usage(), Default::default());
		prop_assert!(blocks(&folder).is_empty());
	}
}
