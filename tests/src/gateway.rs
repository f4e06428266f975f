//! A node's blobs over HTTP, asked as any program would and not through the client library under test.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use reqwest::{Body, Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

/// How long one transfer may take on a slow, shared machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// The door of one node.
#[derive(Clone, Debug)]
pub struct Gateway {
	/// Where it is.
	pub address: SocketAddr,
	http: Client,
}

/// The answer to an upload.
#[derive(Clone, Debug, Deserialize)]
pub struct Stored {
	/// The name.
	pub cid: String,
	/// The length, in bytes.
	pub size: u64,
}

/// What was refused: a status, and the JSON that explains it.
#[derive(Debug)]
pub struct Refused {
	/// The status.
	pub status: StatusCode,
	/// The whole answer; null if it was no JSON.
	pub said: Value,
}

impl std::fmt::Display for Refused {
	fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(out, "{}: {}", self.status, self.said)
	}
}

impl std::error::Error for Refused {}

impl Gateway {
	/// The one at this address.
	pub fn at(address: SocketAddr) -> Self {
		// Plain HTTP only; the library wants to know all the same who would do the cryptography. Told twice is told.
		let _ = rustls::crypto::ring::default_provider().install_default();
		let http = Client::builder().timeout(PATIENCE).no_proxy().build();
		Self { address, http: http.expect("the defaults are sound; qed") }
	}

	fn url(&self, path: &str) -> String {
		format!("http://{}/{path}", self.address)
	}

	/// Uploads.
	pub async fn put(&self, bytes: impl Into<Body>) -> anyhow::Result<Stored> {
		self.put_with("", bytes).await
	}

	/// Uploads with a query such as `?cid=…`.
	pub async fn put_with(&self, query: &str, bytes: impl Into<Body>) -> anyhow::Result<Stored> {
		let answer = self.http.put(self.url(&format!("blobs{query}"))).body(bytes).send().await?;
		Ok(serde_json::from_slice(&accepted(answer).await?.bytes().await?)?)
	}

	/// Reads a whole blob, from the network if the node does not have it.
	pub async fn get(&self, cid: &str) -> anyhow::Result<Bytes> {
		let answer = self.http.get(self.url(&format!("ipfs/{cid}?timeout=240"))).send().await?;
		Ok(accepted(answer).await?.bytes().await?)
	}

	/// Reads a whole blob if the node itself has it.
	pub async fn get_here(&self, cid: &str) -> anyhow::Result<Option<Bytes>> {
		let request = self.http.get(self.url(&format!("ipfs/{cid}")));
		let answer = request.header("cache-control", "only-if-cached").send().await?;
		if answer.status() == StatusCode::PRECONDITION_FAILED {
			return Ok(None);
		}
		Ok(Some(accepted(answer).await?.bytes().await?))
	}
}

async fn accepted(answer: Response) -> anyhow::Result<Response> {
	if answer.status().is_success() {
		return Ok(answer);
	}
	let status = answer.status();
	let said = serde_json::from_slice(&answer.bytes().await?).unwrap_or(Value::Null);
	Err(Refused { status, said }.into())
}

/// The refusal that an upload or a read must have met.
pub fn refusal<T: std::fmt::Debug>(answer: anyhow::Result<T>) -> Refused {
	match answer {
		Ok(accepted) => panic!("accepted: {accepted:?}"),
		Err(error) => {
			error.downcast().unwrap_or_else(|error| panic!("not an answer of the gateway: {error:#}"))
		},
	}
}
