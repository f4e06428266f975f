//! The best block, once and as a stream.

use crate::{Client, QueryError};
use codec::Encode;
use ergon_primitives::BlockNumber;
use futures::{stream, stream::BoxStream, StreamExt};
use subxt::config::substrate::{SubstrateHeader, H256};

/// Number and hash of each new best block; ends after its first error.
pub type BestBlocks = BoxStream<'static, Result<(BlockNumber, [u8; 32]), QueryError>>;

impl Client {
	/// Number and hash of the node's best block.
	pub async fn best_block(&self) -> Result<(BlockNumber, [u8; 32]), QueryError> {
		let what = "chain_getHeader";
		let url = &self.inner.url;
		let header =
			self.inner.methods.chain_get_header(None).await.map_err(|e| QueryError::of_rpc(what, url, e))?;
		match header {
			Some(header) => locate(&header, url),
			None => Err(QueryError::Decode {
				what: what.to_owned(),
				url: url.clone(),
				reason: "no best block".to_owned(),
			}),
		}
	}

	/// The current best block at once, then each new one. A lost connection is the last item, as an error.
	pub async fn best_blocks(&self) -> Result<BestBlocks, QueryError> {
		let what = "chain_subscribeNewHeads";
		let url = self.inner.url.clone();
		let heads = self
			.inner
			.methods
			.chain_subscribe_new_heads()
			.await
			.map_err(|e| QueryError::of_rpc(what, &url, e))?;
		let ended = QueryError::Connection {
			what: what.to_owned(),
			url: url.clone(),
			reason: "the node closed the subscription".to_owned(),
		};
		let blocks = heads.map(move |head| match head {
			Ok(header) => locate(&header, &url),
			Err(e) => Err(QueryError::of_rpc(what, &url, e)),
		});
		let mut failed = false;
		Ok(blocks
			.chain(stream::once(async { Err(ended) }))
			.take_while(move |block| {
				let go_on = !failed;
				failed |= block.is_err();
				async move { go_on }
			})
			.boxed())
	}
}

/// A header's height and hash. Computed here, so that both are of the same block whatever happens meanwhile.
fn locate(header: &SubstrateHeader<H256>, url: &str) -> Result<(BlockNumber, [u8; 32]), QueryError> {
	let number = BlockNumber::try_from(header.number).map_err(|_| QueryError::Decode {
		what: "a block's header".to_owned(),
		url: url.to_owned(),
		reason: format!("height {} is above 2^32", header.number),
	})?;
	Ok((number, blake2_256(&header.encode())))
}

/// The hash of Substrate's headers.
fn blake2_256(bytes: &[u8]) -> [u8; 32] {
	use subxt::config::Hasher;
	subxt::config::substrate::BlakeTwo256.hash(bytes).0
}
