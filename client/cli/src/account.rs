//! `ergon account`: balances and transfers.

use crate::{context::Context, show, values};
use anyhow::Result;
use clap::Subcommand;
use ergon_client::{AccountId, Call};
use ergon_primitives::Balance;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
	/// Show what an account owns; the key's own without ACCOUNT.
	Show {
		/// The account.
		#[arg(value_parser = values::account)]
		account: Option<AccountId>,
	},
	/// Send tokens; never empties the sender's account.
	Transfer {
		/// To whom.
		#[arg(value_parser = values::account)]
		to: AccountId,
		/// How much.
		#[arg(value_parser = values::amount, allow_negative_numbers = true)]
		amount: Balance,
	},
}

pub async fn run(context: &Context, command: AccountCommand) -> Result<()> {
	match command {
		AccountCommand::Show { account } => {
			let account = context.account(account)?;
			let balance = context.connect().await?.balance(&account).await?;
			let json = json!({
				"account": account,
				"free": balance.free.to_string(),
				"held": balance.held.to_string(),
				"total": balance.total().to_string(),
			});
			context.give(&json, || {
				format!(
					"{account}\nfree   {}\nheld   {}\ntotal  {}",
					show::both(balance.free),
					show::both(balance.held),
					show::both(balance.total())
				)
			})
		},
		AccountCommand::Transfer { to, amount } => {
			let done = format!("sent {} to {to}", show::amount(amount));
			context.submit_and_tell(Call::Transfer { to, amount }, &done).await
		},
	}
}
