//! What the store is told and what it tells.

use crate::MAX_BLOB;
use ergon_primitives::{BlobId, JobId};
use std::time::Duration;

/// The bounds of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
	/// The most bytes on disk, each file rounded up to 4 KiB.
	pub quota: u64,
	/// The most of them for blobs that no job refers to. It binds only once the store has [`References`].
	pub loose_quota: u64,
	/// How long a blob that no job refers to is kept while there is room. What is needed for others goes earlier, the
	/// oldest first.
	pub grace: Duration,
	/// The most bytes of one blob; at most [`MAX_BLOB`].
	pub max_blob: u64,
}

impl Default for Options {
	/// 10 GiB, 1 GiB of it loose for at least an hour, blobs of at most [`MAX_BLOB`].
	fn default() -> Self {
		Self { quota: 10 << 30, loose_quota: 1 << 30, grace: Duration::from_secs(3600), max_blob: MAX_BLOB }
	}
}

/// Why a blob is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
	/// For nobody in particular: for the grace, while there is room.
	Loose,
	/// For a job, as long as the chain has it.
	Job(JobId),
}

impl Hold {
	/// The job, if it is for one.
	pub fn job(self) -> Option<JobId> {
		match self {
			Self::Loose => None,
			Self::Job(job) => Some(job),
		}
	}
}

/// What the chain says about blobs. Asked on threads for blocking work, before anything is evicted.
pub trait References: Send + Sync {
	/// Whether the chain has that job.
	fn job_exists(&self, job: JobId) -> Result<bool, String>;

	/// Calls `visit` with each blob that a job on chain names, and says whether that blob is a manifest: a SCALE
	/// `Vec<BlobId>` whose blobs are kept too. The same blob may be named any number of times.
	fn visit(&self, visit: &mut dyn FnMut(BlobId, bool)) -> Result<(), String>;
}

/// What the store knows of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
	/// The bytes of its content; 0 while not even its root is here.
	pub size: u64,
	/// Whether all of them are here.
	pub whole: bool,
	/// How many of them are here.
	pub have: u64,
}

/// How full the store is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
	/// Bytes on disk, each file rounded up to 4 KiB, those on their way in included.
	pub bytes: u64,
	/// Bytes of the blobs that no job refers to, counted as if they shared no block.
	pub loose_bytes: u64,
	/// Whole blobs.
	pub blobs: u64,
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
	/// Blobs.
	pub blobs: u64,
	/// Bytes on disk.
	pub bytes: u64,
}
