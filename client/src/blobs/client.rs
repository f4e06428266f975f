//! What a client does with its node's blobs.

use super::{BlobError, BlobStatus, BlobsInfo, Get, Got, Holders, Put, Spread};
use crate::Client;
use bytes::Bytes;
use ergon_primitives::{BlobId, JobId};
use std::{io::Write, path::Path, time::Duration};

impl Client {
	/// Stores bytes at the node and gives their name, which is computed here and compared with the node's answer.
	pub async fn put_blob(&self, bytes: Vec<u8>) -> Result<BlobId, BlobError> {
		self.put_blob_with(bytes.into(), &Put::default()).await
	}

	/// The same, for a job, or with somebody who is told how far it is.
	pub async fn put_blob_with(&self, bytes: Bytes, put: &Put) -> Result<BlobId, BlobError> {
		self.inner.blobs.put(bytes, put).await
	}

	/// Stores a file at the node, read twice and never whole in memory where it goes over HTTP; gives name and length. A
	/// file that changes meanwhile is an error.
	pub async fn put_blob_file(&self, path: &Path, put: &Put) -> Result<(BlobId, u64), BlobError> {
		self.inner.blobs.put_file(path, put).await
	}

	/// Fetches a blob into memory, `None` if the node does not have it and cannot get it. The bytes are checked against
	/// the name.
	pub async fn get_blob(&self, id: BlobId) -> Result<Option<Vec<u8>>, BlobError> {
		match self.get_blob_with(id, &Get::default()).await {
			Ok((bytes, _)) => Ok(Some(bytes)),
			Err(BlobError::Missing(_)) => Ok(None),
			Err(error) => Err(error),
		}
	}

	/// Fetches a blob into memory. The bytes are checked against the name.
	pub async fn get_blob_with(&self, id: BlobId, get: &Get) -> Result<(Vec<u8>, Got), BlobError> {
		let mut bytes = Vec::new();
		let got = self.get_blob_into(id, &mut bytes, get).await?;
		Ok((bytes, got))
	}

	/// Fetches a blob into a file, which appears whole and checked or not at all; what was there before is replaced.
	pub async fn get_blob_to(&self, id: BlobId, path: &Path, get: &Get) -> Result<Got, BlobError> {
		self.inner.blobs.get_to(id, path, get).await
	}

	/// Fetches a blob and writes it as it comes, checked only when the last byte was written: on an error, what was
	/// written is to be thrown away. A transfer that breaks goes on where it broke.
	pub async fn get_blob_into(
		&self,
		id: BlobId,
		out: &mut (dyn Write + Send),
		get: &Get,
	) -> Result<Got, BlobError> {
		self.inner.blobs.get(id, out, get).await
	}

	/// What the node says of its blobs; `None` from one of a release that does not say.
	pub async fn blobs_info(&self) -> Result<Option<BlobsInfo>, BlobError> {
		self.inner.blobs.info().await
	}

	/// Whether the node has a blob, whole.
	pub async fn has_blob(&self, id: BlobId) -> Result<bool, BlobError> {
		self.inner.blobs.has(id).await
	}

	/// How much of a blob the node has, and whether it is fetching it.
	pub async fn blob_status(&self, id: BlobId) -> Result<BlobStatus, BlobError> {
		self.inner.blobs.status(id).await
	}

	/// Who has a blob: the node, and those of its peers and of the blob's announced holders that answer within so long.
	pub async fn find_blob(&self, id: BlobId, within: Duration) -> Result<Holders, BlobError> {
		self.inner.blobs.find(id, within).await
	}

	/// Has the node see to it that another full node holds a blob of this job. A node of a release that cannot do that
	/// counts as one without peers.
	pub async fn spread_blob(&self, id: BlobId, job: JobId) -> Result<Spread, BlobError> {
		self.inner.blobs.spread(id, job).await
	}
}
