//! Blobs over JSON-RPC: the small ones, and the state of all.

use crate::{views, BlobStatus, Error, Holders, Spread};
use base64::{engine::general_purpose::STANDARD, Engine};
use ergon_blobs::{BlobError, BlobStore, Hold, MAX_RPC_BLOB};
use ergon_exchange::{FetchError, Network};
use ergon_primitives::{BlobId, JobId};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
	sync::{Semaphore, SemaphorePermit},
	task::spawn_blocking,
	time::timeout,
};

/// The characters of base64 that [`MAX_RPC_BLOB`] bytes take.
const MAX_BASE64: usize = MAX_RPC_BLOB.div_ceil(3) * 4;
/// How many calls hold a blob in memory at once: 10 MiB and its 14 MB of base64 each.
const AT_ONCE: usize = 8;
/// How many calls wait for the network at once.
const WAITING: usize = 64;
/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the network is asked when the call does not say, and at most.
const ASKED: (u64, u64) = (20, 60);

/// What is asked about blobs.
pub struct BlobAccess {
	/// Where they are.
	pub store: BlobStore,
	/// Where they come from if they are not here.
	pub network: Arc<dyn Network>,
	/// Where the node answers HTTP.
	pub http: Option<SocketAddr>,
	transfers: Semaphore,
	questions: Semaphore,
}

impl BlobAccess {
	/// Blobs of this store and network; `http` is where the larger ones go.
	pub fn new(store: BlobStore, network: Arc<dyn Network>, http: Option<SocketAddr>) -> Self {
		let (transfers, questions) = (Semaphore::new(AT_ONCE), Semaphore::new(WAITING));
		Self { store, network, http, transfers, questions }
	}

	pub(crate) async fn put(&self, base64: String, hold: Hold) -> Result<BlobId, Error> {
		// Looked at before it is decoded: nobody makes the node allocate what it will refuse.
		if base64.len() > MAX_BASE64 {
			return Err(self.too_large());
		}
		let _turn = turn(&self.transfers).await?;
		let store = self.store.clone();
		let put = move || {
			let bytes = STANDARD.decode(base64)?;
			match bytes.len() > MAX_RPC_BLOB {
				true => Ok::<_, Error>(None),
				false => Ok(Some(store.put(&bytes, hold)?)),
			}
		};
		spawn_blocking(put).await.map_err(|_| Error::Closed)??.ok_or_else(|| self.too_large())
	}

	pub(crate) async fn get(&self, cid: &str, seconds: Option<u64>) -> Result<Option<String>, Error> {
		let id: BlobId = cid.parse()?;
		if !self.store.has(&id) {
			let _turn = turn(&self.questions).await?;
			let fetched = self.network.fetch(id, Hold::Loose, within(seconds), MAX_RPC_BLOB as u64).await;
			match fetched {
				Ok(_) => {},
				Err(FetchError::NotFound { .. }) => return Ok(None),
				Err(FetchError::TooLarge { .. }) => return Err(self.too_large()),
				Err(error) => return Err(error.into()),
			}
		}
		if self.store.stat(&id)?.is_some_and(|stat| stat.size > MAX_RPC_BLOB as u64) {
			return Err(self.too_large());
		}
		let _turn = turn(&self.transfers).await?;
		let store = self.store.clone();
		let get = move || Ok::<_, BlobError>(store.get(&id)?.map(|bytes| STANDARD.encode(bytes)));
		Ok(spawn_blocking(get).await.map_err(|_| Error::Closed)??)
	}

	pub(crate) fn status(&self, cid: &str) -> Result<BlobStatus, Error> {
		let id: BlobId = cid.parse()?;
		let stat = self.store.stat(&id)?;
		let here = stat.is_some_and(|stat| stat.whole);
		Ok(BlobStatus {
			here,
			have: stat.map_or(0, |stat| stat.have),
			// A size of 0 says that the root is not here, but for the empty blob.
			total: stat.filter(|stat| here || stat.size > 0).map(|stat| stat.size),
			fetching: !here && self.network.fetching(&id),
		})
	}

	pub(crate) async fn find(&self, cid: &str, seconds: Option<u64>) -> Result<Holders, Error> {
		let id: BlobId = cid.parse()?;
		let _turn = turn(&self.questions).await?;
		let peers = self.network.find(id, within(seconds)).await;
		Ok(Holders { here: self.store.has(&id), peers: peers.into_iter().map(Into::into).collect() })
	}

	pub(crate) async fn spread(&self, cid: &str, job: JobId) -> Result<Spread, Error> {
		let id: BlobId = cid.parse()?;
		let _turn = turn(&self.questions).await?;
		let spread = self.network.spread(id, job, within(None)).await;
		Ok(Spread { peers: spread.peers, others: spread.others })
	}

	pub(crate) fn view(&self, max_blob: u64) -> views::Blobs {
		let usage = self.store.usage();
		views::Blobs {
			http: self.http.map(|http| http.to_string()),
			max_blob: max_blob.min(self.store.options().max_blob),
			max_rpc_blob: MAX_RPC_BLOB as u64,
			bytes: usage.bytes,
			blobs: usage.blobs,
		}
	}

	fn too_large(&self) -> Error {
		Error::TooLarge { limit: MAX_RPC_BLOB as u64, http: self.http }
	}
}

fn within(seconds: Option<u64>) -> Duration {
	Duration::from_secs(seconds.unwrap_or(ASKED.0).min(ASKED.1))
}

async fn turn(places: &Semaphore) -> Result<SemaphorePermit<'_>, Error> {
	match timeout(PATIENCE, places.acquire()).await {
		Ok(Ok(place)) => Ok(place),
		_ => Err(Error::Busy),
	}
}
