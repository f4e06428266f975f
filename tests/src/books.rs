//! Whether the money adds up.

use codec::Decode;

use crate::{
	raw::{prefix, Raw},
	Node,
};

/// The value of `System.Account`: reference counts, then money.
#[derive(Decode)]
struct Account {
	_counts: [u32; 4],
	free: u128,
	reserved: u128,
	_frozen: u128,
	_flags: u128,
}

/// What all accounts own, free and held, and the total issuance, at the best block.
pub async fn total_on_accounts(node: &Node) -> anyhow::Result<(u128, u128)> {
	let raw = Raw::connect(node).await?;
	let at = raw.block(None).await?;
	let issuance = raw.value(&prefix("Balances", "TotalIssuance"), &at).await?;
	let mut sum = 0;
	for key in raw.keys(&prefix("System", "Account"), &at).await? {
		let account = Account::decode(&mut &raw.value(&key, &at).await?[..])?;
		sum += account.free + account.reserved;
	}
	Ok((sum, u128::decode(&mut &issuance[..])?))
}

/// Panics unless what is on accounts is what was issued.
pub async fn assert_books_balance(node: &Node) {
	let (sum, issuance) = total_on_accounts(node).await.expect("storage can be read");
	assert!(sum > 0, "there are accounts");
	assert_eq!(sum, issuance, "money on accounts, free and held, differs from the issuance");
}
