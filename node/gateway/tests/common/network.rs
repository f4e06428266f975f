use ergon_blobs::{BlobStore, Hold};
use ergon_exchange::{FetchError, Fetched, Holder, Network, Spread};
use ergon_primitives::{BlobId, JobId};
use futures::{
	future::{ready, BoxFuture},
	FutureExt,
};
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// A network of one node, which gives what it was given before.
pub struct Neighbour {
	store: BlobStore,
	has: Mutex<HashMap<BlobId, Vec<u8>>>,
	/// What each fetch was asked for: time and size.
	pub asked: Mutex<Vec<(Duration, u64)>>,
	/// Another end than that of an honest fetch.
	pub fails: Mutex<Option<FetchError>>,
}

impl Neighbour {
	pub fn new(store: BlobStore) -> Self {
		Self { store, has: Mutex::default(), asked: Mutex::default(), fails: Mutex::default() }
	}

	pub fn give(&self, bytes: &[u8]) -> BlobId {
		let id = BlobId::of(bytes);
		self.has.lock().unwrap().insert(id, bytes.to_vec());
		id
	}

	fn try_fetch(&self, id: BlobId, hold: Hold, max: u64) -> Result<Fetched, FetchError> {
		if let Some(error) = self.fails.lock().unwrap().clone() {
			return Err(error);
		}
		let found = self.has.lock().unwrap().get(&id).cloned();
		let none =
			|| FetchError::NotFound { asked: vec![Holder { peer: "neighbour".into(), has: Some(false) }] };
		let bytes = found.ok_or_else(none)?;
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
		self.asked.lock().unwrap().push((within, max));
		ready(self.try_fetch(id, hold, max)).boxed()
	}

	fn find(&self, _: BlobId, _: Duration) -> BoxFuture<'static, Vec<Holder>> {
		ready(Vec::new()).boxed()
	}

	fn spread(&self, _: BlobId, _: JobId, _: Duration) -> BoxFuture<'static, Spread> {
		ready(Spread::default()).boxed()
	}
}
