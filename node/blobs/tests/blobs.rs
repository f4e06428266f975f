//! What a user of the store would notice, on a real folder.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{blocks, bytes, files, leftovers, reopen, roomy, store, MIB};
use ergon_blobs::{BlobError, BlobStore, Event, Finished, Hold, Options, Stat, MAX_BLOB};
use ergon_primitives::{BlobId, Codec, JobId};
use proptest::prelude::*;
use std::{fs, sync::atomic::Ordering::Relaxed};
use tempfile::tempdir;

#[test]
fn blob_should_come_back_under_its_name() {
	let (folder, store) = store();
	for content in [vec![], vec![7; 10], bytes(1, MIB), bytes(2, MIB + 1), bytes(3, 5 * MIB - 7)] {
		let id = BlobId::of(&content);
		assert!(!store.has(&id));
		assert_eq!(store.get(&id).unwrap(), None);
		assert_eq!(store.stat(&id).unwrap(), None);
		assert!(store.reader(&id).unwrap().is_none());
		assert!(!store.hold(&id, Hold::Loose).unwrap());

		assert_eq!(store.put(&content, Hold::Loose).unwrap(), id);
		let size = content.len() as u64;
		assert!(store.has(&id) && store.has_block(&id));
		assert_eq!(store.stat(&id).unwrap(), Some(Stat { size, whole: true, have: size }));
		assert_eq!(store.get(&id).unwrap(), Some(content));
	}
	assert_eq!(store.roots().len(), 5);
	assert_eq!(store.usage().blobs, 5);
	// 1 + 1 + 1 + (2 + 1) + (5 + 1)
	assert_eq!(blocks(&folder).len(), 12);
	assert!(leftovers(&folder).is_empty());
	assert_eq!(store.counters().uploads.load(Relaxed), 5);
}

#[test]
fn blobs_should_be_named_as_the_javascript_importer_names_them() {
	let vectors = include_str!("../../../primitives/core/tests/data/cid-vectors.txt");
	let (_folder, store) = store();
	for line in vectors.lines().filter(|line| !line.starts_with('#')) {
		let fields: Vec<_> = line.split_whitespace().collect();
		let size: usize = fields[0].parse().unwrap();
		let content: Vec<u8> = (0..size).map(|i| (i * 7) as u8).collect();
		let id = store.put(&content, Hold::Loose).unwrap();
		assert_eq!(id.to_string(), fields[1]);
		assert!(store.get(&id).unwrap() == Some(content));
	}
}

#[test]
fn blobs_should_outlive_the_store() {
	let (folder, store) = store();
	let contents = [vec![], bytes(1, 100), bytes(2, 3 * MIB)];
	let ids: Vec<_> = contents.iter().map(|content| store.put(content, Hold::Loose).unwrap()).collect();
	let usage = store.usage();
	let store = reopen(&folder, store);
	for (id, content) in ids.iter().zip(&contents) {
		assert_eq!(store.get(id).unwrap().as_ref(), Some(content));
		assert!(store.is_public(id));
	}
	assert_eq!(store.usage(), usage);
}

#[test]
fn put_should_be_idempotent() {
	let (folder, store) = store();
	for content in [bytes(1, 5), bytes(2, 2 * MIB)] {
		let id = BlobId::of(&content);
		for round in 0..3 {
			store.put(&content, Hold::Loose).unwrap();
			store.put_named(id, &content, Hold::Loose).unwrap();
			let mut writer = store.writer(Hold::Loose).unwrap();
			content.chunks(MIB / 3).for_each(|piece| writer.write(piece).unwrap());
			assert_eq!(writer.size(), content.len() as u64);
			assert_eq!(writer.finish_told(None).unwrap(), Finished { id, new: false }, "round {round}");
		}
	}
	assert_eq!(blocks(&folder).len(), 4);
	assert_eq!(store.usage().bytes, 4096 + 2 * MIB as u64 + 4096);
	assert_eq!(store.usage().loose_bytes, store.usage().bytes);
}

#[test]
fn another_name_should_be_refused() {
	let (folder, store) = store();
	for (right, wrong) in [(bytes(1, 10), bytes(2, 10)), (bytes(1, 2 * MIB), bytes(2, 2 * MIB))] {
		let expected = BlobId::of(&right);
		let found = BlobId::of(&wrong);
		let is_mismatch = |error: BlobError| {
			assert!(error.is_refusal());
			matches!(error, BlobError::Mismatch { expected: e, found: f } if e == expected && f == found)
		};
		assert!(is_mismatch(store.put_named(expected, &wrong, Hold::Loose).unwrap_err()));
		let mut writer = store.writer(Hold::Loose).unwrap();
		writer.write(&wrong).unwrap();
		assert!(is_mismatch(writer.finish_as(expected).unwrap_err()));
		// The same digest under the other codec is another name.
		let codec = if expected.codec == Codec::Raw { Codec::DagPb } else { Codec::Raw };
		assert!(store.put_named(BlobId { codec, ..expected }, &right, Hold::Loose).is_err());
	}
	assert!(blocks(&folder).is_empty() && leftovers(&folder).is_empty());
	assert_eq!(store.usage(), Default::default());
}

#[test]
fn unfinished_blob_should_leave_nothing() {
	let (folder, store) = store();
	for size in [0, 10, MIB, 3 * MIB + 5] {
		let mut writer = store.writer(Hold::Loose).unwrap();
		writer.write(&bytes(1, size)).unwrap();
		assert!(store.usage().bytes >= size as u64);
		drop(writer);
		assert_eq!(store.usage(), Default::default());
		assert!(blocks(&folder).is_empty() && leftovers(&folder).is_empty());
	}
}

#[test]
fn blobs_should_share_blocks() {
	let (folder, store) = store();
	let (one, two, three) = (bytes(1, MIB), bytes(2, MIB), bytes(3, MIB));
	let first = store.put(&[&one[..], &two].concat(), Hold::Loose).unwrap();
	let second = store.put(&[&two[..], &three, &two, &two].concat(), Hold::Loose).unwrap();
	// A leaf that is a blob of its own as well.
	let single = store.put(&two, Hold::Loose).unwrap();
	assert_eq!(blocks(&folder).len(), 3 + 2);
	assert_eq!(store.usage().bytes, 3 * MIB as u64 + 2 * 4096);
	let store = reopen(&folder, store);
	assert_eq!(store.usage().bytes, 3 * MIB as u64 + 2 * 4096);
	assert_eq!(store.get(&first).unwrap().unwrap(), [&one[..], &two].concat());
	assert_eq!(store.get(&second).unwrap().unwrap(), [&two[..], &three, &two, &two].concat());
	assert_eq!(store.get(&single).unwrap().unwrap(), two);
	assert_eq!(store.block(&single).unwrap().unwrap(), two);
}

#[test]
fn reader_should_give_any_part() {
	let (_folder, store) = store();
	let content = bytes(5, 3 * MIB + 100);
	let id = store.put(&content, Hold::Loose).unwrap();
	let mut reader = store.reader(&id).unwrap().unwrap();
	assert_eq!((reader.size(), reader.id()), (content.len() as u64, id));
	for (offset, max) in [
		(0, 10),
		(0, usize::MAX),
		(MIB - 1, 5),
		(MIB, 5),
		(3 * MIB, 1000),
		(3 * MIB + 99, 1),
		(2 * MIB + 7, 0),
	] {
		let piece = reader.read(offset as u64, max).unwrap();
		let end = offset.saturating_add(max).min((offset / MIB + 1) * MIB).min(content.len());
		assert_eq!(piece, content[offset..end]);
	}
	for offset in [content.len() as u64, content.len() as u64 + 1, u64::MAX] {
		assert!(reader.read(offset, 10).unwrap().is_empty());
	}
	let mut all = Vec::new();
	loop {
		match reader.read(all.len() as u64, 777_777).unwrap() {
			piece if piece.is_empty() => break,
			piece => all.extend_from_slice(&piece),
		}
	}
	assert!(all == content);

	let empty = store.put(b"", Hold::Loose).unwrap();
	assert!(store.reader(&empty).unwrap().unwrap().read(0, 10).unwrap().is_empty());
}

#[test]
fn oversized_blob_should_be_refused() {
	let folder = tempdir().unwrap();
	let store = BlobStore::open(folder.path(), Options { max_blob: 100, ..roomy() }).unwrap();
	assert!(store.put(&[0; 100], Hold::Loose).is_ok());
	assert!(matches!(store.put(&[0; 101], Hold::Loose), Err(BlobError::TooLarge { limit: 100 })));
	assert!(store.put_named(BlobId::of(&[0; 101]), &[0; 101], Hold::Loose).unwrap_err().is_refusal());
	let mut writer = store.writer(Hold::Loose).unwrap();
	writer.write(&[0; 60]).unwrap();
	assert!(matches!(writer.write(&[0; 41]), Err(BlobError::TooLarge { limit: 100 })));
	// A writer that failed has a gap: it stays failed.
	assert!(writer.write(&[0]).is_err());
	assert!(writer.finish().is_err());
	assert_eq!(blocks(&folder).len(), 1);
	assert!(leftovers(&folder).is_empty());
	drop(store);
	let store = BlobStore::open(folder.path(), Options { max_blob: u64::MAX, ..roomy() }).unwrap();
	assert_eq!(store.options().max_blob, MAX_BLOB);
}

#[test]
fn what_comes_and_goes_should_be_told() {
	let (_folder, store) = store();
	let (first, second) = (store.events(), store.events());
	let job = Hold::Job(JobId(1));
	let id = store.put(b"secret", job).unwrap();
	assert!(!store.is_public(&id));
	store.put(b"secret", job).unwrap();
	store.hold(&id, Hold::Loose).unwrap();
	assert!(store.is_public(&id));
	for events in [first, second] {
		assert_eq!(events.try_recv(), Ok(Event::Added(id)));
		assert_eq!(events.try_recv(), Ok(Event::Public(id)));
		assert!(events.try_recv().is_err());
	}
	// One who does not listen is told that it missed something, and hinders nobody.
	let slow = store.events();
	for i in 0..300u32 {
		store
			.hold(&store.put(&i.to_le_bytes()[..1], Hold::Loose).unwrap(), Hold::Job(JobId(i.into())))
			.unwrap();
	}
	assert!(slow.len() <= 256 && !slow.is_empty());
}

#[test]
fn store_should_be_open_once() {
	let (folder, store) = store();
	let error = BlobStore::open(folder.path(), roomy()).unwrap_err();
	assert!(matches!(&error, BlobError::Locked { .. }), "{error}");
	let clone = store.clone();
	drop(store);
	assert!(BlobStore::open(folder.path(), roomy()).is_err());
	drop(clone);
	BlobStore::open(folder.path(), roomy()).unwrap();
}

#[test]
fn foreign_files_should_be_left_alone() {
	let (folder, store) = store();
	let id = store.put(b"ours", Hold::Loose).unwrap();
	let ours = common::file_of(&folder, &id);
	let strangers = [folder.path().join("blocks/README"), ours.with_file_name("notes.txt")];
	strangers.iter().for_each(|path| fs::write(path, b"not ours").unwrap());
	let store = reopen(&folder, store);
	assert_eq!(store.usage().bytes, 4096);
	assert!(strangers.iter().all(|path| path.exists()));
	assert_eq!(files(folder.path()).len(), 2 + 1 + 2);
}

#[test]
fn errors_should_name_the_path() {
	let folder = tempdir().unwrap();
	let file = folder.path().join("a-file");
	fs::write(&file, b"").unwrap();
	let error = BlobStore::open(&file, roomy()).unwrap_err().to_string();
	assert!(error.contains("a-file") && error.contains("create the folder"), "{error}");

	let store = BlobStore::open(folder.path().join("store"), roomy()).unwrap();
	fs::remove_dir_all(folder.path().join("store/tmp")).unwrap();
	for content in [bytes(1, 1), bytes(1, 2 * MIB)] {
		let error = store.put(&content, Hold::Loose).unwrap_err();
		assert!(
			matches!(&error, BlobError::Io { path, .. } if path.ends_with("store/tmp/0") || path.ends_with("store/tmp/1")),
			"{error:?}"
		);
	}
	assert_eq!(store.usage(), Default::default());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn pieces_should_not_matter(pieces in prop::collection::vec(0usize..600_000, 0..8), seed: u64) {
		let (folder, store) = store();
		let mut writer = store.writer(Hold::Loose).unwrap();
		let whole = bytes(seed, pieces.iter().sum());
		let mut rest = &whole[..];
		for size in pieces {
			let (now, later) = rest.split_at(size);
			writer.write(now).unwrap();
			rest = later;
		}
		let id = writer.finish().unwrap();
		prop_assert_eq!(id, BlobId::of(&whole));
		prop_assert!(store.get(&id).unwrap() == Some(whole));
		prop_assert!(leftovers(&folder).is_empty());
	}
}
