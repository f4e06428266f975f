//! What accounts own.

use crate::{AccountId, Client, QueryError};
use ergon_primitives::Balance;
use subxt::{dynamic, ext::scale_decode::DecodeAsType};

/// What an account owns, in plancks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AccountBalance {
	/// Can be spent.
	#[serde(with = "ergon_primitives::text::balance")]
	pub free: Balance,
	/// Held: bonds, budgets of open jobs, deposits.
	#[serde(with = "ergon_primitives::text::balance")]
	pub held: Balance,
}

impl AccountBalance {
	/// All that it owns.
	pub fn total(&self) -> Balance {
		self.free.saturating_add(self.held)
	}
}

/// The part of `System.Account` that is read here.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct AccountInfo {
	data: AccountData,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct AccountData {
	free: u128,
	reserved: u128,
}

impl Client {
	/// What an account owns at the best block; nothing for an account that the chain does not know.
	pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance, QueryError> {
		let what = "the balance";
		let at = self.at_best(what).await?;
		let address = dynamic::storage::<([u8; 32],), AccountInfo>("System", "Account");
		let info = at
			.storage()
			.try_fetch(address, (account.0,))
			.await
			.map_err(|e| QueryError::of_subxt(what, &self.inner.url, e))?
			.map(|value| value.decode())
			.transpose()
			.map_err(|e| QueryError::of_subxt(what, &self.inner.url, e))?;
		Ok(info.map_or_else(AccountBalance::default, |info| AccountBalance {
			free: info.data.free,
			held: info.data.reserved,
		}))
	}

	/// All plancks that exist, at the best block.
	pub async fn total_issuance(&self) -> Result<Balance, QueryError> {
		let what = "the total issuance";
		let at = self.at_best(what).await?;
		let address = dynamic::storage::<(), u128>("Balances", "TotalIssuance");
		at.storage()
			.fetch(address, ())
			.await
			.map_err(|e| QueryError::of_subxt(what, &self.inner.url, e))?
			.decode()
			.map_err(|e| QueryError::of_subxt(what, &self.inner.url, e))
	}
}
