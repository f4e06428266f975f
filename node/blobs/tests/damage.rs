//! What disks and crashes do.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{blocks, bytes, file_of, leftovers, reopen, roomy, store, MIB};
use ergon_blobs::{BlobError, BlobStore, Event, Hold, Options};
use ergon_primitives::{BlobId, JobId};
use std::{
	fs::{self, OpenOptions},
	io::{BufRead, BufReader, Write},
	path::Path,
	process::{Command, Stdio},
	sync::atomic::Ordering::Relaxed,
	thread,
	time::Duration,
};
use tempfile::tempdir;

#[test]
fn damaged_blob_should_be_dropped_and_reported_missing() {
	let (folder, store) = store();
	let spoils: [fn(&Path); 5] = [
		|path| fs::write(path, b"evil bytes").unwrap(),
		|path| fs::write(path, b"").unwrap(),
		|path| fs::write(path, [b'x'; 100]).unwrap(),
		|path| fs::remove_file(path).unwrap(),
		|path| fs::File::create(path).unwrap().set_len(1 << 40).unwrap(),
	];
	for (round, spoil) in spoils.into_iter().enumerate() {
		let events = store.events();
		let id = store.put(b"good bytes", Hold::Job(JobId(1))).unwrap();
		spoil(&file_of(&folder, &id));
		if round % 2 == 0 {
			assert_eq!(store.get(&id).unwrap(), None);
		} else {
			let mut reader = store.reader(&id).unwrap().unwrap();
			let error = reader.read(0, 10).unwrap_err();
			assert!(matches!(error, BlobError::Corrupt { blob, block } if blob == id && block == id));
		}
		assert!(!file_of(&folder, &id).exists());
		assert!(!store.has(&id) && store.block(&id).unwrap().is_none());
		// Why it was kept is not forgotten.
		assert!(store.stat(&id).unwrap().is_some_and(|stat| !stat.whole && stat.have == 0));
		assert_eq!(store.usage().bytes, 0);
		assert_eq!(store.put(b"good bytes", Hold::Loose).unwrap(), id);
		assert_eq!(store.get(&id).unwrap().as_deref(), Some(&b"good bytes"[..]));
		assert_eq!(events.try_recv(), Ok(if round == 0 { Event::Added(id) } else { Event::Broken(id) }));
	}
	assert_eq!(store.counters().corrupt.load(Relaxed), 5);
}

#[test]
fn put_should_heal_what_is_damaged() {
	let (folder, store) = store();
	for content in [bytes(1, 10), bytes(2, 3 * MIB)] {
		let id = store.put(&content, Hold::Loose).unwrap();
		for path in blocks(&folder) {
			// The same length, so that the size does not give it away.
			let mut file = OpenOptions::new().write(true).open(&path).unwrap();
			file.write_all(b"?").unwrap();
		}
		assert_eq!(store.put(&content, Hold::Loose).unwrap(), id);
		assert!(store.get(&id).unwrap().unwrap() == content);
	}
}

#[test]
fn blob_with_a_lost_block_should_be_partial_after_a_restart() {
	let (folder, store) = store();
	let content = bytes(1, 3 * MIB);
	let id = store.put(&content, Hold::Loose).unwrap();
	let single = store.put(b"single", Hold::Loose).unwrap();
	let held = store.put(b"held", Hold::Job(JobId(1))).unwrap();
	let leaf = BlobId::of(&content[..MIB]);
	for lost in [leaf, single, held] {
		fs::remove_file(file_of(&folder, &lost)).unwrap();
	}
	let store = reopen(&folder, store);
	assert!(!store.has(&id) && !store.has(&single) && !store.has(&held));
	assert_eq!(store.stat(&id).unwrap().unwrap().have, 2 * MIB as u64);
	assert_eq!(store.stat(&single).unwrap(), None);
	assert_eq!(store.partial(id, Hold::Loose, u64::MAX).unwrap().wanted(9), [leaf]);
	// What a job holds is still known to be wanted.
	assert_eq!(store.stat(&held).unwrap().unwrap().size, 4);
}

#[test]
fn what_a_crash_left_should_be_cleared_away() {
	let (folder, store) = store();
	let kept = store.put(&bytes(1, 2 * MIB), Hold::Loose).unwrap();
	let mut writer = store.writer(Hold::Loose).unwrap();
	writer.write(&bytes(2, 3 * MIB + 7)).unwrap();
	// What a process that is killed leaves: files on their way in, and blocks of a blob that was never recorded.
	let left: Vec<_> =
		leftovers(&folder).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
	drop(writer);
	drop(store);
	for (path, bytes) in &left {
		fs::write(path, bytes).unwrap();
	}
	let orphan = file_of(&folder, &BlobId::of(b"orphan"));
	fs::write(&orphan, b"orphan").unwrap();
	// And half a record at the end of the list.
	let mut list = OpenOptions::new().append(true).open(folder.path().join("roots")).unwrap();
	list.write_all(&[1; 40]).unwrap();

	for _ in 0..2 {
		let store = BlobStore::open(folder.path(), roomy()).unwrap();
		assert!(leftovers(&folder).is_empty() && !orphan.exists());
		assert_eq!(blocks(&folder).len(), 3);
		assert_eq!(store.roots(), [kept]);
		assert!(store.get(&kept).unwrap().is_some());
		// The list goes on behind its last good record.
		let next = store.put(b"next", Hold::Loose).unwrap();
		let store = reopen(&folder, store);
		assert!(store.has(&next));
		let chain = common::Chain::of(&store);
		chain.name(kept, false);
		drop(store);
		let store = BlobStore::open(folder.path(), Options { grace: Duration::ZERO, ..roomy() }).unwrap();
		store.set_references(chain);
		assert_eq!(store.sweep().unwrap().blobs, 1);
	}
}

#[test]
fn damaged_list_should_lose_only_what_it_says() {
	let (folder, store) = store();
	let ids: Vec<_> = (0..10u8).map(|i| store.put(&[i], Hold::Loose).unwrap()).collect();
	drop(store);
	let list = folder.path().join("roots");
	let mut records = fs::read(&list).unwrap();
	records[64 * 4 + 20] ^= 1;
	fs::write(&list, &records).unwrap();
	let store = BlobStore::open(folder.path(), roomy()).unwrap();
	let here: Vec<_> = ids.iter().map(|id| store.has(id)).collect();
	assert_eq!(here.iter().filter(|here| !**here).count(), 1);
	assert!(!here[3]);
	drop(store);
	// The list of something else is not touched, nor are the blocks.
	fs::write(&list, [7; 640]).unwrap();
	let error = BlobStore::open(folder.path(), roomy()).unwrap_err();
	assert!(error.to_string().contains("another version"), "{error}");
	assert_eq!(blocks(&folder).len(), 9);
}

#[test]
fn list_should_not_grow_with_what_is_gone() {
	let folder = tempdir().unwrap();
	let options = Options { grace: Duration::ZERO, ..roomy() };
	let store = BlobStore::open(folder.path(), options).unwrap();
	let _chain = common::Chain::of(&store);
	let kept = store.put(b"kept", Hold::Loose).unwrap();
	let other = store.put(b"other", Hold::Job(JobId(0))).unwrap();
	thread::scope(|scope| {
		for thread in 0..32 {
			let store = &store;
			scope.spawn(move || {
				for i in 0..40 {
					store.hold(&other, Hold::Job(JobId(thread * 1000 + i))).unwrap();
				}
			});
		}
	});
	let size = || fs::metadata(folder.path().join("roots")).unwrap().len();
	assert!(size() > 64 * 1000);
	drop(_chain);
	drop(store);
	// Twelve hundred holds are twelve hundred records still; without their jobs they are none.
	let store = BlobStore::open(folder.path(), options).unwrap();
	let chain = common::Chain::of(&store);
	chain.name(kept, false);
	chain.name(other, false);
	store.sweep().unwrap();
	drop(store);
	let store = BlobStore::open(folder.path(), options).unwrap();
	assert_eq!(size(), 64 * 3);
	assert_eq!(store.roots().len(), 2);
}

/// Not a test of its own: what `killed_process_should_leave_only_whole_blobs` kills.
#[test]
#[ignore = "run by killed_process_should_leave_only_whole_blobs"]
fn uploading_process() {
	let Ok(path) = std::env::var("ERGON_BLOBS_TEST_FOLDER") else { return };
	let store = BlobStore::open(path, roomy()).unwrap();
	thread::scope(|scope| {
		for thread in 0..8u64 {
			let store = &store;
			scope.spawn(move || {
				for i in 0u64.. {
					let size = [10, 10_000, MIB, 2 * MIB + 3, 5 * MIB][(i % 5) as usize];
					let id = store.put(&bytes(thread << 32 | i, size), Hold::Loose).unwrap();
					println!("put {id}");
				}
			});
		}
	});
}

#[test]
fn killed_process_should_leave_only_whole_blobs() {
	let folder = tempdir().unwrap();
	for round in 0..4u64 {
		let mut child = Command::new(std::env::current_exe().unwrap())
			.args(["uploading_process", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
			.env("ERGON_BLOBS_TEST_FOLDER", folder.path())
			.stdout(Stdio::piped())
			.spawn()
			.unwrap();
		let output = BufReader::new(child.stdout.take().unwrap());
		let killer = thread::spawn(move || {
			thread::sleep(Duration::from_millis(1500 + 400 * round));
			child.kill().unwrap();
			child.wait().unwrap();
		});
		// A line that was cut off is no acknowledgement; `split` reads raw bytes up to the end.
		let acknowledged: Vec<BlobId> = output
			.lines()
			.map_while(Result::ok)
			.filter_map(|line| line.split_once("put ").and_then(|(_, id)| id.trim().parse().ok()))
			.collect();
		killer.join().unwrap();
		let store = BlobStore::open(folder.path(), roomy()).unwrap();
		assert!(leftovers(&folder).is_empty());
		assert!(!acknowledged.is_empty());
		for id in &acknowledged {
			assert!(store.get(id).unwrap().is_some(), "{id} of {} is missing", acknowledged.len());
		}
		// Whatever is here is whole: the others have left nothing.
		let mut known = 0;
		for id in store.roots() {
			assert!(store.get(&id).unwrap().is_some());
			known += 1;
		}
		assert!(known >= acknowledged.len());
		let files: u64 = blocks(&folder)
			.iter()
			.map(|path| fs::metadata(path).unwrap().len().max(1).next_multiple_of(4096))
			.sum();
		assert_eq!(store.usage().bytes, files);
		assert_eq!(store.usage().blobs, known as u64);
	}
}
