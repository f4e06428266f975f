//! Blobs to and from the node; what comes back is checked against its name while it comes.
//!
//! Blobs go over the node's HTTP where there is a way to it, streamed, of any size that the market allows; without one,
//! small blobs go over JSON-RPC, and larger ones are refused with a word on what is in the way.

mod client;
mod error;
mod get;
mod http;
mod put;
mod route;
mod rpc;
mod sign;
mod verifier;

#[cfg(test)]
mod tests;

pub use error::{BlobError, Missing, Partial};
pub use get::{Found, Get, Got};
pub use put::Put;
pub use route::{BlobsAt, NoGateway};
pub use rpc::{BlobStatus, BlobsInfo, Holder, Holders, Spread, MAX_RPC_BLOB};

pub(crate) use route::given;
use verifier::Verifier;

use crate::{ClientOptions, Keypair};
use http::Gateway;
use std::sync::Arc;
use subxt::rpcs::RpcClient;

/// What is being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
	/// The bytes go to the node.
	Sending,
	/// The node itself fetches the blob from others.
	Searching,
	/// The bytes come from the node.
	Receiving,
}

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
	/// What is being waited for.
	pub stage: Stage,
	/// Bytes so far.
	pub done: u64,
	/// Bytes in all, where that is known.
	pub total: Option<u64>,
}

/// Is told how far a transfer has come, often; should return at once.
pub type Progress = Arc<dyn Fn(Step) + Send + Sync>;

/// One node's blobs.
pub(crate) struct Blobs {
	/// The node's JSON-RPC.
	url: String,
	rpc: RpcClient,
	genesis: [u8; 32],
	/// What was said of the way.
	at: BlobsAt,
	/// What uploads are signed with where that is needed.
	key: Option<Keypair>,
	/// Found out at the first transfer.
	way: tokio::sync::OnceCell<Way>,
}

/// Which ways there are to a node's blobs.
struct Way {
	gateway: Result<Gateway, NoGateway>,
	/// The most bytes over JSON-RPC.
	max_rpc: u64,
}

impl Blobs {
	pub fn new(url: &str, rpc: RpcClient, genesis: [u8; 32], options: ClientOptions) -> Self {
		let ClientOptions { blobs: at, key } = options;
		Self { url: url.to_owned(), rpc, genesis, at, key, way: tokio::sync::OnceCell::new() }
	}

	/// The options that it was made with.
	pub fn options(&self) -> ClientOptions {
		ClientOptions { blobs: self.at.clone(), key: self.key.clone() }
	}

	/// The ways that there are.
	async fn way(&self) -> Result<&Way, BlobError> {
		self.way
			.get_or_try_init(|| async {
				let info = self.info().await?;
				let max_rpc = info.as_ref().map_or(MAX_RPC_BLOB as u64, |info| info.max_rpc_blob);
				let base = match &self.at {
					BlobsAt::Off => Err(NoGateway::Off),
					BlobsAt::At(url) => given(url).ok_or_else(|| NoGateway::Unreadable(url.clone())),
					BlobsAt::Announced => {
						let listens = info.as_ref().and_then(|info| info.http.as_deref());
						route::announced(&self.url, listens)
					},
				};
				Ok(Way { gateway: base.and_then(Gateway::new), max_rpc: max_rpc.min(MAX_RPC_BLOB as u64) })
			})
			.await
	}
}
