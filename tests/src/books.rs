//! Whether the money adds up, asked of the node's raw storage and not of the client library under test.

use codec::Decode;
use jsonrpsee::{core::client::ClientT, rpc_params, ws_client::WsClientBuilder};

use crate::Node;

/// `twox_128("System") ‖ twox_128("Account")`.
const ACCOUNTS: &str = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
/// `twox_128("Balances") ‖ twox_128("TotalIssuance")`.
const ISSUANCE: &str = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80";

/// The value of `System.Account`: reference counts, then money.
#[derive(Decode)]
struct Account {
	_counts: [u32; 4],
	free: u128,
	reserved: u128,
	_frozen: u128,
	_flags: u128,
}

/// What all accounts own, free and held, and the total issuance, at one finalized or best block.
pub async fn total_on_accounts(node: &Node) -> anyhow::Result<(u128, u128)> {
	let rpc = WsClientBuilder::default().build(node.url()).await?;
	let at: String = rpc.request("chain_getBlockHash", rpc_params![]).await?;
	let read = |key: String| {
		let (rpc, at) = (&rpc, &at);
		async move {
			let value: Option<String> = rpc.request("state_getStorage", rpc_params![key, at]).await?;
			Ok::<_, anyhow::Error>(hex::decode(value.unwrap_or_default().trim_start_matches("0x"))?)
		}
	};
	let issuance = u128::decode(&mut &read(ISSUANCE.into()).await?[..])?;
	let keys: Vec<String> =
		rpc.request("state_getKeysPaged", rpc_params![ACCOUNTS, 1000, None::<String>, &at]).await?;
	anyhow::ensure!(!keys.is_empty() && keys.len() < 1000, "{} accounts are not one page", keys.len());
	let mut sum = 0;
	for key in keys {
		let account = Account::decode(&mut &read(key).await?[..])?;
		sum += account.free + account.reserved;
	}
	Ok((sum, issuance))
}

/// Panics unless what is on accounts is what was issued.
pub async fn assert_books_balance(node: &Node) {
	let (sum, issuance) = total_on_accounts(node).await.expect("storage can be read");
	assert_eq!(sum, issuance, "money on accounts, free and held, differs from the issuance");
}
