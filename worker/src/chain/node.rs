//! The chain behind a node's WebSocket.

use super::{Chain, Connector, Report, ShardEnd, Terms, Trouble, Want};
use crate::duty::{Account, Duty, Provider};
use bytes::Bytes;
use ergon_client::{
	BlobError, BlobsAt, Call, Client, ClientOptions, ConnectError, Get, Keypair, Put, QueryError, Spread,
	SubmitError,
};
use ergon_primitives::{views::ShardView, BlobId, BlockNumber, JobId, ShardKey, Verdict};
use futures::{stream::BoxStream, StreamExt};
use std::{sync::Arc, time::Duration};

/// How long a sent transaction is waited for; after that the state says whether it is still due. Longer than a pool
/// takes to include or drop it in a chain that makes blocks.
const SUBMIT_PATIENCE: Duration = Duration::from_secs(90);

/// Connects to one node with one key.
pub struct NodeConnector {
	/// Where the node is.
	pub url: String,
	/// Where its blobs are.
	pub blobs: BlobsAt,
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
		let options = ClientOptions { blobs: self.blobs.clone(), key: Some((*self.key).clone()) };
		match Client::connect_with(&self.url, options).await {
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

	async fn terms(&self) -> Result<Terms, Trouble> {
		let market = self.client.market().await?;
		let block_time = Duration::from_millis(market.timing.block_millis);
		Ok(Terms { block_time, blobs: market.blobs })
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

	async fn shard_end(&self, key: ShardKey) -> Result<ShardEnd, Trouble> {
		Ok(match self.client.shard(key.job, key.shard).await? {
			None => ShardEnd::Gone,
			Some(ShardView::Queued | ShardView::Open(_)) => ShardEnd::Open,
			Some(ShardView::Closed(record)) => match record.verdict {
				Verdict::Agreed { outcomes, .. } => ShardEnd::Agreed(outcomes),
				_ => ShardEnd::Failed,
			},
		})
	}

	async fn get_blob(&self, id: BlobId, want: Want) -> Result<Option<Vec<u8>>, Trouble> {
		let get = Get { limit: want.limit, patience: want.within, progress: None };
		match self.client.get_blob_with(id, &get).await {
			Ok((bytes, _)) => Ok(Some(bytes)),
			Err(BlobError::Missing(_)) => Ok(None),
			// No worker can have it either.
			Err(error @ BlobError::TooLarge { .. }) => {
				tracing::warn!(blob = %id, %error, "a blob is not taken");
				Ok(None)
			},
			Err(error) => Err(error.into()),
		}
	}

	async fn put_blob(&self, bytes: Bytes, job: JobId) -> Result<BlobId, Trouble> {
		Ok(self.client.put_blob_with(bytes, &Put { job: Some(job), progress: None }).await?)
	}

	async fn has_blob(&self, id: BlobId) -> Result<bool, Trouble> {
		Ok(self.client.has_blob(id).await?)
	}

	async fn spread_blob(&self, id: BlobId, job: JobId) -> Result<Spread, Trouble> {
		Ok(self.client.spread_blob(id, job).await?)
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
		// A node whose HTTP alone is away is asked again over the same connection.
		match error.is_node_lost() {
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
