//! Blobs over JSON-RPC: small ones, and questions about them.

use super::{BlobError, Blobs, Missing, Verifier};
use crate::QueryError;
use base64::{prelude::BASE64_STANDARD, Engine};
use ergon_primitives::{BlobId, JobId};
use std::time::{Duration, Instant};
use subxt::rpcs::{client::RpcParams, rpc_params};

/// The most bytes that a node takes or gives in one request.
pub const MAX_RPC_BLOB: usize = 10 << 20;
/// How long a node is let search in one request: below the time limit of requests.
const LONGEST_SEARCH: Duration = Duration::from_secs(40);
/// JSON-RPC's code for a method that the node does not have.
const NO_SUCH_METHOD: i32 = -32601;
/// The node's code for a blob that is too large for JSON-RPC.
const TOO_LARGE: i32 = 8002;

/// What a node says of its blobs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobsInfo {
	/// Where its HTTP listens, as `ADDRESS:PORT`; `None` where it serves none.
	pub http: Option<String>,
	/// The most bytes of a blob.
	pub max_blob: u64,
	/// The most bytes of a blob over JSON-RPC.
	pub max_rpc_blob: u64,
	/// Bytes that it holds.
	pub bytes: u64,
	/// Blobs that it holds.
	pub blobs: u64,
}

/// How much of a blob a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct BlobStatus {
	/// Whether it has it whole.
	pub here: bool,
	/// Bytes of it that are there.
	pub have: u64,
	/// Its length, where the node knows it.
	pub total: Option<u64>,
	/// Whether it is fetching it from others now.
	pub fetching: bool,
}

/// One of a node's peers, and whether it has a blob.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Holder {
	/// Its name in the network.
	pub peer: String,
	/// Whether it has the blob; `None` where it did not answer.
	pub has: Option<bool>,
}

/// Who has a blob.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Holders {
	/// Whether the node has it whole.
	pub here: bool,
	/// Those that it asked.
	pub peers: Vec<Holder>,
}

/// How far a blob is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Spread {
	/// Full nodes that the node is connected to.
	pub peers: u32,
	/// Those of them that are known to hold the blob whole.
	pub others: u32,
}

impl Blobs {
	pub async fn info(&self) -> Result<Option<BlobsInfo>, BlobError> {
		optional(self.request("compute_blobs", rpc_params![]).await)
	}

	pub async fn has(&self, id: BlobId) -> Result<bool, BlobError> {
		Ok(self.request("compute_hasBlob", rpc_params![id.to_string()]).await?)
	}

	pub async fn status(&self, id: BlobId) -> Result<BlobStatus, BlobError> {
		Ok(self.request("compute_blobStatus", rpc_params![id.to_string()]).await?)
	}

	pub async fn find(&self, id: BlobId, within: Duration) -> Result<Holders, BlobError> {
		let seconds = within.min(LONGEST_SEARCH).as_secs().max(1);
		Ok(self.request("compute_findBlob", rpc_params![id.to_string(), seconds]).await?)
	}

	pub async fn spread(&self, id: BlobId, job: JobId) -> Result<Spread, BlobError> {
		let answer = self.request("compute_spreadBlob", rpc_params![id.to_string(), job]).await;
		Ok(optional(answer)?.unwrap_or(Spread { peers: 0, others: 0 }))
	}

	/// Stores small bytes, for a job where the node takes that from this side, and gives the name by which the node calls
	/// them.
	pub(super) async fn put_over_rpc(&self, bytes: &[u8], job: Option<JobId>) -> Result<String, BlobError> {
		let text = BASE64_STANDARD.encode(bytes);
		if let Some(job) = job {
			match self.request("compute_putBlob", rpc_params![&text, job]).await {
				Err(QueryError::Refused { .. }) => {},
				answer => return Ok(answer?),
			}
		}
		Ok(self.request("compute_putBlob", rpc_params![text]).await?)
	}

	/// Fetches a small blob; the node may search for it for so long. `Ok(false)`: it is too large for this way.
	pub(super) async fn get_over_rpc(
		&self,
		id: BlobId,
		verifier: &mut Verifier<'_>,
		patience: Duration,
	) -> Result<bool, BlobError> {
		let end = Instant::now() + patience;
		loop {
			let left = end.saturating_duration_since(Instant::now());
			let seconds = left.min(LONGEST_SEARCH).as_secs().max(1);
			let params = rpc_params![id.to_string(), seconds];
			let text: Option<String> = match self.request("compute_getBlob", params).await {
				Err(QueryError::Refused { code: TOO_LARGE, .. }) => return Ok(false),
				answer => answer?,
			};
			if let Some(text) = text {
				let wrong = || BlobError::WrongBytes { url: self.url.clone(), id };
				let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong())?;
				verifier.restart();
				verifier.expect(bytes.len() as u64)?;
				verifier.take(&bytes)?;
				return Ok(true);
			}
			if left <= LONGEST_SEARCH {
				let missing = Missing { id, url: self.url.clone(), asked: Vec::new(), deadline: None };
				return Err(BlobError::Missing(Box::new(missing)));
			}
			// A node without anybody to ask answers at once.
			tokio::time::sleep(Duration::from_secs(1)).await;
		}
	}

	async fn request<T: serde::de::DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<T, QueryError> {
		let answer = self.rpc.request(method, params).await;
		answer.map_err(|e| QueryError::of_rpc(method, &self.url, e))
	}
}

/// An answer that a node of an older release does not have.
fn optional<T>(answer: Result<T, QueryError>) -> Result<Option<T>, BlobError> {
	match answer {
		Ok(answer) => Ok(Some(answer)),
		Err(QueryError::Refused { code: NO_SUCH_METHOD, .. }) => Ok(None),
		Err(error) => Err(error.into()),
	}
}
