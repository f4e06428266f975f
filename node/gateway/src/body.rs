//! A blob's bytes on their way out.

use crate::{app::App, Error};
use axum::body::Body;
use bytes::Bytes;
use ergon_blobs::{BlobError, BlobReader};
use ergon_primitives::{blob::LEAF, BlobId};
use futures::stream;
use std::{ops::Range, sync::Arc, time::Duration};
use tokio::{
	sync::OwnedSemaphorePermit,
	task::{spawn_blocking, JoinHandle},
};
use tracing::{info, warn};

/// A blob of at most so many bytes is read where the request is: from the page cache that takes a few microseconds, less than
/// a change of threads.
const INLINE: u64 = 64 << 10;

/// A blob that is being read, verified leaf by leaf. A leaf that turns out damaged is fetched again from the network, once
/// for each read.
pub(crate) struct Source {
	app: Arc<App>,
	id: BlobId,
	size: u64,
	/// Away while a thread reads with it.
	reader: Option<BlobReader>,
	/// How long a damaged leaf may be waited for.
	heal: Duration,
}

/// What a thread brings back.
type Read = (BlobReader, Result<Bytes, BlobError>);

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
			reader: Some(reader),
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
			if let Some(reader) = &mut self.reader {
				let read = reader.read(from, length(from, end));
				return self.healed(read, from, end).await;
			}
		}
		let ahead = self.ahead(from, end);
		self.land(ahead, from, end).await
	}

	/// Starts to read on another thread; [`Self::land`] takes what it has read.
	fn ahead(&mut self, from: u64, end: u64) -> Option<JoinHandle<Read>> {
		let mut reader = self.reader.take()?;
		Some(spawn_blocking(move || {
			let read = reader.read(from, length(from, end));
			(reader, read)
		}))
	}

	async fn land(&mut self, ahead: Option<JoinHandle<Read>>, from: u64, end: u64) -> Result<Bytes, Error> {
		let ahead = ahead.ok_or(Error::Closing)?;
		let (reader, read) = ahead.await.map_err(|_| Error::Closing)?;
		self.reader = Some(reader);
		self.healed(read, from, end).await
	}

	async fn healed(&mut self, read: Result<Bytes, BlobError>, from: u64, end: u64) -> Result<Bytes, Error> {
		let lost = match read {
			Err(error @ (BlobError::Corrupt { .. } | BlobError::NotHere(_))) => error,
			other => return Ok(other?),
		};
		warn!(blob = %self.id, cause = %lost, "fetching again what was lost");
		self.reader = None;
		self.app.fetch(self.id, self.heal).await?;
		let (store, id) = (self.app.store.clone(), self.id);
		let mut reader = App::blocking(move || store.reader(&id)).await?.ok_or(lost)?;
		let (reader, read) = App::blocking(move || {
			let read = reader.read(from, length(from, end))?;
			Ok((reader, read))
		})
		.await?;
		self.reader = Some(reader);
		Ok(read)
	}

	/// The bytes of a range, of which the first are read already. While a leaf is on its way to the client, the next is
	/// read: three are in memory at most.
	pub(crate) fn stream(
		mut self,
		range: Range<u64>,
		first: Bytes,
		place: Option<OwnedSemaphorePermit>,
	) -> Body {
		let at = range.start + first.len() as u64;
		let ahead = if at < range.end { self.ahead(at, range.end) } else { None };
		let pump = Pump { source: self, first: Some(first), at, end: range.end, ahead, _place: place };
		Body::from_stream(stream::unfold(Some(pump), |pump| async { pump?.next().await }))
	}
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
	/// Up to where was read.
	at: u64,
	end: u64,
	ahead: Option<JoinHandle<Read>>,
	_place: Option<OwnedSemaphorePermit>,
}

impl Pump {
	async fn next(mut self) -> Option<(Result<Bytes, Error>, Option<Self>)> {
		if let Some(first) = self.first.take() {
			self.source.app.metrics.sent(first.len() as u64);
			return Some((Ok(first), Some(self)));
		}
		if self.at >= self.end {
			return None;
		}
		let ahead = self.ahead.take();
		let read = match self.source.land(ahead, self.at, self.end).await {
			// More was promised: an empty piece would never end.
			Ok(read) if read.is_empty() => Err(Error::Closing),
			other => other,
		};
		match read {
			Ok(read) => {
				self.at += read.len() as u64;
				if self.at < self.end {
					self.ahead = self.source.ahead(self.at, self.end);
				}
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
