//! Blobs to and from the node's store; what comes back is checked against its name.

use crate::{BlobError, Client, QueryError};
use base64::{prelude::BASE64_STANDARD, Engine};
use ergon_primitives::BlobId;
use subxt::rpcs::{client::RpcParams, rpc_params};

/// The most bytes that a node takes or gives in one request.
pub const MAX_RPC_BLOB: usize = 10 << 20;

impl Client {
	/// Stores bytes at the node and gives their name, which is computed here and compared with the node's answer.
	pub async fn put_blob(&self, bytes: Vec<u8>) -> Result<BlobId, BlobError> {
		if bytes.len() > MAX_RPC_BLOB {
			return Err(BlobError::TooLarge { len: bytes.len(), max: MAX_RPC_BLOB });
		}
		let expected = BlobId::of(&bytes);
		let text = BASE64_STANDARD.encode(&bytes);
		drop(bytes);
		let got: String = self.blob_request("compute_putBlob", rpc_params![text]).await?;
		if got == expected.to_string() {
			Ok(expected)
		} else {
			Err(BlobError::WrongName { url: self.inner.url.clone(), expected, got })
		}
	}

	/// Fetches a blob, `None` if the node does not have it and cannot get it. The bytes are checked against the name.
	pub async fn get_blob(&self, id: BlobId) -> Result<Option<Vec<u8>>, BlobError> {
		let text: Option<String> = self.blob_request("compute_getBlob", rpc_params![id.to_string()]).await?;
		let wrong = || BlobError::WrongBytes { url: self.inner.url.clone(), id };
		let Some(text) = text else { return Ok(None) };
		let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong())?;
		if BlobId::of(&bytes) == id {
			Ok(Some(bytes))
		} else {
			Err(wrong())
		}
	}

	/// Whether the node has a blob.
	pub async fn has_blob(&self, id: BlobId) -> Result<bool, BlobError> {
		Ok(self.blob_request("compute_hasBlob", rpc_params![id.to_string()]).await?)
	}

	async fn blob_request<T: serde::de::DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<T, QueryError> {
		let answer = self.inner.rpc.request(method, params).await;
		answer.map_err(|e| QueryError::of_rpc(method, &self.inner.url, e))
	}
}
