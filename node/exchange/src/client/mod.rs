//! The client: fetches whole blobs, finds who has them, and makes others keep them.

mod fetch;
mod session;
mod spread;
#[cfg(test)]
mod tests;

use crate::{
	metrics::Metrics,
	transport::{Offence, Transport},
	FetchError, Fetched, Holder, Network, Spread,
};
use ergon_blobs::{BlobStore, Hold};
use ergon_primitives::{BlobId, JobId};
use fetch::{End, Report, Shared, Waiter};
use futures::{future::BoxFuture, FutureExt};
use sc_network_types::PeerId;
use std::{
	collections::{hash_map::Entry, HashMap},
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::Duration,
};
use tokio::{runtime::Handle, sync::Semaphore, time::Instant};
use tracing::{debug, info};

/// Blocks on their way at once, over all fetches. With the largest block that is taken these are 16 MiB.
const WINDOW: usize = 8;
/// The window is counted in pieces of this many bytes: a small block that waits for the disk takes little of it.
const PIECE: usize = 64 << 10;
/// The pieces that a block takes until its size is known.
const PIECES: u32 = 16;
/// Fetches at once. Those beyond wait for their turn, within their time.
const MAX_FETCHES: usize = 128;
/// The longest that a fetch may take, whatever is asked for.
const MAX_WITHIN: Duration = Duration::from_secs(3600);

/// The exchange of blobs with other nodes. A handle: clones mean the same.
#[derive(Clone)]
pub struct Exchange(Arc<Inner>);

pub(crate) struct Inner {
	pub(crate) store: BlobStore,
	pub(crate) transport: Arc<dyn Transport>,
	pub(crate) metrics: Metrics,
	runtime: Handle,
	window: Arc<Semaphore>,
	turns: Arc<Semaphore>,
	running: Mutex<HashMap<BlobId, Arc<Shared>>>,
	/// Where blobs are named that may be announced because they were spread.
	spread: async_channel::Sender<BlobId>,
}

impl Inner {
	/// Does blocking work on a thread for it; `None` if the runtime is going down.
	async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
		self.runtime.spawn_blocking(work).await.ok()
	}

	/// Lowers a peer's reputation.
	pub(crate) fn charge(&self, peer: PeerId, offence: Offence) {
		self.metrics.bad_peer(offence);
		self.transport.charge(peer, offence);
	}

	fn running(&self) -> MutexGuard<'_, HashMap<BlobId, Arc<Shared>>> {
		// A map of handles has no state in which a panic could have left it.
		self.running.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl Exchange {
	/// Must be called inside a tokio runtime. Blobs that may be announced because they were spread are told to `spread`.
	pub(crate) fn new(
		store: BlobStore,
		transport: Arc<dyn Transport>,
		metrics: Metrics,
		spread: async_channel::Sender<BlobId>,
	) -> Self {
		Self(Arc::new(Inner {
			store,
			transport,
			metrics,
			runtime: Handle::current(),
			window: Arc::new(Semaphore::new(WINDOW * PIECES as usize)),
			turns: Arc::new(Semaphore::new(MAX_FETCHES)),
			running: Mutex::default(),
			spread,
		}))
	}

	/// The store that it fetches into.
	pub(crate) fn store(&self) -> &BlobStore {
		&self.0.store
	}

	/// Its counters.
	pub(crate) fn metrics(&self) -> &Metrics {
		&self.0.metrics
	}

	/// Does blocking work on a thread for it; `None` if the runtime is going down.
	pub(crate) async fn blocking<T: Send + 'static>(
		&self,
		work: impl FnOnce() -> T + Send + 'static,
	) -> Option<T> {
		self.0.blocking(work).await
	}

	/// The blob's size if it is here whole, now held as `hold` says.
	async fn here(&self, id: BlobId, hold: Hold, max: u64) -> Result<Option<u64>, FetchError> {
		let store = self.0.store.clone();
		let found = self.0.blocking(move || {
			if !store.has(&id) {
				return Ok(None);
			}
			let Some(stat) = store.stat(&id)?.filter(|stat| stat.whole) else { return Ok(None) };
			if stat.size > max {
				return Err(FetchError::TooLarge { limit: max });
			}
			// To hold it for nobody would say that anybody may know of it.
			if let Hold::Job(_) = hold {
				store.hold(&id, hold)?;
			}
			Ok(Some(stat.size))
		});
		found.await.unwrap_or(Err(FetchError::Closed))
	}

	/// Joins the fetch of that blob, or starts one.
	fn join(&self, id: BlobId, hold: Hold, until: Instant, max: u64) -> Waiter {
		let mut running = self.0.running();
		match running.entry(id) {
			Entry::Occupied(entry) => entry.get().clone().join(until, max),
			Entry::Vacant(entry) => {
				let shared = entry.insert(Arc::new(Shared::new())).clone();
				let waiter = shared.clone().join(until, max);
				self.0.runtime.spawn(work(self.0.clone(), shared, id, hold));
				waiter
			},
		}
	}

	async fn fetch_here(
		self,
		id: BlobId,
		hold: Hold,
		within: Duration,
		max: u64,
	) -> Result<Fetched, FetchError> {
		let until = Instant::now() + within.min(MAX_WITHIN);
		loop {
			if let Some(size) = self.here(id, hold, max).await? {
				return Ok(Fetched { size, from: Vec::new() });
			}
			let waiter = self.join(id, hold, until, max);
			let mut report = waiter.0.watch();
			loop {
				let now = report.borrow_and_update().clone();
				if now.total.is_some_and(|total| total > max) {
					return Err(FetchError::TooLarge { limit: max });
				}
				match now.end {
					Some(End::Whole) => {
						if let Some(size) = self.here(id, hold, max).await? {
							return Ok(Fetched { size, from: givers(&now) });
						}
						// Evicted or damaged in that moment: once more, within the time.
						break;
					},
					Some(End::Failed(error)) => return Err(error),
					// It ended for others, whose time was shorter.
					Some(End::TimeIsUp) if Instant::now() < until => break,
					Some(End::TimeIsUp) => return Err(out_of_time(&now)),
					None => {},
				}
				tokio::select! {
					changed = report.changed() => if changed.is_err() { return Err(FetchError::Closed) },
					() = tokio::time::sleep_until(until) => {
						let now = report.borrow().clone();
						if now.end.is_none() {
							return Err(out_of_time(&now));
						}
					},
				}
			}
			if Instant::now() >= until {
				return Err(out_of_time(&Report::default()));
			}
		}
	}
}

/// One fetch from its turn to its end.
async fn work(inner: Arc<Inner>, shared: Arc<Shared>, id: BlobId, hold: Hold) {
	let turn = tokio::select! {
		turn = inner.turns.clone().acquire_owned() => turn.ok(),
		() = over(&shared) => None,
	};
	inner.metrics.running.inc();
	let started = Instant::now();
	loop {
		let end = match turn {
			Some(_) => fetch::run(&inner, &shared, id, hold).await,
			None => End::TimeIsUp,
		};
		let mut running = inner.running();
		// Somebody may have joined since the time was up.
		if matches!(end, End::TimeIsUp) && !shared.is_over() {
			continue;
		}
		running.remove(&id);
		let report = shared.watch().borrow().clone();
		let label = label(&end, &report);
		inner.metrics.ended.with_label_values(&[label]).inc();
		match &end {
			End::Whole => {
				let (size, from) = (report.have, givers(&report));
				info!(blob = %id, size, peers = from.len(), seconds = started.elapsed().as_secs_f32(), "blob fetched");
			},
			End::TimeIsUp => {
				debug!(blob = %id, have = report.have, total = ?report.total, "fetch of a blob ends: {label}")
			},
			End::Failed(error) => info!(blob = %id, %error, "a blob could not be fetched"),
		}
		shared.end(end);
		break;
	}
	inner.metrics.running.dec();
}

/// Ends when nobody waits any more.
async fn over(shared: &Shared) {
	while !shared.is_over() {
		tokio::time::sleep(Duration::from_millis(100)).await;
	}
}

fn label(end: &End, report: &Report) -> &'static str {
	match end {
		End::Whole => "whole",
		End::TimeIsUp if report.have > 0 => "deadline",
		End::TimeIsUp => "not-found",
		End::Failed(FetchError::TooLarge { .. } | FetchError::BadDag(_)) => "refused",
		End::Failed(_) => "failed",
	}
}

fn givers(report: &Report) -> Vec<String> {
	let mut from: Vec<_> =
		report.known.iter().filter(|known| known.gave).map(|known| known.peer.to_base58()).collect();
	from.sort();
	from
}

fn out_of_time(report: &Report) -> FetchError {
	let asked: Vec<_> =
		report.known.iter().map(|k| Holder { peer: k.peer.to_base58(), has: k.has }).collect();
	let some = report.have > 0 || report.total.is_some() || report.known.iter().any(|k| k.has == Some(true));
	match some {
		true => FetchError::Deadline { have: report.have, total: report.total, asked },
		false => FetchError::NotFound { asked },
	}
}

impl Network for Exchange {
	fn fetch(
		&self,
		id: BlobId,
		hold: Hold,
		within: Duration,
		max: u64,
	) -> BoxFuture<'static, Result<Fetched, FetchError>> {
		self.clone().fetch_here(id, hold, within, max).boxed()
	}

	fn find(&self, id: BlobId, within: Duration) -> BoxFuture<'static, Vec<Holder>> {
		spread::find(self.0.clone(), id, within.min(MAX_WITHIN)).boxed()
	}

	fn spread(&self, id: BlobId, job: JobId, within: Duration) -> BoxFuture<'static, Spread> {
		spread::spread(self.0.clone(), id, job, within.min(MAX_WITHIN)).boxed()
	}

	fn fetching(&self, id: &BlobId) -> bool {
		self.0.running().contains_key(id)
	}
}
