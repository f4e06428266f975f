use crate::{BlobAccess, BlobStatus, Blobs, ComputeServer, Error, Holders, Spread};
use ergon_blobs::Hold;
use ergon_primitives::{
	views::{Duty, JobView, ProviderView, Quote},
	BlobId, JobId, JobSpec,
};
use ergon_runtime_api::ComputeApi;
use jsonrpsee::{core::async_trait, Extensions};
use sc_rpc_api::DenyUnsafe;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_runtime::{traits::Block as BlockT, AccountId32};
use std::{marker::PhantomData, sync::Arc};
use tokio::task::spawn_blocking;

/// Answers `compute_*` from a client's runtime and a node's blobs.
pub struct Compute<C, Block> {
	client: Arc<C>,
	blobs: Arc<BlobAccess>,
	block: PhantomData<fn() -> Block>,
}

impl<C, Block> Compute<C, Block> {
	/// Turn it into a module with `into_rpc` of [`ComputeServer`].
	pub fn new(client: Arc<C>, blobs: Arc<BlobAccess>) -> Self {
		Self { client, blobs, block: PhantomData }
	}
}

/// Asks the runtime as of the best block.
fn ask<C, Block, T>(
	client: &C,
	question: impl FnOnce(ApiRef<'_, C::Api>, Block::Hash) -> Result<T, ApiError>,
) -> Result<T, Error>
where
	Block: BlockT,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
{
	Ok(question(client.runtime_api(), client.info().best_hash)?)
}

#[async_trait]
impl<C, Block> ComputeServer for Compute<C, Block>
where
	Block: BlockT,
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: ComputeApi<Block, AccountId32>,
{
	async fn put_blob(
		&self,
		extensions: &Extensions,
		base64: String,
		job: Option<JobId>,
	) -> Result<BlobId, Error> {
		let Some(job) = job else { return self.blobs.put(base64, Hold::Loose).await };
		if !matches!(extensions.get(), Some(DenyUnsafe::No)) {
			return Err(Error::NotLocal);
		}
		let client = self.client.clone();
		let known = spawn_blocking(move || ask(&*client, |api, at| api.job(at, job)));
		known.await.map_err(|_| Error::Closed)??.ok_or(Error::NoJob { job })?;
		self.blobs.put(base64, Hold::Job(job)).await
	}

	async fn get_blob(&self, cid: String, timeout: Option<u64>) -> Result<Option<String>, Error> {
		self.blobs.get(&cid, timeout).await
	}

	fn has_blob(&self, cid: String) -> Result<bool, Error> {
		Ok(self.blobs.store.has(&cid.parse()?))
	}

	fn blobs(&self) -> Result<Blobs, Error> {
		let market = ask(&*self.client, |api, at| api.market(at))?;
		Ok(self.blobs.view(market.blobs.max_blob))
	}

	fn blob_status(&self, cid: String) -> Result<BlobStatus, Error> {
		self.blobs.status(&cid)
	}

	async fn find_blob(&self, cid: String, timeout: Option<u64>) -> Result<Holders, Error> {
		self.blobs.find(&cid, timeout).await
	}

	async fn spread_blob(&self, cid: String, job: JobId) -> Result<Spread, Error> {
		self.blobs.spread(&cid, job).await
	}

	fn quote(&self, spec: JobSpec) -> Result<Quote, Error> {
		Ok(ask(&*self.client, |api, at| api.quote(at, spec))??)
	}

	fn job(&self, id: JobId) -> Result<Option<JobView<AccountId32>>, Error> {
		ask(&*self.client, |api, at| api.job(at, id))
	}

	fn assignments(&self, worker: AccountId32) -> Result<Vec<Duty<AccountId32>>, Error> {
		ask(&*self.client, |api, at| api.assignments(at, worker))
	}

	fn provider(&self, stash: AccountId32) -> Result<Option<ProviderView<AccountId32>>, Error> {
		ask(&*self.client, |api, at| api.provider(at, stash))
	}
}
