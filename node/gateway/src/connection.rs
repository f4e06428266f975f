//! One connection: time bounds on both directions, and an end that lets the client read the last answer.

use std::{
	future::Future,
	io,
	pin::Pin,
	task::{Context, Poll},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
	time::{sleep, timeout, Instant, Sleep},
};

/// A stream whose peer must take some of what is written within a time. Reading is timed by what reads.
pub(crate) struct Timed<S> {
	stream: S,
	stall: Duration,
	/// Set while a write waits.
	waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
	pub(crate) fn new(stream: S, stall: Duration) -> Self {
		Self { stream, stall, waiting: None }
	}

	pub(crate) fn into_inner(self) -> S {
		self.stream
	}

	fn timed<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
		if written.is_ready() {
			self.waiting = None;
			return written;
		}
		let stall = self.stall;
		let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(stall)));
		match waiting.as_mut().poll(cx) {
			Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
			Poll::Pending => Poll::Pending,
		}
	}
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
	fn poll_read(
		mut self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_read(cx, buffer)
	}
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
	fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
		let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
		self.timed(cx, written)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		pieces: &[io::IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
		self.timed(cx, written)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}

	fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
		let flushed = Pin::new(&mut self.stream).poll_flush(cx);
		self.timed(cx, flushed)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_shutdown(cx)
	}
}

/// How long, and for how many bytes, an ended connection is read on.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 32 << 20);

/// Ends a connection.
///
/// Whoever is refused in the middle of an upload may still be sending. Were the socket closed at once, the system would answer
/// those bytes with a reset, which throws away the answer that says why. So our side ends first, and for a short time what
/// comes is read and forgotten.
pub(crate) async fn end(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
	let (time, bytes) = LINGER;
	let until = Instant::now() + time;
	if timeout(time, stream.shutdown()).await.is_err() {
		return;
	}
	let mut buffer = vec![0; 16 << 10];
	let mut read = 0;
	while read < bytes {
		match tokio::time::timeout_at(until, stream.read(&mut buffer)).await {
			Ok(Ok(count)) if count > 0 => read += count,
			_ => return,
		}
	}
}

#[cfg(test)]
mod tests {
	// A test may stop at the first surprise.
	#![allow(clippy::unwrap_used)]

	use super::*;
	use tokio::io::duplex;

	#[tokio::test]
	async fn peer_that_takes_nothing_should_be_given_up() {
		let (near, far) = duplex(8);
		let mut timed = Timed::new(near, Duration::from_millis(20));
		timed.write_all(&[0; 8]).await.unwrap();
		let error = timed.write_all(&[0; 1]).await.unwrap_err();
		assert_eq!(error.kind(), io::ErrorKind::TimedOut);
		drop(far);
	}

	#[tokio::test]
	async fn peer_that_takes_some_should_be_borne() {
		let (near, mut far) = duplex(8);
		let mut timed = Timed::new(near, Duration::from_millis(200));
		let reading = tokio::spawn(async move {
			let mut bytes = [0; 8];
			for _ in 0..4 {
				sleep(Duration::from_millis(80)).await;
				far.read_exact(&mut bytes).await.unwrap();
			}
		});
		// Longer than the bound in all, never without progress for that long.
		timed.write_all(&[0; 32]).await.unwrap();
		reading.await.unwrap();
	}

	#[tokio::test]
	async fn end_should_read_on_until_the_peer_ends() {
		let (near, mut far) = duplex(8);
		let ending = tokio::spawn(end(near));
		far.write_all(&[0; 1000]).await.unwrap();
		drop(far);
		ending.await.unwrap();
	}

	#[tokio::test(start_paused = true)]
	async fn end_should_not_wait_for_ever() {
		let (near, _far) = duplex(8);
		end(near).await;
	}
}
