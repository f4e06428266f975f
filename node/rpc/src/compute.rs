use crate::{ComputeServer, Error};
use base64::{engine::general_purpose::STANDARD, Engine};
use ergon_blobs::{BlobStore, MAX_RPC_BLOB};
use ergon_primitives::{
	views::{Duty, JobView, ProviderView, Quote},
	BlobId, JobId, JobSpec,
};
use ergon_runtime_api::ComputeApi;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_runtime::{traits::Block as BlockT, AccountId32};
use std::{marker::PhantomData, sync::Arc};

/// The characters of base64 that [`MAX_RPC_BLOB`] bytes take.
const MAX_BASE64: usize = MAX_RPC_BLOB.div_ceil(3) * 4;

/// Answers `compute_*` from a client's runtime and a blob store.
pub struct Compute<C, Block> {
	client: Arc<C>,
	blobs: Arc<BlobStore>,
	block: PhantomData<fn() -> Block>,
}

impl<C, Block> Compute<C, Block> {
	/// Turn it into a module with `into_rpc` of [`ComputeServer`].
	pub fn new(client: Arc<C>, blobs: Arc<BlobStore>) -> Self {
		Self { client, blobs, block: PhantomData }
	}
}

impl<C, Block> Compute<C, Block>
where
	Block: BlockT,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
{
	/// Asks the runtime as of the best block.
	fn ask<T>(
		&self,
		question: impl FnOnce(ApiRef<'_, C::Api>, Block::Hash) -> Result<T, ApiError>,
	) -> Result<T, Error> {
		Ok(question(self.client.runtime_api(), self.client.info().best_hash)?)
	}
}

impl<C, Block> ComputeServer for Compute<C, Block>
where
	Block: BlockT,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: ComputeApi<Block, AccountId32>,
{
	fn put_blob(&self, base64: String) -> Result<BlobId, Error> {
		// Looked at before it is decoded: nobody makes the node allocate what it will refuse.
		if base64.len() > MAX_BASE64 {
			return Err(Error::TooLarge { limit: MAX_RPC_BLOB as u64 });
		}
		let bytes = STANDARD.decode(base64)?;
		if bytes.len() > MAX_RPC_BLOB {
			return Err(Error::TooLarge { limit: MAX_RPC_BLOB as u64 });
		}
		Ok(self.blobs.put(&bytes)?)
	}

	fn get_blob(&self, cid: String) -> Result<Option<String>, Error> {
		let id = cid.parse()?;
		if self.blobs.size(&id)?.is_some_and(|size| size > MAX_RPC_BLOB as u64) {
			return Err(Error::TooLarge { limit: MAX_RPC_BLOB as u64 });
		}
		Ok(self.blobs.get(&id)?.map(|bytes| STANDARD.encode(bytes)))
	}

	fn has_blob(&self, cid: String) -> Result<bool, Error> {
		Ok(self.blobs.has(&cid.parse()?)?)
	}

	fn quote(&self, spec: JobSpec) -> Result<Quote, Error> {
		Ok(self.ask(|api, at| api.quote(at, spec))??)
	}

	fn job(&self, id: JobId) -> Result<Option<JobView<AccountId32>>, Error> {
		self.ask(|api, at| api.job(at, id))
	}

	fn assignments(&self, worker: AccountId32) -> Result<Vec<Duty<AccountId32>>, Error> {
		self.ask(|api, at| api.assignments(at, worker))
	}

	fn provider(&self, stash: AccountId32) -> Result<Option<ProviderView<AccountId32>>, Error> {
		self.ask(|api, at| api.provider(at, stash))
	}
}
