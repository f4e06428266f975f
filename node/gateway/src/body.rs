//! A blob's bytes on their way out.

use crate::{app::App, Error};
use axum::body::Body;
use bytes::Bytes;
use ergon_blobs::{BlobError, BlobReader, BlobStore};
use ergon_primitives::{blob::LEAF, BlobId};
use futures::stream;
use std::{collections::VecDeque, ops::Range, sync::Arc, time::Duration};
use tokio::{
	sync::OwnedSemaphorePermit,
	task::{spawn_blocking, JoinHandle},
};
use tracing::{info, warn};

/// A blob of at most so many bytes is read where the request is: from the page cache that takes a few microseconds, less than
/// a change of threads.
const INLINE: u64 = 64 << 10;
/// With so few downloads, each reads two leaves ahead, on two threads; with more, one.
const FEW: usize = 4;

/// A blob that is being read, verified leaf by leaf. A leaf that turns out damaged is fetched again from the network, once
/// for each read.
pub(crate) struct Source {
	app: Arc<App>,
	id: BlobId,
	size: u64,
	/// Those that no thread reads with.
	readers: Vec<BlobReader>,
	/// How long a damaged leaf may be waited for.
	heal: Duration,
}

/// What a thread brings back.
type Read = (Option<BlobReader>, Result<Bytes, BlobError>);

impl Source {
	/// Opens a blob that is here; `None` if it is not (any more).
	pub(crate) async fn open(app: &Arc<App>, id: BlobId, heal: Duration) -> Result<Option<Self>, Error> {
		let small = app.store.stat(&id)?.is_some_and(|stat| stat.size <= INLINE);
		let store = app.store.clone();
		let reader = match small {
			true => store.reader(&id)?,
			false => App::blocking(move || store.reader(&id)).await?,
		};
		let open = |reader: BlobReader| Self {
			app: app.clone(),
			id,
			size: reader.size(),
			readers: vec![reader],
			heal,
		};
		Ok(reader.map(open))
	}

	pub(crate) fn size(&self) -> u64 {
		self.size
	}

	/// Reads from `from` to the end of the leaf that it is in, but not to `end` or beyond.
	pub(crate) async fn read(&mut self, from: u64, end: u64) -> Result<Bytes, Error> {
		if self.size <= INLINE {
			if let Some(reader) = self.readers.last_mut() {
				let read = reader.read(from, length(from, end));
				return self.healed(read, from, end).await;
			}
		}
		let ahead = self.ahead(from, end);
		self.land(ahead, from, end).await
	}

	/// Starts to read on another thread; [`Self::land`] takes what it has read.
	fn ahead(&mut self, from: u64, end: u64) -> JoinHandle<Read> {
		let (reader, store, id) = (self.readers.pop(), self.app.store.clone(), self.id);
		spawn_blocking(move || match reader.map_or_else(|| reopen(&store, id), Ok) {
			Ok(mut reader) => {
				let read = reader.read(from, length(from, end));
				(Some(reader), read)
			},
			Err(error) => (None, Err(error)),
		})
	}

	async fn land(&mut self, ahead: JoinHandle<Read>, from: u64, end: u64) -> Result<Bytes, Error> {
		let (reader, read) = ahead.await.map_err(|_| Error::Closing)?;
		self.readers.extend(reader);
		self.healed(read, from, end).await
	}

	async fn healed(&mut self, read: Result<Bytes, BlobError>, from: u64, end: u64) -> Result<Bytes, Error> {
		let lost = match read {
			Err(error @ (BlobError::Corrupt { .. } | BlobError::NotHere(_))) => error,
			other => return Ok(other?),
		};
		self.readers.clear();
		// A read beside this one may have noticed before, and it is here again.
		if !self.app.store.has(&self.id) {
			warn!(blob = %self.id, cause = %lost, "fetching again what was lost");
			self.app.fetch(self.id, self.heal).await?;
		}
		let (reader, read) = self.ahead(from, end).await.map_err(|_| Error::Closing)?;
		self.readers.extend(reader);
		Ok(read?)
	}

	/// The bytes of a range, of which the first are read already. While a leaf is on its way to the client, the next are
	/// read: of each download three leaves are in memory, four where there are few.
	pub(crate) fn stream(self, range: Range<u64>, first: Bytes, place: Option<OwnedSemaphorePermit>) -> Body {
		let at = range.start + first.len() as u64;
		let busy = self.app.limits.downloads.saturating_sub(self.app.downloads.available_permits());
		let depth = if busy <= FEW { 2 } else { 1 };
		let ahead = VecDeque::with_capacity(depth);
		let mut pump = Pump {
			source: self,
			first: Some(first),
			at,
			asked: at,
			end: range.end,
			depth,
			ahead,
			_place: place,
		};
		pump.fill();
		Body::from_stream(stream::unfold(Some(pump), |pump| async { pump?.next().await }))
	}
}

/// One more reader, or one for a blob that was lost and fetched again.
fn reopen(store: &BlobStore, id: BlobId) -> Result<BlobReader, BlobError> {
	store.reader(&id)?.ok_or(BlobError::NotHere(id))
}

/// The most that is read at once: to the end of the leaf.
fn length(from: u64, end: u64) -> usize {
	let leaf = LEAF as u64;
	(leaf - from % leaf).min(end.saturating_sub(from)) as usize
}

/// A body in progress.
struct Pump {
	source: Source,
	/// What is sent next, if it is read already.
	first: Option<Bytes>,
	/// Up to where was given away.
	at: u64,
	/// Up to where is being read.
	asked: u64,
	end: u64,
	/// How many leaves are read at once.
	depth: usize,
	ahead: VecDeque<JoinHandle<Read>>,
	_place: Option<OwnedSemaphorePermit>,
}

impl Pump {
	fn fill(&mut self) {
		while self.ahead.len() < self.depth && self.asked < self.end {
			self.ahead.push_back(self.source.ahead(self.asked, self.end));
			self.asked += length(self.asked, self.end) as u64;
		}
	}

	async fn next(mut self) -> Option<(Result<Bytes, Error>, Option<Self>)> {
		if let Some(first) = self.first.take() {
			self.source.app.metrics.sent(first.len() as u64);
			return Some((Ok(first), Some(self)));
		}
		let ahead = self.ahead.pop_front()?;
		let read = match self.source.land(ahead, self.at, self.end).await {
			// More was promised: an empty piece would never end.
			Ok(read) if read.is_empty() => Err(Error::Closing),
			other => other,
		};
		match read {
			Ok(read) => {
				let whole = read.len() == length(self.at, self.end);
				self.at += read.len() as u64;
				if !whole {
					// A tree of other leaves than ours: what was read ahead begins in the wrong place.
					self.ahead.clear();
					self.asked = self.at;
				}
				self.fill();
				self.source.app.metrics.sent(read.len() as u64);
				Some((Ok(read), Some(self)))
			},
			Err(error) => {
				// The head is sent: all that can be done is to break the connection, so that the client knows.
				info!(blob = %self.source.id, at = self.at, %error, cause = error.cause(), "a download broke off");
				Some((Err(error), None))
			},
		}
	}
}
