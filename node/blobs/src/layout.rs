//! Where things are on disk, and how they get there durably. Names are made of [`BlobId`]s and numbers only.

use crate::BlobError;
use ergon_primitives::BlobId;
use rustix::fs::{flock, FlockOperation};
use std::{
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
	sync::atomic::{AtomicU64, Ordering::Relaxed},
};
use tracing::warn;

/// The folders of a store, which no other process may use while this lives.
#[derive(Debug)]
pub(crate) struct Layout {
	root: PathBuf,
	blocks: PathBuf,
	temporary: PathBuf,
	next: AtomicU64,
	/// Locked as long as it is open.
	_lock: File,
}

impl Layout {
	/// Makes the folders where they are missing, and removes what an interrupted write left behind.
	pub(crate) fn prepare(path: &Path) -> Result<Self, BlobError> {
		make_folder(path)?;
		let lock = lock(path)?;
		let layout = Self {
			root: path.into(),
			blocks: path.join("blocks"),
			temporary: path.join("tmp"),
			next: AtomicU64::new(0),
			_lock: lock,
		};
		make_folder(&layout.temporary)?;
		for shard in 0..=u8::MAX {
			make_folder(&layout.shard(shard))?;
		}
		sync_folder(&layout.blocks)?;
		sync_folder(path)?;
		layout.remove_leftovers()?;
		if path.join("blobs").exists() {
			warn!(folder = %path.join("blobs").display(), "blobs of an older version of the store; they are not read, and may be removed");
		}
		Ok(layout)
	}

	/// The file that says which blobs there are.
	pub(crate) fn log(&self) -> PathBuf {
		self.root.join("roots")
	}

	/// The folder of everything.
	pub(crate) fn root(&self) -> &Path {
		&self.root
	}

	/// A folder of blocks: by the digest's first byte, so that none of the 256 grows too long.
	pub(crate) fn shard(&self, byte: u8) -> PathBuf {
		self.blocks.join(hex::encode([byte]))
	}

	/// The file of a block.
	pub(crate) fn block(&self, id: &BlobId) -> PathBuf {
		let mut path = self.shard(id.digest[0]);
		path.push(id.to_string());
		path
	}

	/// A new file for bytes that have no name yet.
	pub(crate) fn temporary(&self) -> Result<Temporary, BlobError> {
		let path = self.temporary.join(self.next.fetch_add(1, Relaxed).to_string());
		let file = OpenOptions::new()
			.write(true)
			.create_new(true)
			.open(&path)
			.map_err(BlobError::io("create", &path))?;
		Ok(Temporary { file, path, placed: false })
	}

	/// Makes what was renamed into folders of blocks survive a power cut.
	pub(crate) fn sync(&self, shards: &Shards) -> Result<(), BlobError> {
		shards.iter().try_for_each(|shard| sync_folder(&self.shard(shard)))
	}

	/// Calls `visit` with each block's name in a folder. Files that cannot be blocks are left alone; how many is the answer.
	pub(crate) fn list(&self, shard: u8, visit: &mut dyn FnMut(BlobId)) -> Result<u64, BlobError> {
		let folder = self.shard(shard);
		let failed = || BlobError::io("list the folder", &folder);
		let mut foreign = 0;
		for entry in fs::read_dir(&folder).map_err(failed())? {
			let entry = entry.map_err(failed())?;
			let id = entry.file_name().to_str().and_then(|name| name.parse::<BlobId>().ok());
			match id.filter(|id| id.digest[0] == shard) {
				Some(id) if entry.file_type().map_err(failed())?.is_file() => visit(id),
				_ => foreign += 1,
			}
		}
		Ok(foreign)
	}

	fn remove_leftovers(&self) -> Result<(), BlobError> {
		let failed = || BlobError::io("list the folder", &self.temporary);
		for entry in fs::read_dir(&self.temporary).map_err(failed())? {
			let entry = entry.map_err(failed())?;
			// A folder is nothing that this store made.
			if !entry.file_type().map_err(failed())?.is_dir() {
				let path = entry.path();
				fs::remove_file(&path).map_err(BlobError::io("remove the leftover", &path))?;
			}
		}
		Ok(())
	}
}

fn lock(path: &Path) -> Result<File, BlobError> {
	let name = path.join("lock");
	let file = OpenOptions::new()
		.write(true)
		.create(true)
		.truncate(false)
		.open(&name)
		.map_err(BlobError::io("open", &name))?;
	match flock(&file, FlockOperation::NonBlockingLockExclusive) {
		Ok(()) => Ok(file),
		Err(rustix::io::Errno::WOULDBLOCK) => Err(BlobError::Locked { path: path.into() }),
		Err(error) => Err(BlobError::io("lock", &name)(error.into())),
	}
}

/// A file on its way in; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Temporary {
	file: File,
	path: PathBuf,
	placed: bool,
}

impl Temporary {
	pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
		self.file.write_all(bytes).map_err(BlobError::io("write", &self.path))
	}

	/// Puts the file on disk, then under its name. The name survives a power cut once its folder has been synced.
	pub(crate) fn place(mut self, name: &Path) -> Result<(), BlobError> {
		self.file.sync_data().map_err(BlobError::io("sync", &self.path))?;
		fs::rename(&self.path, name).map_err(BlobError::io("name the block", name))?;
		self.placed = true;
		Ok(())
	}
}

impl Drop for Temporary {
	fn drop(&mut self) {
		if !self.placed {
			if let Err(error) = fs::remove_file(&self.path) {
				warn!(file = %self.path.display(), %error, "a temporary file stays until the next start");
			}
		}
	}
}

/// Some of the 256 folders of blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shards([u128; 2]);

impl Shards {
	pub(crate) fn all() -> Self {
		Self([u128::MAX; 2])
	}

	pub(crate) fn add(&mut self, id: &BlobId) {
		let byte = id.digest[0];
		self.0[usize::from(byte >> 7)] |= 1 << (byte & 0x7f);
	}

	pub(crate) fn join(&mut self, other: Self) {
		self.0[0] |= other.0[0];
		self.0[1] |= other.0[1];
	}

	fn iter(&self) -> impl Iterator<Item = u8> + '_ {
		(0..=u8::MAX).filter(|byte| self.0[usize::from(byte >> 7)] >> (byte & 0x7f) & 1 == 1)
	}
}

/// Removes a file; one that is not there is none.
pub(crate) fn remove(path: &Path) -> Result<(), BlobError> {
	match fs::remove_file(path) {
		Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BlobError::io("remove", path)(error)),
		_ => Ok(()),
	}
}

/// Makes what was created, renamed or removed in a folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), BlobError> {
	File::open(folder).and_then(|folder| folder.sync_all()).map_err(BlobError::io("sync the folder", folder))
}

fn make_folder(folder: &Path) -> Result<(), BlobError> {
	fs::create_dir_all(folder).map_err(BlobError::io("create the folder", folder))
}
