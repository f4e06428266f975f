//! Results on this machine's disk, to give them to the node again should it lose them.

use ergon_primitives::BlobId;
use std::{
	collections::BTreeMap,
	fs, io,
	path::{Path, PathBuf},
	sync::{Arc, Mutex, PoisonError},
	time::SystemTime,
};

/// Why there is no shelf.
#[derive(Debug, thiserror::Error)]
#[error("{action} {path}: {source}; the folder for outputs must be one that the worker can read and write")]
pub struct ShelfError {
	action: &'static str,
	path: PathBuf,
	source: io::Error,
}

/// A folder with one file for each blob, named as the blob; at most so many bytes, what was put there first goes first.
/// A cache: a crash or a disk's fault can lose or spoil a file, which is found out on reading. Clones share it.
#[derive(Clone, Debug)]
pub struct Shelf {
	inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
	folder: PathBuf,
	quota: u64,
	index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
	/// By the order in which they came.
	order: BTreeMap<u64, (BlobId, u64)>,
	places: BTreeMap<BlobId, u64>,
	next: u64,
	bytes: u64,
}

impl Index {
	fn add(&mut self, id: BlobId, len: u64) {
		self.remove(&id);
		self.order.insert(self.next, (id, len));
		self.places.insert(id, self.next);
		self.next += 1;
		self.bytes += len;
	}

	fn remove(&mut self, id: &BlobId) {
		if let Some((_, len)) = self.places.remove(id).and_then(|place| self.order.remove(&place)) {
			self.bytes -= len;
		}
	}
}

impl Shelf {
	/// Opens the folder, or makes it; what does not belong there or is beyond the quota is removed.
	pub fn open(folder: &Path, quota: u64) -> Result<Self, ShelfError> {
		let failed = |action| {
			let path = folder.to_owned();
			move |source| ShelfError { action, path, source }
		};
		fs::create_dir_all(folder).map_err(failed("making the folder"))?;
		let mut found = Vec::new();
		for entry in fs::read_dir(folder).map_err(failed("listing"))? {
			let entry = entry.map_err(failed("listing"))?;
			let name = entry.file_name();
			let id = name.to_str().and_then(|name| name.parse::<BlobId>().ok());
			match (id, entry.metadata()) {
				(Some(id), Ok(meta)) if meta.is_file() => {
					found.push((meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), id, meta.len()));
				},
				// A part that a crash has left.
				_ if name.to_str().is_some_and(|name| name.ends_with(".part")) => {
					let _ = fs::remove_file(entry.path());
				},
				_ => {},
			}
		}
		found.sort();
		let mut index = Index::default();
		for (_, id, len) in found {
			index.add(id, len);
		}
		let inner = Inner { folder: folder.to_owned(), quota, index: Mutex::new(index) };
		let shelf = Self { inner: Arc::new(inner) };
		shelf.make_room(0);
		Ok(shelf)
	}

	/// Puts a blob there. What does not fit at all is not kept. Blocks.
	pub fn put(&self, id: BlobId, bytes: &[u8]) -> io::Result<()> {
		let len = bytes.len() as u64;
		if len > self.inner.quota {
			return Ok(());
		}
		if self.index(|index| index.places.contains_key(&id)) {
			return Ok(());
		}
		self.make_room(len);
		let path = self.path(&id);
		// Two shards with the same output may come at once.
		let part = path.with_extension(format!("{:?}.part", std::thread::current().id()));
		let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path));
		if written.is_err() {
			let _ = fs::remove_file(&part);
			return written;
		}
		self.index(|index| index.add(id, len));
		Ok(())
	}

	/// A blob, checked against its name; one that is spoiled is removed. Blocks.
	pub fn get(&self, id: BlobId) -> Option<Vec<u8>> {
		self.index(|index| index.places.get(&id).copied())?;
		match fs::read(self.path(&id)) {
			Ok(bytes) if BlobId::of(&bytes) == id => Some(bytes),
			_ => {
				self.drop(&id);
				None
			},
		}
	}

	fn make_room(&self, len: u64) {
		loop {
			let oldest = self.index(|index| {
				let over = index.bytes.saturating_add(len) > self.inner.quota;
				index.order.first_key_value().filter(|_| over).map(|(_, (id, _))| *id)
			});
			match oldest {
				Some(id) => self.drop(&id),
				None => return,
			}
		}
	}

	fn drop(&self, id: &BlobId) {
		// One that cannot be removed is not there any more as far as this process is concerned.
		let _ = fs::remove_file(self.path(id));
		self.index(|index| index.remove(id));
	}

	fn path(&self, id: &BlobId) -> PathBuf {
		self.inner.folder.join(id.to_string())
	}

	fn index<T>(&self, f: impl FnOnce(&mut Index) -> T) -> T {
		f(&mut self.inner.index.lock().unwrap_or_else(PoisonError::into_inner))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_was_put_should_be_there_after_a_restart_the_oldest_going_first() {
		let folder = tempfile::tempdir().unwrap();
		let [a, b, c] = [b"aaaa", b"bbbb", b"cccc"].map(|bytes| (BlobId::of(bytes), bytes));
		let shelf = Shelf::open(folder.path(), 8).unwrap();
		shelf.put(a.0, a.1).unwrap();
		shelf.put(b.0, b.1).unwrap();
		shelf.put(a.0, a.1).unwrap();
		assert_eq!(shelf.get(a.0).as_deref(), Some(&a.1[..]));
		shelf.put(c.0, c.1).unwrap();
		assert_eq!(shelf.get(a.0), None, "the oldest");
		fs::write(folder.path().join("x.part"), "left by a crash").unwrap();
		drop(shelf);
		let shelf = Shelf::open(folder.path(), 8).unwrap();
		assert_eq!(shelf.get(b.0).as_deref(), Some(&b.1[..]));
		assert_eq!(shelf.get(c.0).as_deref(), Some(&c.1[..]));
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
		drop(shelf);
		Shelf::open(folder.path(), 4).unwrap();
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a smaller quota");
	}

	#[test]
	fn what_is_spoiled_or_too_large_should_not_be_there() {
		let folder = tempfile::tempdir().unwrap();
		let shelf = Shelf::open(folder.path(), 8).unwrap();
		let id = BlobId::of(b"aaaa");
		shelf.put(id, b"aaaa").unwrap();
		fs::write(folder.path().join(id.to_string()), "aaab").unwrap();
		assert_eq!(shelf.get(id), None);
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
		shelf.put(id, b"aaaa").unwrap();
		assert!(shelf.get(id).is_some());
		let large = BlobId::of(b"123456789");
		shelf.put(large, b"123456789").unwrap();
		assert_eq!(shelf.get(large), None);
		assert!(shelf.get(id).is_some(), "nothing made room for it");
	}
}
