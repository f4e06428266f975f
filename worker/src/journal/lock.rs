//! One key, one process.

use super::JournalError;
use std::{
	fs::{DirBuilder, File, TryLockError},
	path::{Path, PathBuf},
};

/// The lock on a journal's folder. The operating system gives it back when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
	folder: PathBuf,
	_file: File,
}

impl Lock {
	/// Makes the folder if it is not there, and takes it.
	pub fn take(folder: &Path) -> Result<Self, JournalError> {
		let mut builder = DirBuilder::new();
		builder.recursive(true);
		// Salts are secrets until they are revealed: whoever reads them could copy results.
		#[cfg(unix)]
		std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
		builder.create(folder).map_err(JournalError::io("creating", folder))?;
		sync_folder(folder)?;
		let path = folder.join("lock");
		let file = File::options()
			.create(true)
			.truncate(false)
			.write(true)
			.open(&path)
			.map_err(JournalError::io("opening", &path))?;
		match file.try_lock() {
			Ok(()) => Ok(Self { folder: folder.to_owned(), _file: file }),
			Err(TryLockError::WouldBlock) => Err(JournalError::Locked(folder.to_owned())),
			Err(TryLockError::Error(error)) => Err(JournalError::io("locking", &path)(error)),
		}
	}

	/// The locked folder.
	pub fn folder(&self) -> &Path {
		&self.folder
	}
}

/// Puts the entry of `path` in its folder on the disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), JournalError> {
	let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
	File::open(folder).and_then(|folder| folder.sync_all()).map_err(JournalError::io("flushing", folder))
}
