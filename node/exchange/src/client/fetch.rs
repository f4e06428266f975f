//! The work of one fetch: asks as its plan says, gives what comes to the store, and tells those who wait.

use super::{
	session::{Given, Known, Session},
	Inner, PIECE, PIECES,
};
use crate::{
	transport::{Failure, Offence},
	wire::Presence,
	FetchError,
};
use bytes::Bytes;
use ergon_blobs::{BlobError, Hold, Partial, Progress};
use ergon_primitives::BlobId;
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use sc_network_types::PeerId;
use std::{
	sync::{
		atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
		Arc, Mutex, PoisonError,
	},
	time::Duration,
};
use tokio::{
	sync::{watch, Notify, OwnedSemaphorePermit},
	time::Instant,
};
use tracing::{debug, warn};

/// Missing blocks that are looked at at once.
const LOOKAHEAD: usize = 64;
/// How long a peer may take to say whether it has a blob.
const HAVE_WITHIN: Duration = Duration::from_secs(5);
/// How often the connected peers are looked at, for new ones.
const LOOK_FOR_PEERS: Duration = Duration::from_secs(2);
/// When the network's table is asked first, if no connected peer has the blob by then.
const LOOK_IN_TABLE_AFTER: Duration = Duration::from_millis(750);
/// How often it is asked again.
const LOOK_IN_TABLE: Duration = Duration::from_secs(15);

/// How a fetch ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
	/// The blob is here.
	Whole,
	/// The time of all who waited is over, or nobody waits any more.
	TimeIsUp,
	/// It cannot be had.
	Failed(FetchError),
}

/// What those who wait see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
	/// Bytes of content here.
	pub have: u64,
	/// Bytes of content in all, once known.
	pub total: Option<u64>,
	/// Who was asked.
	pub known: Vec<Known>,
	/// Set when it has ended.
	pub end: Option<End>,
}

/// What a running fetch and those who wait for it share.
#[derive(Debug)]
pub(crate) struct Shared {
	report: watch::Sender<Report>,
	/// When the last of those who wait gives up.
	deadline: Mutex<Instant>,
	/// The most bytes that any of them takes.
	max: AtomicU64,
	waiting: AtomicUsize,
	changed: Notify,
}

/// One who waits. Dropping it says that it does no longer.
#[derive(Debug)]
pub(crate) struct Waiter(pub(crate) Arc<Shared>);

impl Shared {
	pub(crate) fn new() -> Self {
		Self {
			report: watch::Sender::new(Report::default()),
			deadline: Mutex::new(Instant::now()),
			max: AtomicU64::new(0),
			waiting: AtomicUsize::new(0),
			changed: Notify::new(),
		}
	}

	/// Adds one who waits until then for at most `max` bytes.
	pub(crate) fn join(self: Arc<Self>, until: Instant, max: u64) -> Waiter {
		self.waiting.fetch_add(1, SeqCst);
		self.max.fetch_max(max, SeqCst);
		{
			let mut deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
			*deadline = (*deadline).max(until);
		}
		self.changed.notify_one();
		Waiter(self)
	}

	fn deadline(&self) -> Instant {
		*self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Whether nobody wants it any more.
	pub(crate) fn is_over(&self) -> bool {
		self.waiting.load(SeqCst) == 0 || self.deadline() <= Instant::now()
	}

	/// Tells all who wait how it ended.
	pub(crate) fn end(&self, end: End) {
		self.report.send_modify(|report| report.end = Some(end));
	}

	/// What happened so far, and what happens.
	pub(crate) fn watch(&self) -> watch::Receiver<Report> {
		self.report.subscribe()
	}
}

impl Drop for Waiter {
	fn drop(&mut self) {
		self.0.waiting.fetch_sub(1, SeqCst);
		self.0.changed.notify_one();
	}
}

enum Event {
	Have(PeerId, Result<Presence, Failure>),
	Block(PeerId, BlobId, Result<Option<Bytes>, Failure>, OwnedSemaphorePermit),
	Peers(Vec<PeerId>),
	Providers(Vec<PeerId>),
}

/// A block that came and waits for the store. The permit is for its bytes.
type Arrived = (PeerId, BlobId, Bytes, OwnedSemaphorePermit);

/// What the store made of some blocks.
struct Desk {
	partial: Partial,
	refused: Vec<(PeerId, BlobId, BlobError)>,
	taken: Vec<usize>,
	wanted: Vec<BlobId>,
	progress: Progress,
	/// Set when all is here: whether it could be kept.
	finished: Option<Result<(), BlobError>>,
}

impl Desk {
	fn open(partial: Partial) -> Self {
		Self::after(partial, Vec::new(), Vec::new())
	}

	fn after(partial: Partial, refused: Vec<(PeerId, BlobId, BlobError)>, taken: Vec<usize>) -> Self {
		let finished = partial.is_whole().then(|| partial.finish());
		let wanted = if finished.is_some() { Vec::new() } else { partial.wanted(LOOKAHEAD) };
		let progress = partial.progress();
		Self { partial, refused, taken, wanted, progress, finished }
	}

	/// Blocks: hashes, writes.
	fn work(partial: Partial, arrived: Vec<Arrived>) -> Self {
		let (mut refused, mut taken) = (Vec::new(), Vec::new());
		for (peer, id, block, permit) in arrived {
			match partial.offer(&id, &block) {
				Ok(_) => taken.push(block.len()),
				// It came from another peer too.
				Err(BlobError::NotWanted(_)) => {},
				Err(error) => refused.push((peer, id, error)),
			}
			drop(block);
			drop(permit);
		}
		Self::after(partial, refused, taken)
	}
}

/// Fetches the blob; ends when it is here, cannot be had, or nobody waits any more.
pub(super) async fn run(inner: &Arc<Inner>, shared: &Shared, id: BlobId, hold: Hold) -> End {
	let store = inner.store.clone();
	let opened =
		inner.blocking(move || store.partial(id, hold, store.options().max_blob).map(Desk::open)).await;
	let desk = match opened {
		Some(Ok(desk)) => desk,
		Some(Err(error)) => return End::Failed(failure(error)),
		None => return End::Failed(FetchError::Closed),
	};
	let mut fetch = Fetch { inner, shared, id, session: Session::default(), asks: FuturesUnordered::new() };
	fetch.go(desk).await
}

/// What is in a store's refusal for those who wait.
fn failure(error: BlobError) -> FetchError {
	match error {
		BlobError::BadDag { why, .. } => FetchError::BadDag(why.to_string()),
		BlobError::TooLarge { limit } => FetchError::TooLarge { limit },
		error => error.into(),
	}
}

struct Fetch<'a> {
	inner: &'a Arc<Inner>,
	shared: &'a Shared,
	id: BlobId,
	session: Session,
	asks: FuturesUnordered<BoxFuture<'static, Event>>,
}

impl Fetch<'_> {
	async fn go(&mut self, desk: Desk) -> End {
		let started = Instant::now();
		let mut look_for_peers = started;
		let mut look_in_table = started + LOOK_IN_TABLE_AFTER;
		let mut arrived: Vec<Arrived> = Vec::new();
		let mut at_work: Option<BoxFuture<'static, Option<Desk>>> = None;
		let mut permit: Option<BoxFuture<'static, Option<OwnedSemaphorePermit>>> = None;
		let mut idle = match self.take(desk) {
			Ok(partial) => Some(partial),
			Err(end) => return end,
		};
		loop {
			if self.shared.is_over() {
				return End::TimeIsUp;
			}
			let now = Instant::now();
			if look_for_peers <= now {
				look_for_peers = now + LOOK_FOR_PEERS;
				self.asks.push(self.inner.transport.peers().map(Event::Peers).boxed());
			}
			if look_in_table <= now {
				look_in_table = now + LOOK_IN_TABLE;
				self.asks.push(self.inner.transport.providers(self.id).map(Event::Providers).boxed());
			}
			self.ask_who_has();
			if !arrived.is_empty() {
				if let Some(partial) = idle.take() {
					let blocks = std::mem::take(&mut arrived);
					let inner = self.inner.clone();
					let work = async move { inner.blocking(move || Desk::work(partial, blocks)).await };
					at_work = Some(work.boxed());
				}
			}
			let can_ask = self.session.can_ask(now.into_std());
			if can_ask && permit.is_none() {
				let window = self.inner.window.clone();
				permit = Some(async move { window.acquire_many_owned(PIECES).await.ok() }.boxed());
			}
			let plan = self.session.wakeup(now.into_std()).map(Instant::from_std);
			let wake = [Some(look_for_peers), Some(look_in_table), Some(self.shared.deadline()), plan];
			let wake = wake.into_iter().flatten().min().unwrap_or(now);
			tokio::select! {
				Some(event) = self.asks.next() => self.on_event(event, &mut arrived),
				desk = if_any(&mut at_work) => {
					at_work = None;
					let Some(desk) = desk else { return End::Failed(FetchError::Closed) };
					match self.take(desk) {
						Ok(partial) => idle = Some(partial),
						Err(end) => return end,
					}
				},
				got = if_any(&mut permit), if can_ask => {
					permit = None;
					let Some(got) = got else { return End::Failed(FetchError::Closed) };
					self.ask_for_block(got);
				},
				() = tokio::time::sleep_until(wake) => {},
				() = self.shared.changed.notified() => {},
			}
		}
	}

	/// Reads what the store made of blocks. Gives its handle back, or the end.
	fn take(&mut self, desk: Desk) -> Result<Partial, End> {
		let Desk { partial, refused, taken, wanted, progress, finished } = desk;
		taken.into_iter().for_each(|bytes| self.inner.metrics.fetched(bytes));
		self.session.want(wanted);
		for (peer, block, error) in refused {
			match error {
				BlobError::Mismatch { .. } => {
					debug!(blob = %self.id, %block, %peer, "a peer answered with other bytes than the block's");
					self.inner.charge(peer, Offence::WrongBytes);
					self.session.refused(&block);
					self.session.banish(peer);
				},
				error => return Err(End::Failed(failure(error))),
			}
		}
		let max = self.shared.max.load(SeqCst);
		self.tell(progress);
		if progress.total.is_some_and(|total| total > max) {
			return Err(End::Failed(FetchError::TooLarge { limit: max }));
		}
		match finished {
			None => Ok(partial),
			Some(Ok(())) => Err(End::Whole),
			Some(Err(error)) => {
				warn!(blob = %self.id, %error, "a blob that is here whole could not be kept");
				Err(End::Failed(failure(error)))
			},
		}
	}

	fn tell(&self, progress: Progress) {
		let known = self.session.known();
		self.shared.report.send_modify(|report| {
			report.have = progress.have;
			report.total = progress.total;
			report.known = known;
		});
	}

	fn ask_who_has(&mut self) {
		let now = Instant::now().into_std();
		while let Some(peer) = self.session.next_have(now) {
			let answer = self.inner.transport.have(peer, self.id);
			let answer = tokio::time::timeout(HAVE_WITHIN, answer);
			let event = answer.map(move |said| Event::Have(peer, said.unwrap_or(Err(Failure::Silent))));
			self.asks.push(event.boxed());
		}
	}

	fn ask_for_block(&mut self, permit: OwnedSemaphorePermit) {
		let Some((peer, id, within)) = self.session.next_block(Instant::now().into_std()) else { return };
		let answer = self.inner.transport.block(peer, id);
		let answer = tokio::time::timeout(within, answer);
		let event =
			answer.map(move |given| Event::Block(peer, id, given.unwrap_or(Err(Failure::Silent)), permit));
		self.asks.push(event.boxed());
	}

	fn on_event(&mut self, event: Event, arrived: &mut Vec<Arrived>) {
		let now = Instant::now().into_std();
		match event {
			Event::Peers(peers) | Event::Providers(peers) => self.session.add(peers, now),
			Event::Have(peer, answer) => {
				self.accuse(peer, answer.err());
				self.session.on_have(peer, answer, now);
				let known = self.session.known();
				self.shared.report.send_modify(|report| report.known = known);
			},
			Event::Block(peer, id, Ok(Some(block)), mut permit) => {
				let pieces = block.len().div_ceil(PIECE).max(1);
				// What it does not need.
				drop(permit.split(permit.num_permits().saturating_sub(pieces)));
				if self.session.on_block(peer, &id, Given::Block, now) {
					arrived.push((peer, id, block, permit));
				}
			},
			Event::Block(peer, id, Ok(None), _) => {
				self.session.on_block(peer, &id, Given::Nothing, now);
			},
			Event::Block(peer, id, Err(failure), _) => {
				self.accuse(peer, Some(failure));
				self.session.on_block(peer, &id, Given::Failed(failure), now);
			},
		}
	}

	fn accuse(&self, peer: PeerId, failure: Option<Failure>) {
		if failure == Some(Failure::Garbage) {
			self.inner.charge(peer, Offence::Garbage);
		}
	}
}

/// What that future gives, if there is one; otherwise it never ends.
async fn if_any<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
	match future {
		Some(future) => future.await,
		None => std::future::pending().await,
	}
}
