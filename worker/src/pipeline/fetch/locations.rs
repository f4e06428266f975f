//! Blobs from the operator's own stores, and from where a job's hints say.

use super::places::{Places, Search};
use ergon_locations::{FetchError, Hints, Refusal, Scheme, Store, Why};
use futures::{future::BoxFuture, FutureExt};
use std::{sync::Arc, time::Instant};

/// Places other than the node, tried one after the other: first the stores, which the operator trusts and pays little
/// for, then the hints that name the blob, then those for all of the job's blobs.
#[derive(Clone, Debug)]
pub struct Locations {
	stores: Arc<[Store]>,
	hints: Option<Hints>,
}

impl Locations {
	/// Looks in these stores, and follows hints where there is one who does.
	pub fn new(stores: Vec<Store>, hints: Option<Hints>) -> Self {
		Self { stores: stores.into(), hints }
	}

	async fn search(self, search: Search) -> Option<Vec<u8>> {
		let Search { id, hints, limit, .. } = search;
		for store in self.stores.iter() {
			let mut bytes = Vec::new();
			let started = Instant::now();
			match store.fetch(&id, limit, &mut bytes).await {
				Ok(size) => {
					tracing::info!(blob = %id, size, store = %store.location(), took = ?started.elapsed(), "fetched from a store");
					return Some(bytes);
				},
				Err(error) => tell(&error, "a store does not give a blob"),
			}
		}
		let follower = self.hints.as_ref()?;
		for url in Hints::of_job(&hints, &id) {
			let mut bytes = Vec::new();
			let started = Instant::now();
			match follower.fetch(url, &id, limit, &mut bytes).await {
				Ok(size) => {
					tracing::info!(blob = %id, size, took = ?started.elapsed(), "fetched from where the job hints");
					return Some(bytes);
				},
				Err(error) => tell(&error, "a job's hint does not give a blob"),
			}
		}
		None
	}
}

/// Logs a failure. Not being there is nothing to report of a place that is asked for every blob, and a scheme that is
/// not allowed here is what the operator wanted.
fn tell(error: &FetchError, what: &str) {
	match error.why {
		Why::NotFound | Why::Refused(Refusal::Off | Refusal::Scheme(_)) => tracing::debug!(%error, "{what}"),
		_ => tracing::warn!(%error, "{what}"),
	}
}

impl Places for Locations {
	fn find(&self, search: Search) -> BoxFuture<'static, Option<Vec<u8>>> {
		let (within, id, places) = (search.within, search.id, self.clone());
		async move {
			let found = tokio::time::timeout(within, places.search(search)).await;
			found.unwrap_or_else(|_| {
				tracing::warn!(blob = %id, ?within, "stores and hints did not give a blob in time");
				None
			})
		}
		.boxed()
	}

	fn any(&self, hints: &ergon_primitives::Hints) -> bool {
		!self.stores.is_empty() || (self.hints.is_some() && !hints.is_empty())
	}
}

/// The schemes of hints in a list with commas.
pub fn schemes(text: &str) -> Result<Vec<Scheme>, String> {
	let accepted = "expected some of https, s3, gs, az with commas between them";
	let mut schemes = Vec::new();
	for name in text.split(',').map(str::trim) {
		let scheme: Scheme = name.parse().map_err(|_| format!("{name:?} is no scheme; {accepted}"))?;
		if !Scheme::OF_HINTS.contains(&scheme) {
			return Err(format!("{scheme}:// is never followed for strangers; {accepted}"));
		}
		schemes.push(scheme);
	}
	Ok(schemes)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use ergon_locations::Limits;
	use ergon_primitives::{BlobId, Hint};
	use std::time::Duration;

	fn search(id: BlobId, hints: Vec<Hint>) -> Search {
		Search { id, hints: hints.try_into().unwrap(), limit: 1 << 20, within: Duration::from_secs(5) }
	}

	#[tokio::test]
	async fn stores_should_be_tried_in_turn() {
		let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
		let id = BlobId::of(b"here");
		std::fs::write(full.path().join(id.to_string()), "here").unwrap();
		let store = |folder: &tempfile::TempDir| {
			Store::parse(&format!("file://{}", folder.path().display()), Limits::default()).unwrap()
		};
		let places = Locations::new(vec![store(&empty), store(&full)], None);
		assert!(places.any(&Default::default()));
		assert_eq!(places.find(search(id, vec![])).await.unwrap(), b"here");
		assert_eq!(places.find(search(BlobId::of(b"elsewhere"), vec![])).await, None);
		// A wrong file in the first store does not hide the right one in the second.
		std::fs::write(empty.path().join(id.to_string()), "other").unwrap();
		assert_eq!(places.find(search(id, vec![])).await.unwrap(), b"here");
		let mut large = search(id, vec![]);
		large.limit = 3;
		assert_eq!(places.find(large).await, None);
	}

	#[tokio::test]
	async fn hints_should_reach_nothing_of_this_machine() {
		let id = BlobId::of(b"");
		let hint = Hint::new(None, "https://127.0.0.1/{cid}").unwrap();
		let places = Locations::new(vec![], Some(Hints::new(Default::default())));
		assert!(places.any(&vec![hint.clone()].try_into().unwrap()));
		assert_eq!(places.find(search(id, vec![hint.clone()])).await, None);
		let places = Locations::new(vec![], None);
		assert!(!places.any(&vec![hint].try_into().unwrap()));
	}

	#[test]
	fn schemes_should_be_those_for_strangers() {
		assert_eq!(schemes("https, s3"), Ok(vec![Scheme::Https, Scheme::S3]));
		for text in ["", "https,", "http", "file", "ftp"] {
			assert!(schemes(text).unwrap_err().contains("https, s3, gs, az"), "{text}");
		}
	}
}
