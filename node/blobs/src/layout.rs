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
		make_folder(&layout.blocks)?;
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

	/// The file of a block.
	pub(crate) fn block(&self, id: &BlobId) -> PathBuf {
		self.blocks.join(id.to_string())
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

	/// Makes the names of blocks survive a power cut.
	pub(crate) fn sync(&self) -> Result<(), BlobError> {
		sync_folder(&self.blocks)
	}

	/// Calls `visit` with the name of each block that there is a file of, and with `None` for each file that is no block.
	pub(crate) fn list(
		&self,
		visit: &mut dyn FnMut(Option<BlobId>) -> Result<(), BlobError>,
	) -> Result<(), BlobError> {
		let failed = || BlobError::io("list the folder", &self.blocks);
		for entry in fs::read_dir(&self.blocks).map_err(failed())? {
			let entry = entry.map_err(failed())?;
			let is_file = entry.file_type().map_err(failed())?.is_file();
			visit(entry.file_name().to_str().and_then(|name| name.parse().ok()).filter(|_| is_file))?;
		}
		Ok(())
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
