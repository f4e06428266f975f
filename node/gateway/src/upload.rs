//! A blob's bytes on their way in.

use crate::{app::App, Error};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use ergon_blobs::{BlobError, BlobStore, Hold};
use ergon_primitives::BlobId;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::{
	sync::mpsc::{channel, Receiver},
	task::spawn_blocking,
	time::{timeout, Instant},
};

/// Smaller pieces are put together before they go to the thread that writes.
const PIECE: usize = 64 << 10;
/// How many pieces wait for the disk: then the client waits.
const WAITING: usize = 4;

/// A blob that is in the store.
pub(crate) struct Received {
	pub(crate) id: BlobId,
	pub(crate) size: u64,
	/// Whether it was not here before.
	pub(crate) new: bool,
}

/// Streams a body into the store. If anything goes wrong on the way, nothing of it stays.
///
/// `received` counts the bytes that came, also where it fails.
pub(crate) async fn receive(
	app: &App,
	body: Body,
	hold: Hold,
	expected: Option<BlobId>,
	limit: u64,
	received: &mut u64,
) -> Result<Received, Error> {
	let (pieces, waiting) = channel(WAITING);
	let store = app.store.clone();
	let writing = spawn_blocking(move || write(&store, waiting, hold, expected));
	let mut intake = Intake { body, pace: Pace::new(app), limit, received, buffer: BytesMut::new() };
	let outcome = loop {
		match intake.next().await {
			Ok(Some(piece)) => {
				if pieces.send(Some(piece)).await.is_err() {
					// The writer has ended before its time, and will say why.
					break Ok(());
				}
			},
			Ok(None) => {
				let _ = pieces.send(None).await;
				break Ok(());
			},
			Err(error) => break Err(error),
		}
	};
	// Without an end mark, this makes the writer drop what it has.
	drop(pieces);
	app.metrics.received(*received);
	let written = writing.await.map_err(|_| Error::Closing)?;
	outcome?;
	let (id, new) = written?.ok_or(Error::Closing)?;
	Ok(Received { id, size: *received, new })
}

/// Writes pieces to the store until the end mark; `None` if there is none.
fn write(
	store: &BlobStore,
	mut pieces: Receiver<Option<Bytes>>,
	hold: Hold,
	expected: Option<BlobId>,
) -> Result<Option<(BlobId, bool)>, BlobError> {
	let mut writer = store.writer(hold)?;
	loop {
		match pieces.blocking_recv() {
			Some(Some(piece)) => writer.write(&piece)?,
			Some(None) => break,
			None => return Ok(None),
		}
	}
	let finished = writer.finish_told(expected)?;
	Ok(Some((finished.id, finished.new)))
}

/// The body as pieces of a useful size, within its bounds.
struct Intake<'a> {
	body: Body,
	pace: Pace,
	limit: u64,
	received: &'a mut u64,
	buffer: BytesMut,
}

impl Intake<'_> {
	async fn next(&mut self) -> Result<Option<Bytes>, Error> {
		loop {
			let frame = self.pace.wait(self.body.frame(), *self.received).await?;
			let data = match frame.transpose() {
				Ok(Some(frame)) => frame.into_data().unwrap_or_default(),
				Ok(None) if self.buffer.is_empty() => return Ok(None),
				Ok(None) => return Ok(Some(self.buffer.split().freeze())),
				Err(error) => return Err(Error::Incomplete(error.to_string())),
			};
			*self.received += data.len() as u64;
			if *self.received > self.limit {
				return Err(Error::TooLarge(self.limit));
			}
			if self.buffer.is_empty() && data.len() >= PIECE / 2 {
				return Ok(Some(data));
			}
			self.buffer.extend_from_slice(&data);
			if self.buffer.len() >= PIECE {
				return Ok(Some(self.buffer.split().freeze()));
			}
		}
	}
}

/// How long the sender may take: only what is waited for it counts, not what our disk takes.
struct Pace {
	piece: Duration,
	body: Duration,
	least_rate: u64,
	waited: Duration,
}

impl Pace {
	fn new(app: &App) -> Self {
		let limits = &app.limits;
		Self { piece: limits.piece, body: limits.body, least_rate: limits.least_rate, waited: Duration::ZERO }
	}

	async fn wait<T>(
		&mut self,
		frame: impl std::future::Future<Output = T>,
		received: u64,
	) -> Result<T, Error> {
		let began = Instant::now();
		let arrived = timeout(self.piece, frame).await.map_err(|_| Error::Slow)?;
		self.waited += began.elapsed();
		match self.is_slow(received) {
			true => Err(Error::Slow),
			false => Ok(arrived),
		}
	}

	fn is_slow(&self, received: u64) -> bool {
		let seconds = self.waited.as_secs();
		self.waited > self.body || (self.waited > self.piece && received < seconds * self.least_rate)
	}
}
