//! What requests share.

use crate::{auth::Nonces, metrics::Metrics, Chain, Error, Limits, Uploads};
use ergon_blobs::{BlobError, BlobStore, Hold};
use ergon_exchange::Network;
use ergon_primitives::BlobId;
use std::{sync::Arc, time::Duration};
use tokio::{
	sync::{OwnedSemaphorePermit, Semaphore},
	task::spawn_blocking,
};

/// What the gateway is put together from.
#[derive(Clone)]
pub struct Parts {
	/// Where blobs are.
	pub store: BlobStore,
	/// Where they come from if they are not here.
	pub network: Arc<dyn Network>,
	/// Who may upload, and how much.
	pub chain: Arc<dyn Chain>,
	/// Whose uploads are taken.
	pub uploads: Uploads,
	/// What may happen at once.
	pub limits: Limits,
	/// What is counted.
	pub metrics: Metrics,
}

/// The parts and the places that requests compete for.
pub(crate) struct App {
	pub(crate) store: BlobStore,
	pub(crate) network: Arc<dyn Network>,
	pub(crate) chain: Arc<dyn Chain>,
	pub(crate) uploads: Uploads,
	pub(crate) limits: Limits,
	pub(crate) metrics: Metrics,
	pub(crate) nonces: Nonces,
	pub(crate) local_uploads: Arc<Semaphore>,
	pub(crate) signed_uploads: Arc<Semaphore>,
	pub(crate) downloads: Arc<Semaphore>,
	fetches: Arc<Semaphore>,
}

/// Where a blob was when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
	Here,
	Network,
}

impl App {
	pub(crate) fn new(parts: Parts) -> Self {
		let Parts { store, network, chain, uploads, limits, metrics } = parts;
		let places = |count| Arc::new(Semaphore::new(count));
		Self {
			store,
			network,
			chain,
			uploads,
			limits,
			metrics,
			nonces: Nonces::default(),
			local_uploads: places(limits.uploads),
			signed_uploads: places(limits.signed_uploads),
			downloads: places(limits.downloads),
			fetches: places(limits.fetches),
		}
	}

	/// Waits for a place, but not for long.
	pub(crate) async fn place(&self, places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
		match tokio::time::timeout(self.limits.patience, places.clone().acquire_owned()).await {
			Ok(Ok(place)) => Ok(place),
			_ => Err(Error::Busy),
		}
	}

	/// Fetches a blob into the store.
	pub(crate) async fn fetch(&self, id: BlobId, within: Duration) -> Result<(), Error> {
		let _place = self.place(&self.fetches).await?;
		self.network.fetch(id, Hold::Loose, within, self.chain.max_blob()).await?;
		Ok(())
	}

	/// Does what waits for the disk on a thread that may.
	pub(crate) async fn blocking<T: Send + 'static>(
		work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
	) -> Result<T, Error> {
		match spawn_blocking(work).await {
			Ok(done) => Ok(done?),
			// The runtime ends, or the store panicked, which the log has.
			Err(_) => Err(Error::Closing),
		}
	}

	/// Asks the chain on a thread that may wait.
	pub(crate) async fn ask<T: Send + 'static>(
		&self,
		question: impl FnOnce(&dyn Chain) -> Result<T, String> + Send + 'static,
	) -> Result<T, Error> {
		let chain = self.chain.clone();
		match spawn_blocking(move || question(&*chain)).await {
			Ok(answer) => answer.map_err(Error::Chain),
			Err(_) => Err(Error::Closing),
		}
	}
}
