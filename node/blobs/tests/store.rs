//! What a user of the store would notice, on a real folder.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

use ergon_blobs::{BlobError, BlobStore, Options, MAX_BLOB};
use ergon_primitives::{blob::LEAF, BlobId, Codec};
use proptest::prelude::*;
use std::{
	fs,
	path::{Path, PathBuf},
	sync::Barrier,
	thread,
};
use tempfile::{tempdir, TempDir};

fn store() -> (TempDir, BlobStore) {
	let folder = tempdir().unwrap();
	let store = BlobStore::open(folder.path()).unwrap();
	(folder, store)
}

fn limited(max_blob: u64, max_total: u64) -> (TempDir, BlobStore) {
	let folder = tempdir().unwrap();
	let store = BlobStore::open_with(folder.path(), Options { max_blob, max_total }).unwrap();
	(folder, store)
}

/// Every regular file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
	let mut found = Vec::new();
	for entry in fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		match path.is_dir() {
			true => found.extend(files(&path)),
			false => found.push(path),
		}
	}
	found
}

fn file_of(folder: &TempDir, id: &BlobId) -> PathBuf {
	folder.path().join("blobs").join(format!("{:02x}", id.digest[0])).join(id.to_string())
}

#[test]
fn blob_should_come_back_under_its_name() {
	let (folder, store) = store();
	for bytes in [vec![], vec![7; 10], vec![1; LEAF], vec![2; LEAF + 1], vec![3; 3 * LEAF]] {
		let id = BlobId::of(&bytes);
		assert!(!store.has(&id).unwrap());
		assert_eq!(store.get(&id).unwrap(), None);
		assert_eq!(store.size(&id).unwrap(), None);

		assert_eq!(store.put(&bytes).unwrap(), id);
		assert!(store.has(&id).unwrap());
		assert_eq!(store.size(&id).unwrap(), Some(bytes.len() as u64));
		assert_eq!(store.get(&id).unwrap(), Some(bytes));
		assert!(file_of(&folder, &id).is_file());
	}
	assert_eq!(store.used(), 10 + 5 * LEAF as u64 + 1);
}

#[test]
fn blobs_should_outlive_the_store() {
	let (folder, store) = store();
	let id = store.put(b"kept").unwrap();
	drop(store);
	let store = BlobStore::open(folder.path()).unwrap();
	assert_eq!(store.get(&id).unwrap().as_deref(), Some(&b"kept"[..]));
	assert_eq!(store.used(), 4);
}

#[test]
fn put_should_be_idempotent() {
	let (folder, store) = store();
	for _ in 0..3 {
		store.put(b"again").unwrap();
		store.put_as(BlobId::of(b"again"), b"again").unwrap();
		store.writer().unwrap().write(b"aga").unwrap().write(b"in").unwrap().finish().unwrap();
	}
	assert_eq!(files(folder.path()).len(), 1);
	assert_eq!(store.used(), 5);
}

#[test]
fn put_as_should_refuse_other_bytes() {
	let (folder, store) = store();
	let expected = BlobId::of(b"right");
	let found = BlobId::of(b"wrong");
	let is_mismatch =
		|error| matches!(error, BlobError::Mismatch { expected: e, found: f } if e == expected && f == found);
	assert!(is_mismatch(store.put_as(expected, b"wrong").unwrap_err()));
	let writer = store.writer().unwrap().write(b"wrong").unwrap();
	assert!(is_mismatch(writer.finish_as(expected).unwrap_err()));
	// The same digest under the other codec is another name.
	let other = BlobId { codec: Codec::DagPb, ..expected };
	assert!(store.put_as(other, b"right").is_err());
	assert!(files(folder.path()).is_empty());
	assert_eq!(store.used(), 0);
}

#[test]
fn unfinished_blob_should_leave_nothing() {
	let (folder, store) = store();
	let writer = store.writer().unwrap().write(b"half of it").unwrap();
	assert_eq!(store.used(), 10);
	assert_eq!(files(folder.path()).len(), 1);
	drop(writer);
	assert_eq!(store.used(), 0);
	assert!(files(folder.path()).is_empty());
}

#[test]
fn crash_in_the_middle_should_be_cleared_away() {
	let (folder, store) = store();
	let kept = store.put(b"whole").unwrap();
	// What a process that is killed leaves: a file on its way in, never dropped.
	std::mem::forget(store.writer().unwrap().write(b"half of").unwrap());
	assert_eq!(files(&folder.path().join("tmp")).len(), 1);
	drop(store);

	let store = BlobStore::open(folder.path()).unwrap();
	assert!(files(&folder.path().join("tmp")).is_empty());
	assert_eq!(store.used(), 5);
	assert!(store.get(&kept).unwrap().is_some());
}

#[test]
fn corrupt_blob_should_be_dropped_and_reported_missing() {
	let (folder, store) = store();
	let spoils: [fn(&Path); 4] = [
		|path| fs::write(path, b"evil bytes").unwrap(),
		|path| fs::write(path, b"").unwrap(),
		|path| fs::write(path, [b'x'; 100]).unwrap(),
		// Larger than any blob: found without reading it.
		|path| fs::File::create(path).unwrap().set_len(MAX_BLOB + 1).unwrap(),
	];
	for spoil in spoils {
		let id = store.put(b"good bytes").unwrap();
		spoil(&file_of(&folder, &id));
		assert_eq!(store.get(&id).unwrap(), None);
		assert!(!file_of(&folder, &id).exists());
		assert!(!store.has(&id).unwrap());

		assert_eq!(store.put(b"good bytes").unwrap(), id);
		assert_eq!(store.get(&id).unwrap().as_deref(), Some(&b"good bytes"[..]));
		fs::remove_file(file_of(&folder, &id)).unwrap();
	}
}

#[test]
fn put_should_heal_a_corrupt_blob() {
	let (folder, store) = store();
	let id = store.put(b"good bytes").unwrap();
	// The same length, so that the size does not give it away.
	fs::write(file_of(&folder, &id), b"evil bytes").unwrap();
	store.put(b"good bytes").unwrap();
	assert_eq!(store.get(&id).unwrap().as_deref(), Some(&b"good bytes"[..]));

	fs::write(file_of(&folder, &id), b"evil bytes").unwrap();
	store.writer().unwrap().write(b"good bytes").unwrap().finish_as(id).unwrap();
	assert_eq!(store.get(&id).unwrap().as_deref(), Some(&b"good bytes"[..]));
	assert_eq!(store.used(), 10);
}

#[test]
fn oversized_blob_should_be_refused() {
	let (folder, store) = limited(100, 1000);
	assert!(store.put(&[0; 100]).is_ok());
	assert!(matches!(store.put(&[0; 101]), Err(BlobError::TooLarge { limit: 100 })));
	assert!(matches!(store.put_as(BlobId::of(b""), &[0; 101]), Err(BlobError::TooLarge { .. })));
	let writer = store.writer().unwrap().write(&[0; 100]).unwrap();
	assert!(matches!(writer.write(&[0]), Err(BlobError::TooLarge { limit: 100 })));
	assert_eq!(store.used(), 100);
	assert_eq!(files(folder.path()).len(), 1);

	let (_folder, store) = limited(u64::MAX, u64::MAX);
	assert_eq!(store.options().max_blob, MAX_BLOB);
}

#[test]
fn full_store_should_refuse_and_stay_usable() {
	let (folder, store) = limited(100, 150);
	let first = store.put(&[1; 100]).unwrap();
	let error = store.put(&[2; 51]).unwrap_err();
	assert!(matches!(error, BlobError::Full { used: 100, needed: 51, max_total: 150 }), "{error}");
	assert!(error.is_full() && !error.is_refusal());
	assert_eq!(files(folder.path()).len(), 1);

	// What is there already needs no room, and what fits is taken.
	assert_eq!(store.put(&[1; 100]).unwrap(), first);
	store.put(&[2; 50]).unwrap();
	assert_eq!(store.used(), 150);
	assert!(store.put(&[3; 1]).unwrap_err().is_full());
	// The empty blob always does.
	store.put(&[]).unwrap();

	// A limit below what is there: readable, and closed.
	drop(store);
	let store = BlobStore::open_with(folder.path(), Options { max_blob: 100, max_total: 10 }).unwrap();
	assert!(store.get(&first).unwrap().is_some());
	assert!(store.put(&[3; 1]).unwrap_err().is_full());
}

#[test]
fn concurrent_puts_of_one_blob_should_all_succeed() {
	const THREADS: usize = 8;
	let (folder, store) = store();
	let bytes = vec![5; LEAF + 100];
	let start = Barrier::new(THREADS);
	thread::scope(|scope| {
		for thread in 0..THREADS {
			let (store, bytes, start) = (&store, &bytes, &start);
			scope.spawn(move || {
				start.wait();
				for _ in 0..5 {
					let id = match thread % 2 {
						0 => store.put(bytes).unwrap(),
						_ => store.writer().unwrap().write(bytes).unwrap().finish().unwrap(),
					};
					assert_eq!(store.get(&id).unwrap().as_ref(), Some(bytes));
				}
			});
		}
	});
	assert_eq!(files(folder.path()).len(), 1);
	assert_eq!(store.used(), bytes.len() as u64);
}

#[test]
fn concurrent_puts_should_never_pass_the_limit() {
	let (folder, store) = limited(100, 1000);
	thread::scope(|scope| {
		for thread in 0..8u8 {
			let store = &store;
			scope.spawn(move || {
				for i in 0..8u8 {
					match store.put(&[thread * 8 + i; 100]) {
						Ok(_) => {},
						Err(error) => assert!(error.is_full(), "{error}"),
					}
				}
			});
		}
	});
	let stored = files(folder.path()).len() as u64 * 100;
	assert_eq!(store.used(), stored);
	assert!(stored <= 1000);
	assert!(stored > 0);
}

#[test]
fn foreign_files_should_be_left_alone() {
	let (folder, store) = store();
	let id = store.put(b"ours").unwrap();
	let strangers = [
		folder.path().join("blobs/README"),
		file_of(&folder, &id).with_file_name("notes.txt"),
		// A right name in the wrong folder.
		folder.path().join("blobs").join(format!("{:02x}", id.digest[0] ^ 1)).join(id.to_string()),
	];
	for path in &strangers {
		fs::write(path, b"not ours").unwrap();
	}
	drop(store);
	let store = BlobStore::open(folder.path()).unwrap();
	assert_eq!(store.used(), 4);
	assert!(strangers.iter().all(|path| path.exists()));
}

#[test]
fn errors_should_name_the_path() {
	let folder = tempdir().unwrap();
	let file = folder.path().join("a-file");
	fs::write(&file, b"").unwrap();
	let error = BlobStore::open(&file).unwrap_err().to_string();
	assert!(error.contains("a-file") && error.contains("create the folder"), "{error}");

	let store = BlobStore::open(folder.path().join("store")).unwrap();
	fs::remove_dir_all(folder.path().join("store/tmp")).unwrap();
	let error = store.put(b"x").unwrap_err();
	assert!(matches!(&error, BlobError::Io { path, .. } if path.ends_with("store/tmp")), "{error:?}");
	assert!(error.to_string().contains("store/tmp"), "{error}");
	assert_eq!(store.used(), 0);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn pieces_should_not_matter(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..12)) {
		let (_folder, store) = store();
		let mut writer = store.writer().unwrap();
		for piece in &pieces {
			writer = writer.write(piece).unwrap();
		}
		let id = writer.finish().unwrap();
		let whole = pieces.concat();
		prop_assert_eq!(id, BlobId::of(&whole));
		prop_assert_eq!(store.get(&id).unwrap(), Some(whole.clone()));
		prop_assert_eq!(store.used(), whole.len() as u64);
	}
}
