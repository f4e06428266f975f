//! Bytes from a place into a sink: counted, timed, hashed.

use crate::{error::Why, Limits};
use bytes::Bytes;
use ergon_primitives::{BlobHasher, BlobId};
use futures::{Stream, StreamExt};
use std::time::Duration;
use tokio::{
	io::{AsyncWrite, AsyncWriteExt},
	time::{timeout_at, Instant},
};

/// Where bytes go as they come. What it got is the blob only if the fetch ends well: throw it away otherwise.
pub type Sink<'a> = &'a mut (dyn AsyncWrite + Send + Unpin);

/// Writes a body to the sink and gives its size if it is this blob and no larger than `max`.
///
/// Never asks how long the body says that it is: it is counted as it comes.
pub(crate) async fn pour(
	mut body: impl Stream<Item = Result<Bytes, Why>> + Unpin,
	id: &BlobId,
	max: u64,
	limits: &Limits,
	sink: Sink<'_>,
) -> Result<u64, Why> {
	let started = Instant::now();
	let mut hasher = BlobHasher::new();
	let mut size = 0u64;
	loop {
		// The moment from which so few bytes are too slow; it bounds a pause as well as a trickle.
		let earned = Duration::from_millis(size.saturating_mul(1000) / limits.slowest.max(1));
		let piece = match timeout_at(started + limits.grace + earned, body.next()).await {
			Ok(Some(piece)) => piece?,
			Ok(None) => break,
			Err(_) => return Err(Why::TooSlow { got: size, within: started.elapsed() }),
		};
		size = size.saturating_add(piece.len() as u64);
		if size > max {
			return Err(Why::TooLarge { max });
		}
		hasher.update(&piece);
		sink.write_all(&piece).await.map_err(Why::Here)?;
	}
	sink.flush().await.map_err(Why::Here)?;
	match hasher.finish() {
		found if found == *id => Ok(size),
		found => Err(Why::WrongBytes { found, size }),
	}
}
