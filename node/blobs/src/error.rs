use crate::DagError;
use ergon_primitives::BlobId;
use std::{
	io,
	path::{Path, PathBuf},
};

/// Why the store could not do what was asked. A blob that is not there is no error where the answer is an `Option`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
	/// The blob has more bytes than one may have.
	#[error("the blob has more than {limit} bytes, the most that one may have; split it")]
	TooLarge {
		/// The most that it may have.
		limit: u64,
	},
	/// The store would hold more than it may, and nothing in it may go. Bytes are those of files on disk, each rounded
	/// up to 4 KiB.
	#[error(
		"the blob store is full: {needed} more bytes do not fit beside the {used} of at most {limit}; \
		 raise the quota, or wait until jobs have ended"
	)]
	Full {
		/// Bytes in the store that count against the limit, those on their way in included.
		used: u64,
		/// Bytes that were to be added.
		needed: u64,
		/// The limit: the quota, or the part of it for what no job refers to.
		limit: u64,
	},
	/// The file system has no room.
	#[error("no space left on the disk of {path}; free some and try again")]
	DiskFull {
		/// Where it was missing.
		path: PathBuf,
	},
	/// The bytes do not have the name that they were announced under.
	#[error("the bytes are not those of {expected}: their name is {found}")]
	Mismatch {
		/// The announced name.
		expected: BlobId,
		/// The name of the bytes.
		found: BlobId,
	},
	/// A block on disk was not what its name says. It has been removed; the blob is a partial one now.
	#[error("block {block} of blob {blob} is damaged on disk; it was removed and must be fetched again")]
	Corrupt {
		/// The blob.
		blob: BlobId,
		/// The block: a leaf or a node of it, or the blob itself.
		block: BlobId,
	},
	/// The blob, or a block of it, is not here (any more).
	#[error("{0} is not in the blob store")]
	NotHere(BlobId),
	/// A block does not belong to the tree that is being fetched.
	#[error("{0} is no block that is missing here")]
	NotWanted(BlobId),
	/// The blocks form no tree that the store takes.
	#[error("{root} is no blob that this store takes: {why}")]
	BadDag {
		/// The root.
		root: BlobId,
		/// What is wrong.
		why: DagError,
	},
	/// Another process has the store open.
	#[error("another process uses the blob store in {path}; one at a time may")]
	Locked {
		/// The store's folder.
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
	/// The chain could not be asked what it refers to.
	#[error("the chain did not say which blobs it refers to: {0}")]
	Chain(String),
}

impl BlobError {
	/// Makes an error of what the system said when `action` was tried on `path`.
	pub(crate) fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
		move |source| match source.kind() {
			io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path: path.into() },
			_ => Self::Io { action, path: path.into(), source },
		}
	}

	/// The same failure of the machine once more, for each who waited for the same write.
	pub(crate) fn again(&self) -> Self {
		match self {
			Self::DiskFull { path } => Self::DiskFull { path: path.clone() },
			Self::Io { action, path, source } => Self::Io {
				action,
				path: path.clone(),
				source: source
					.raw_os_error()
					.map_or_else(|| source.kind().into(), io::Error::from_raw_os_error),
			},
			other => Self::Io {
				action: "write",
				path: PathBuf::new(),
				source: io::Error::other(other.to_string()),
			},
		}
	}

	/// Whether the blob itself is at fault, rather than the machine.
	pub fn is_refusal(&self) -> bool {
		matches!(
			self,
			Self::TooLarge { .. } | Self::Mismatch { .. } | Self::BadDag { .. } | Self::NotWanted(_)
		)
	}

	/// Whether there is no room, in the store or on its disk.
	pub fn is_full(&self) -> bool {
		matches!(self, Self::Full { .. } | Self::DiskFull { .. })
	}
}
