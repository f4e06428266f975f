//! A node's storage as it lies there, asked over plain JSON-RPC and not through the client library under test.

use jsonrpsee::{
	core::client::ClientT,
	rpc_params,
	ws_client::{WsClient, WsClientBuilder},
};
use sp_crypto_hashing::twox_128;

use crate::Node;

/// A connection for raw reads.
pub struct Raw(WsClient);

/// The key that a storage value or the items of a map begin with.
pub fn prefix(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

impl Raw {
	/// Connects to a node.
	pub async fn connect(node: &Node) -> anyhow::Result<Self> {
		Ok(Self(WsClientBuilder::default().build(node.url()).await?))
	}

	/// The hash of a block: of the best one, or of that number.
	pub async fn block(&self, number: Option<u32>) -> anyhow::Result<String> {
		let hash: Option<String> = self.0.request("chain_getBlockHash", rpc_params![number]).await?;
		hash.ok_or_else(|| anyhow::anyhow!("there is no block {number:?}"))
	}

	/// All keys that begin with `prefix`, as of a block.
	pub async fn keys(&self, prefix: &[u8], at: &str) -> anyhow::Result<Vec<Vec<u8>>> {
		let prefix = text(prefix);
		let (mut found, mut last) = (Vec::new(), None::<String>);
		loop {
			let page: Vec<String> =
				self.0.request("state_getKeysPaged", rpc_params![&prefix, 500, &last, at]).await?;
			let Some(end) = page.last().cloned() else { return Ok(found) };
			for key in &page {
				found.push(bytes(key)?);
			}
			last = Some(end);
		}
	}

	/// The value under a key; empty if there is none.
	pub async fn value(&self, key: &[u8], at: &str) -> anyhow::Result<Vec<u8>> {
		let value: Option<String> = self.0.request("state_getStorage", rpc_params![text(key), at]).await?;
		bytes(&value.unwrap_or_default())
	}

	/// Bytes of all keys and values of a pallet, as of a block.
	pub async fn size_of_pallet(&self, pallet: &str, at: &str) -> anyhow::Result<usize> {
		let mut size = 0;
		for key in self.keys(&twox_128(pallet.as_bytes()), at).await? {
			size += key.len() + self.value(&key, at).await?.len();
		}
		Ok(size)
	}
}

fn text(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn bytes(text: &str) -> anyhow::Result<Vec<u8>> {
	Ok(hex::decode(text.trim_start_matches("0x"))?)
}
