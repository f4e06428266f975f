//! A network of one neighbour.

use ergon_blobs::{BlobStore, Hold};
use ergon_exchange::{FetchError, Fetched, Holder, Network, Spread};
use ergon_primitives::{BlobId, JobId};
use futures::{
	future::{ready, BoxFuture},
	FutureExt,
};
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// A node that gives what it was given before.
pub struct Neighbour {
	store: BlobStore,
	has: Mutex<HashMap<BlobId, Vec<u8>>>,
	/// How long the last call was to wait.
	pub waited: Mutex<Option<Duration>>,
	/// Another end than that of an honest fetch.
	pub fails: Mutex<Option<FetchError>>,
}

impl Neighbour {
	/// A neighbour of the node with this store.
	pub fn new(store: BlobStore) -> Self {
		Self { store, has: Mutex::default(), waited: Mutex::default(), fails: Mutex::default() }
	}

	/// Gives it a blob.
	pub fn give(&self, bytes: &[u8]) -> BlobId {
		let id = BlobId::of(bytes);
		self.has.lock().unwrap().insert(id, bytes.to_vec());
		id
	}

	fn holder(&self, id: &BlobId) -> Holder {
		Holder { peer: "neighbour".into(), has: Some(self.has.lock().unwrap().contains_key(id)) }
	}

	fn try_fetch(&self, id: BlobId, hold: Hold, max: u64) -> Result<Fetched, FetchError> {
		if let Some(error) = self.fails.lock().unwrap().clone() {
			return Err(error);
		}
		let found = self.has.lock().unwrap().get(&id).cloned();
		let bytes = found.ok_or_else(|| FetchError::NotFound { asked: vec![self.holder(&id)] })?;
		let size = bytes.len() as u64;
		if size > max {
			return Err(FetchError::TooLarge { limit: max });
		}
		self.store.put_named(id, &bytes, hold)?;
		Ok(Fetched { size, from: vec!["neighbour".into()] })
	}
}

impl Network for Neighbour {
	fn fetch(
		&self,
		id: BlobId,
		hold: Hold,
		within: Duration,
		max: u64,
	) -> BoxFuture<'static, Result<Fetched, FetchError>> {
		*self.waited.lock().unwrap() = Some(within);
		ready(self.try_fetch(id, hold, max)).boxed()
	}

	fn find(&self, id: BlobId, within: Duration) -> BoxFuture<'static, Vec<Holder>> {
		*self.waited.lock().unwrap() = Some(within);
		ready(vec![self.holder(&id), Holder { peer: "silent".into(), has: None }]).boxed()
	}

	fn spread(&self, id: BlobId, _: JobId, _: Duration) -> BoxFuture<'static, Spread> {
		let others = u32::from(self.has.lock().unwrap().contains_key(&id));
		ready(Spread { peers: 2, others }).boxed()
	}

	fn fetching(&self, _: &BlobId) -> bool {
		self.fails.lock().unwrap().is_some()
	}
}
