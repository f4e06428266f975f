//! The connection, and the check that an Ergon node is at its other end.

use crate::{
	blobs::{given, Blobs, BlobsAt},
	ConnectError, Keypair, QueryError,
};
use std::{sync::Arc, time::Duration};
use subxt::{
	backend::LegacyBackend,
	client::OnlineClientAtBlock,
	config::{substrate::SubstrateConfig, RpcConfigFor},
	ext::jsonrpsee::ws_client::{PingConfig, WsClient, WsClientBuilder},
	rpcs::{methods::legacy::LegacyRpcMethods, rpc_params, RpcClient},
	OnlineClient,
};

/// The name that an Ergon runtime gives itself.
const SPEC_NAME: &str = "ergon";
/// The most time for reaching a node and knowing what it is.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// The most time for one request: a large blob over a slow line.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest message to a node: a blob in base64 and its envelope.
const MAX_REQUEST: u32 = 16 << 20;
/// The largest message from a node: a page of views in hexadecimal.
const MAX_RESPONSE: u32 = 32 << 20;

/// How a client works with its node.
#[derive(Clone, Default)]
pub struct ClientOptions {
	/// Where the node's blobs are reached over HTTP.
	pub blobs: BlobsAt,
	/// What uploads are signed with where the node wants that: on every machine but its own.
	pub key: Option<Keypair>,
}

/// One connection to one Ergon node. Clones share it.
#[derive(Clone)]
pub struct Client {
	pub(crate) inner: Arc<Inner>,
}

/// What the clones of a client share.
pub(crate) struct Inner {
	pub(crate) url: String,
	/// Typed requests; answers about "now" are about the node's best block.
	pub(crate) methods: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
	/// Metadata, signing, storage. On the legacy methods: the new ones follow finalized blocks and drop a
	/// subscriber that is slow, and a job should not wait for finality at each step.
	pub(crate) online: OnlineClient<SubstrateConfig>,
	pub(crate) genesis: [u8; 32],
	pub(crate) blobs: Blobs,
	/// Held from reading a nonce to handing its transaction over, so that two tasks with one key do not take the
	/// same.
	pub(crate) signing: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Client {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Client").field("url", &self.inner.url).finish_non_exhaustive()
	}
}

/// The part of the runtime's version that tells what chain this is.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeVersion {
	spec_name: String,
	spec_version: u32,
}

impl Client {
	/// Connects to the node at `url` (`ws://…` or `wss://…`) and checks that it is an Ergon node whose market this
	/// client can read.
	pub async fn connect(url: &str) -> Result<Self, ConnectError> {
		Self::connect_with(url, ClientOptions::default()).await
	}

	/// The same, with options.
	pub async fn connect_with(url: &str, options: ClientOptions) -> Result<Self, ConnectError> {
		if let BlobsAt::At(blobs) = &options.blobs {
			given(blobs).ok_or_else(|| ConnectError::Blobs { url: blobs.clone() })?;
		}
		let authority = url.strip_prefix("ws://").or_else(|| url.strip_prefix("wss://"));
		if authority.is_none_or(|authority| authority.is_empty() || authority.starts_with('/')) {
			return Err(ConnectError::Url { url: url.to_owned() });
		}
		tokio::time::timeout(CONNECT_TIMEOUT, Self::connect_and_check(url, options)).await.unwrap_or_else(
			|_| {
				let reason = format!("no answer within {} s", CONNECT_TIMEOUT.as_secs());
				Err(ConnectError::Unreachable { url: url.to_owned(), reason })
			},
		)
	}

	/// A new connection to the same node, with the same options.
	pub async fn reconnect(&self) -> Result<Self, ConnectError> {
		Self::connect_with(&self.inner.url, self.inner.blobs.options()).await
	}

	async fn connect_and_check(url: &str, options: ClientOptions) -> Result<Self, ConnectError> {
		let socket: WsClient = WsClientBuilder::new()
			.max_request_size(MAX_REQUEST)
			.max_response_size(MAX_RESPONSE)
			.request_timeout(REQUEST_TIMEOUT)
			.enable_ws_ping(PingConfig::default())
			.build(url)
			.await
			.map_err(|e| no_socket(url, e.to_string()))?;
		let rpc = RpcClient::new(socket);

		let version: RuntimeVersion = rpc
			.request("state_getRuntimeVersion", rpc_params![])
			.await
			.map_err(|e| not_ergon(url, QueryError::of_rpc("state_getRuntimeVersion", url, e)))?;
		if version.spec_name != SPEC_NAME {
			let found = format!("a node of the chain '{}'", version.spec_name);
			return Err(ConnectError::NotErgon { url: url.to_owned(), found });
		}

		let methods = LegacyRpcMethods::new(rpc.clone());
		let genesis = methods
			.genesis_hash()
			.await
			.map_err(|e| not_ergon(url, QueryError::of_rpc("chain_getBlockHash", url, e)))?;
		let backend = LegacyBackend::builder().build(rpc.clone());
		let config = SubstrateConfig::builder().set_genesis_hash(genesis).build();
		let online = OnlineClient::from_backend_with_config(config, Arc::new(backend))
			.await
			.map_err(|e| ConnectError::Unreachable { url: url.to_owned(), reason: e.to_string() })?;

		let client = Self {
			inner: Arc::new(Inner {
				url: url.to_owned(),
				methods,
				online,
				genesis: genesis.0,
				blobs: Blobs::new(url, rpc.clone(), genesis.0, options),
				signing: tokio::sync::Mutex::new(()),
			}),
		};
		match client.market().await {
			Ok(_) => Ok(client),
			Err(QueryError::Connection { url, reason, .. }) => Err(ConnectError::Unreachable { url, reason }),
			Err(QueryError::Refused { reason, .. } | QueryError::Decode { reason, .. }) => {
				Err(ConnectError::Incompatible {
					url: url.to_owned(),
					spec_version: version.spec_version,
					reason,
				})
			},
		}
	}

	/// The hash of the chain's first block: what tells chains of the same name apart.
	pub fn genesis(&self) -> [u8; 32] {
		self.inner.genesis
	}

	/// The node's address.
	pub fn url(&self) -> &str {
		&self.inner.url
	}

	/// A view of the chain at the best block, for what needs metadata.
	pub(crate) async fn at_best(
		&self,
		what: &str,
	) -> Result<OnlineClientAtBlock<SubstrateConfig>, QueryError> {
		let (number, hash) = self.best_block().await?;
		self.inner
			.online
			.at_block_hash_and_number(subxt::config::substrate::H256(hash), number.into())
			.await
			.map_err(|e| QueryError::of_subxt(what, &self.inner.url, e))
	}
}

/// What a failed handshake says about the other end.
fn no_socket(url: &str, reason: String) -> ConnectError {
	let url = url.to_owned();
	// Somebody answered, in HTTP.
	if reason.contains("status code") {
		ConnectError::NotErgon { url, found: format!("a server that does not speak WebSocket ({reason})") }
	} else {
		ConnectError::Unreachable { url, reason }
	}
}

/// What a failed first question says about the other end.
fn not_ergon(url: &str, error: QueryError) -> ConnectError {
	let url = url.to_owned();
	match error {
		QueryError::Connection { reason, .. } => ConnectError::Unreachable { url, reason },
		QueryError::Refused { what, reason, .. } | QueryError::Decode { what, reason, .. } => {
			ConnectError::NotErgon { url, found: format!("a server that does not know {what} ({reason})") }
		},
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[tokio::test]
	async fn what_is_no_address_should_be_refused_with_an_example() {
		for url in ["", "127.0.0.1:9944", "http://127.0.0.1:9944", "ws://", "wss:///"] {
			let error = Client::connect(url).await.unwrap_err();
			assert!(matches!(&error, ConnectError::Url { .. }), "{url}: {error}");
			assert!(error.to_string().contains("ws://127.0.0.1:9944"), "{error}");
		}
	}

	#[tokio::test]
	async fn a_server_of_another_kind_should_be_told_apart() {
		use std::io::Write;
		let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let url = format!("ws://{}", listener.local_addr().unwrap());
		std::thread::spawn(move || {
			let (mut stream, _) = listener.accept().unwrap();
			stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").unwrap();
			// Kept open until the other side has read it.
			std::thread::sleep(Duration::from_secs(5));
		});
		let error = Client::connect(&url).await.unwrap_err();
		assert!(matches!(&error, ConnectError::NotErgon { .. }), "{error}");
		assert!(error.to_string().contains(&url), "{error}");
	}

	#[tokio::test]
	async fn nobody_at_the_address_should_be_said_so() {
		// Bound and dropped: nobody listens on it now.
		let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
		let error = Client::connect(&format!("ws://127.0.0.1:{port}")).await.unwrap_err();
		assert!(matches!(&error, ConnectError::Unreachable { .. }), "{error}");
		assert!(error.to_string().contains("--rpc-port"), "{error}");
	}
}
