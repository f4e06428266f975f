//! HTTP by hand, for what no client would send.

use std::{net::SocketAddr, time::Duration};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Raw(pub TcpStream);

/// What came until the other side ended.
pub struct Answer {
	pub status: u16,
	pub head: String,
	pub body: String,
	/// Whether the end was an orderly one.
	pub clean: bool,
}

impl Raw {
	pub async fn connect(address: SocketAddr) -> Self {
		Self(TcpStream::connect(address).await.unwrap())
	}

	pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
		self.0.write_all(bytes.as_ref()).await.unwrap();
	}

	/// Sends the same again and again, as long as the other side listens; how many bytes it took.
	pub async fn flood(&mut self, piece: &[u8], most: usize) -> usize {
		let mut sent = 0;
		while sent < most {
			match timeout(PATIENCE, self.0.write(&piece[sent % piece.len()..])).await {
				Ok(Ok(count)) => sent += count,
				_ => break,
			}
		}
		sent
	}

	/// Reads to the end of the connection, which must come.
	pub async fn end(mut self) -> Answer {
		let mut bytes = Vec::new();
		let mut buffer = [0; 16 << 10];
		let clean = loop {
			let read = timeout(PATIENCE, self.0.read(&mut buffer)).await;
			match read.expect("the connection is closed") {
				Ok(0) => break true,
				Ok(count) => bytes.extend_from_slice(&buffer[..count]),
				Err(_) => break false,
			}
		};
		let text = String::from_utf8_lossy(&bytes).into_owned();
		let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
		let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
		Answer { status, head: head.to_lowercase(), body: body.into(), clean }
	}
}

/// One request, one answer.
pub async fn exchange(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
	let mut raw = Raw::connect(address).await;
	raw.send(request).await;
	raw.end().await
}
