//! The chain behind a node's WebSocket.

use super::{Chain, Connector, Report, Trouble};
use crate::duty::{Account, Duty, Provider};
use ergon_client::{BlobError, Call, Client, ConnectError, Keypair, QueryError, SubmitError};
use ergon_primitives::{BlobId, BlockNumber};
use futures::{stream::BoxStream, StreamExt};
use std::{sync::Arc, time::Duration};

/// How long a sent transaction is waited for; after that the state says whether it is still due. Longer than a pool
/// takes to include or drop it in a chain that makes blocks.
const SUBMIT_PATIENCE: Duration = Duration::from_secs(90);
/// The node's answer for a blob that is larger than it gives over its RPC.
const BLOB_TOO_LARGE: i32 = 8002;

/// Connects to one node with one key.
pub struct NodeConnector {
	/// Where the node is.
	pub url: String,
	/// What reports are signed with.
	pub key: Arc<Keypair>,
}

/// A connection to a node.
#[derive(Clone)]
pub struct Node {
	client: Client,
	key: Arc<Keypair>,
}

impl Connector for NodeConnector {
	type Chain = Node;

	async fn connect(&self) -> Result<Node, Trouble> {
		match Client::connect(&self.url).await {
			Ok(client) => Ok(Node { client, key: self.key.clone() }),
			Err(error @ ConnectError::Unreachable { .. }) => Err(Trouble::Lost(error.to_string())),
			Err(error) => Err(Trouble::Refused(error.to_string())),
		}
	}
}

impl Chain for Node {
	fn genesis(&self) -> [u8; 32] {
		self.client.genesis()
	}

	async fn block_time(&self) -> Result<Duration, Trouble> {
		Ok(Duration::from_millis(self.client.market().await?.timing.block_millis))
	}

	async fn best_block(&self) -> Result<BlockNumber, Trouble> {
		Ok(self.client.best_block().await?.0)
	}

	async fn best_blocks(&self) -> Result<BoxStream<'static, Result<BlockNumber, Trouble>>, Trouble> {
		let blocks = self.client.best_blocks().await?;
		Ok(blocks.map(|block| Ok(block?.0)).boxed())
	}

	async fn assignments(&self, worker: &Account) -> Result<Vec<Duty>, Trouble> {
		Ok(self.client.assignments(worker).await?)
	}

	async fn employer(&self, worker: &Account) -> Result<Option<Provider>, Trouble> {
		match self.client.provider_of(worker).await? {
			Some(stash) => Ok(self.client.provider(&stash).await?),
			None => Ok(None),
		}
	}

	async fn get_blob(&self, id: BlobId) -> Result<Option<Vec<u8>>, Trouble> {
		match self.client.get_blob(id).await {
			Ok(found) => Ok(found),
			// No worker can have it either.
			Err(BlobError::Query(QueryError::Refused { code: BLOB_TOO_LARGE, .. })) => Ok(None),
			Err(error) => Err(error.into()),
		}
	}

	async fn put_blob(&self, bytes: Vec<u8>) -> Result<BlobId, Trouble> {
		Ok(self.client.put_blob(bytes).await?)
	}

	async fn submit(&self, report: Report) -> Result<BlockNumber, Trouble> {
		let call = match report {
			Report::Commit(commits) => Call::Commit(commits),
			Report::Reveal(reveals) => Call::Reveal(reveals),
			Report::Resume => Call::ProviderResume,
		};
		let sent = tokio::time::timeout(SUBMIT_PATIENCE, self.client.submit(call, &self.key)).await;
		let patience = SUBMIT_PATIENCE.as_secs();
		match sent {
			Ok(included) => Ok(included?.block),
			Err(_) => Err(Trouble::Refused(format!(
				"not in a block after {patience} s; the pool may have dropped it"
			))),
		}
	}
}

impl From<QueryError> for Trouble {
	fn from(error: QueryError) -> Self {
		match error.is_connection() {
			true => Self::Lost(error.to_string()),
			false => Self::Refused(error.to_string()),
		}
	}
}

impl From<BlobError> for Trouble {
	fn from(error: BlobError) -> Self {
		match error.is_connection() {
			true => Self::Lost(error.to_string()),
			false => Self::Refused(error.to_string()),
		}
	}
}

impl From<SubmitError> for Trouble {
	fn from(error: SubmitError) -> Self {
		let text = error.to_string();
		match (error.is_connection(), meaning(&text)) {
			(true, _) => Self::Lost(text),
			(false, Some(meaning)) => Self::Refused(format!("{meaning} ({text})")),
			(false, None) => Self::Refused(text),
		}
	}
}

/// What the number means with which the chain keeps an undue commit or reveal out of its blocks.
fn meaning(text: &str) -> Option<&'static str> {
	let (_, code) = text.split_once("Custom error: ")?;
	let code: u8 = code.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
	Some(match code {
		100 => "this key is not the worker key of any provider",
		101 => "the batch is empty",
		102 => "the batch names a shard twice",
		103 => "the shard is closed",
		104 => "the provider was not drawn for the shard",
		105 => "the shard does not take commitments now",
		106 => "the window has passed",
		107 => "there is a commitment for this shard already",
		108 => "the shard does not take reveals now",
		109 => "there is no commitment to open",
		110 => "this was revealed already",
		111 => "the claim's fuel is above the shard's limit",
		112 => "claim and salt are not what was committed to",
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn custom_codes_should_be_said_in_words() {
		let text =
			"Attestation.commit was refused: Invalid Transaction: Custom error: 106; nothing was changed";
		assert_eq!(meaning(text), Some("the window has passed"));
		assert_eq!(meaning("Custom error: 7"), None);
		assert_eq!(meaning("Custom error: 99999"), None);
		assert_eq!(meaning("Inability to pay some fees"), None);
	}
}
