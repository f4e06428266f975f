//! The connection that comes and goes, and the word to stop.

use super::execute::Fault;
use crate::{backoff::Backoff, chain::Trouble};
use ergon_primitives::{BlobId, BlockNumber};
use std::{future::Future, time::Duration};
use tokio::sync::watch;

/// The slowest line that is waited for, in bytes a second.
const SLOWEST: u64 = 64 << 10;

/// Why there is no claim.
#[derive(Debug)]
pub enum Halt {
	/// Nobody waits for it any more.
	Stopped,
	/// A blob that it needs cannot be had.
	Unavailable(BlobId),
	/// This machine could not do it.
	Fault(Fault),
}

/// Says that work should end.
#[derive(Debug)]
pub struct StopHandle(watch::Sender<bool>);

/// Hears that work should end.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl StopHandle {
	/// A handle and what hears it.
	pub fn new() -> (Self, Stop) {
		let (sender, receiver) = watch::channel(false);
		(Self(sender), Stop(receiver))
	}

	/// Asks for the end. Who drops the handle asks for it too.
	pub fn stop(&self) {
		self.0.send_replace(true);
	}
}

impl Stop {
	/// Returns when the end was asked for.
	pub async fn requested(&self) {
		// An error means that the handle is gone, and with it whoever would want the result.
		let _ = self.0.clone().wait_for(|stop| *stop).await;
	}

	/// Whether the end was asked for.
	pub fn is_requested(&self) -> bool {
		*self.0.borrow() || self.0.has_changed().is_err()
	}

	/// The result of `future`, unless the end is asked for before.
	pub async fn or<T>(&self, future: impl Future<Output = T>) -> Result<T, Halt> {
		tokio::select! {
			biased;
			() = self.requested() => Err(Halt::Stopped),
			result = future => Ok(result),
		}
	}
}

/// How patient requests are.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
	/// The first wait after a failure; doubles from there.
	pub first: Duration,
	/// The longest wait.
	pub cap: Duration,
	/// How long one request may take.
	pub request: Duration,
}

impl Pace {
	/// The waits between tries.
	pub fn backoff(&self) -> Backoff {
		Backoff::new(self.first, self.cap)
	}
}

/// The connection as the shards see it: it may be away for a while, and come back as another.
#[derive(Clone, Debug)]
pub struct Link<C> {
	chain: watch::Receiver<Option<C>>,
	best: watch::Receiver<BlockNumber>,
	/// How patient requests are.
	pub pace: Pace,
}

/// The side of a [`Link`] that knows about the connection.
#[derive(Debug)]
pub struct LinkEnd<C> {
	chain: watch::Sender<Option<C>>,
	best: watch::Sender<BlockNumber>,
}

impl<C: Clone> Link<C> {
	/// A link without a connection, and its other end.
	pub fn new(pace: Pace) -> (LinkEnd<C>, Self) {
		let (chain_end, chain) = watch::channel(None);
		let (best_end, best) = watch::channel(0);
		(LinkEnd { chain: chain_end, best: best_end }, Self { chain, best, pace })
	}

	/// The best block that was last heard of.
	pub fn best(&self) -> BlockNumber {
		*self.best.borrow()
	}

	/// Returns when the best block is `block` or a later one; never, if nobody tells of blocks any more.
	pub async fn reached(&self, block: BlockNumber) {
		if self.best.clone().wait_for(|best| *best >= block).await.is_err() {
			std::future::pending().await
		}
	}

	/// Asks the node, waiting for a connection if there is none. No answer in time is a lost connection.
	pub async fn ask<T, F>(&self, request: impl FnOnce(C) -> F) -> Result<T, Trouble>
	where
		F: Future<Output = Result<T, Trouble>>,
	{
		self.ask_for(0, request).await
	}

	/// The same for a request in which so many bytes are moved at most.
	pub async fn ask_for<T, F>(&self, bytes: u64, request: impl FnOnce(C) -> F) -> Result<T, Trouble>
	where
		F: Future<Output = Result<T, Trouble>>,
	{
		self.within(Duration::ZERO, bytes, request).await
	}

	/// The same for a request that the node may take so long over before it answers.
	pub async fn within<T, F>(
		&self,
		search: Duration,
		bytes: u64,
		request: impl FnOnce(C) -> F,
	) -> Result<T, Trouble>
	where
		F: Future<Output = Result<T, Trouble>>,
	{
		let chain = match self.chain.clone().wait_for(Option::is_some).await {
			Ok(chain) => chain.clone(),
			Err(_) => None,
		};
		let chain = chain.ok_or_else(|| Trouble::Lost("the worker is ending".into()))?;
		// However slow the line is, as long as bytes come: silence in between is found out by who transfers them.
		let transfer = Duration::from_secs(bytes / SLOWEST);
		in_time(self.pace.request.saturating_add(search).saturating_add(transfer), request(chain)).await
	}
}

impl<C> LinkEnd<C> {
	/// There is a connection now, or none.
	pub fn set(&self, chain: Option<C>) {
		self.chain.send_replace(chain);
	}

	/// There is a new best block.
	pub fn best(&self, block: BlockNumber) {
		self.best.send_replace(block);
	}
}

/// The answer of a request; none in time is a lost connection.
pub async fn in_time<T>(
	limit: Duration,
	request: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
	match tokio::time::timeout(limit, request).await {
		Ok(answer) => answer,
		Err(_) => Err(Trouble::Lost(format!("no answer within {} s", limit.as_secs_f32()))),
	}
}
