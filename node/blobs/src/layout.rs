//! Where things are on disk, and how they get there durably.

use crate::{BlobError, MAX_BLOB};
use ergon_primitives::BlobId;
use std::{
	ffi::OsStr,
	fs::{self, File},
	io,
	path::{Path, PathBuf},
};
use tracing::warn;

/// The folders of a store.
#[derive(Debug)]
pub(crate) struct Layout {
	blobs: PathBuf,
	temporary: PathBuf,
}

impl Layout {
	/// Makes the folders where they are missing, and removes what an interrupted put left behind.
	pub(crate) fn prepare(path: &Path) -> Result<Self, BlobError> {
		let layout = Self { blobs: path.join("blobs"), temporary: path.join("tmp") };
		make_folder(&layout.temporary)?;
		for byte in 0..=u8::MAX {
			make_folder(&layout.shard(byte))?;
		}
		sync_folder(&layout.blobs)?;
		sync_folder(path)?;
		layout.remove_leftovers()?;
		Ok(layout)
	}

	/// Where bytes are written before they have a name.
	pub(crate) fn temporary(&self) -> &Path {
		&self.temporary
	}

	/// The folder of a blob: by the digest's first byte, so that none of the 256 grows too long.
	pub(crate) fn folder(&self, id: &BlobId) -> PathBuf {
		self.shard(id.digest[0])
	}

	fn shard(&self, byte: u8) -> PathBuf {
		self.blobs.join(hex::encode([byte]))
	}

	/// The file of a blob.
	pub(crate) fn file(&self, id: &BlobId) -> PathBuf {
		self.folder(id).join(id.to_string())
	}

	/// The bytes of all blobs together. Files that cannot be blobs are left alone and not counted.
	pub(crate) fn total(&self) -> Result<u64, BlobError> {
		let mut total = 0u64;
		let mut foreign = 0u64;
		for folder in list(&self.blobs)? {
			if !folder.is_dir() {
				foreign += 1;
				continue;
			}
			for file in list(&folder)? {
				match self.size_of(&file)? {
					Some(size) => total = total.saturating_add(size),
					None => foreign += 1,
				}
			}
		}
		if foreign > 0 {
			warn!(folder = %self.blobs.display(), files = foreign, "the blob store has files that are no blobs; they are ignored");
		}
		Ok(total)
	}

	/// The size of a file if it lies where the blob of its name would.
	fn size_of(&self, file: &Path) -> Result<Option<u64>, BlobError> {
		let named = file.file_name().and_then(OsStr::to_str).and_then(|name| name.parse().ok());
		if named.is_none_or(|id| self.file(&id) != file) {
			return Ok(None);
		}
		let data = fs::symlink_metadata(file).map_err(BlobError::io("examine", file))?;
		Ok(data.is_file().then_some(data.len()))
	}

	fn remove_leftovers(&self) -> Result<(), BlobError> {
		for file in list(&self.temporary)? {
			// A folder is nothing that this store made.
			if file.is_dir() {
				continue;
			}
			fs::remove_file(&file).map_err(BlobError::io("remove the leftover", &file))?;
		}
		Ok(())
	}
}

/// The size of the regular file at `path`; `None` if there is nothing. A file that is larger than any blob, or no
/// regular file, is nothing too.
pub(crate) fn size(path: &Path) -> Result<Option<u64>, BlobError> {
	match fs::symlink_metadata(path) {
		Ok(data) => Ok((data.is_file() && data.len() <= MAX_BLOB).then_some(data.len())),
		Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
		Err(e) => Err(BlobError::io("examine", path)(e)),
	}
}

/// Makes what was created, renamed or removed in a folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), BlobError> {
	File::open(folder).and_then(|folder| folder.sync_all()).map_err(BlobError::io("sync the folder", folder))
}

fn make_folder(folder: &Path) -> Result<(), BlobError> {
	fs::create_dir_all(folder).map_err(BlobError::io("create the folder", folder))
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, BlobError> {
	fs::read_dir(folder)
		.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
		.map_err(BlobError::io("list the folder", folder))
}
