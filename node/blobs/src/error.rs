use ergon_primitives::BlobId;
use std::{
	io,
	path::{Path, PathBuf},
};

/// Why the store could not do what was asked. A blob that is not there is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
	/// The blob has more bytes than one may have.
	#[error("the blob has more than {limit} bytes, the most that one may have; split it")]
	TooLarge {
		/// The most that it may have.
		limit: u64,
	},
	/// The store would hold more than it may.
	#[error(
		"the blob store is full: {needed} more bytes do not fit beside the {used} of at most {max_total}; \
		 raise its limit or remove blobs while the node is stopped"
	)]
	Full {
		/// Bytes in the store, those on their way in included.
		used: u64,
		/// Bytes that were to be added.
		needed: u64,
		/// The store's limit.
		max_total: u64,
	},
	/// The bytes do not have the name that they were announced under.
	#[error("the bytes are not those of {expected}: their name is {found}")]
	Mismatch {
		/// The announced name.
		expected: BlobId,
		/// The name of the bytes.
		found: BlobId,
	},
	/// The file system has no room.
	#[error("no space left on the disk of {path}; free some and try again")]
	DiskFull {
		/// Where it was missing.
		path: PathBuf,
	},
	/// The file system refused.
	#[error("could not {action} {path}: {source}")]
	Io {
		/// What was tried.
		action: &'static str,
		/// On what.
		path: PathBuf,
		/// What the system said.
		source: io::Error,
	},
}

impl BlobError {
	/// Makes an error of what the system said when `action` was tried on `path`.
	pub(crate) fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
		move |source| match source.kind() {
			io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path: path.into() },
			_ => Self::Io { action, path: path.into(), source },
		}
	}

	/// Whether the blob itself is at fault, rather than the machine.
	pub fn is_refusal(&self) -> bool {
		matches!(self, Self::TooLarge { .. } | Self::Mismatch { .. })
	}

	/// Whether there is no room, in the store or on its disk.
	pub fn is_full(&self) -> bool {
		matches!(self, Self::Full { .. } | Self::DiskFull { .. })
	}
}
