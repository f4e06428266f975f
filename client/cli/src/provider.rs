//! `ergon provider`: a machine's offer.

use crate::{context::Context, offer, show, values};
use anyhow::{bail, Context as _, Result};
use clap::{Args, Subcommand};
use ergon_client::{account_of, AccountId, Call};
use ergon_primitives::{
	provider::{InfoError, MAX_ADDRESSES, MAX_ADDRESS_BYTES},
	views::ProviderView,
	Balance, Price, ProviderInfo, ProviderStatus, Region, PROFILE_1,
};

#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
	/// Offer this machine. Signed by the stash, which owns the bond and is paid.
	Register {
		/// What is held as the bond; open work locks a part of it, a fault costs of that.
		#[arg(long, value_name = "AMOUNT", value_parser = values::amount, allow_negative_numbers = true)]
		bond: Balance,
		/// The account of the key that `ergon-worker` runs with; another than the stash.
		#[arg(long, value_name = "ACCOUNT", value_parser = values::account)]
		worker: AccountId,
		/// The price of a Gfuel.
		#[arg(long, value_name = "PRICE", value_parser = values::price, allow_negative_numbers = true)]
		ask: Price,
		/// The speed of one slot in Mfuel a second, as `ergon-worker benchmark` measures it.
		#[arg(long, value_name = "MFUEL/S", allow_negative_numbers = true)]
		speed: u32,
		#[command(flatten)]
		offer: Offer,
	},
	/// Change what is offered; what is not given stays. Open work keeps its price.
	Update {
		/// The price of a Gfuel.
		#[arg(long, value_name = "PRICE", value_parser = values::price, allow_negative_numbers = true)]
		ask: Option<Price>,
		/// The speed of one slot in Mfuel a second.
		#[arg(long, value_name = "MFUEL/S", allow_negative_numbers = true)]
		speed: Option<u32>,
		#[command(flatten)]
		offer: Offer,
	},
	/// Add to the bond.
	Bond {
		#[arg(value_parser = values::amount, allow_negative_numbers = true)]
		amount: Balance,
	},
	/// Begin to take out a part of the bond; `withdraw` gives it back when it has unbonded.
	Unbond {
		#[arg(value_parser = values::amount, allow_negative_numbers = true)]
		amount: Balance,
	},
	/// Take out what has finished unbonding.
	Withdraw,
	/// Take no new work; open work stays due.
	Pause,
	/// Take work again: after a pause at once, after a suspension when its rest is over. With the worker's key it costs
	/// nothing; a running `ergon-worker` does it by itself.
	Resume,
	/// Say who runs this provider: for whoever runs several, so that they do not check each other's work.
	#[command(subcommand)]
	Operator(OperatorCommand),
	/// Cease to be a provider; needs that no work is open.
	Deregister,
	/// Replace the worker key.
	SetWorker {
		/// The new worker's account.
		#[arg(value_parser = values::account)]
		worker: AccountId,
	},
	/// Show a provider; the key's own without ACCOUNT.
	Show {
		/// Its stash.
		#[arg(value_parser = values::account)]
		account: Option<AccountId>,
	},
	/// List providers.
	List {
		/// How many at most.
		#[arg(long, value_name = "N", default_value_t = 100)]
		limit: u32,
	},
}

/// Who runs a provider.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
	/// Name the account that runs this provider. Signed by the stash; counts once that account has confirmed it.
	Set {
		/// The operator.
		#[arg(value_parser = values::account)]
		operator: AccountId,
	},
	/// Confirm that you run a provider that has named you. Signed by the operator.
	Confirm {
		/// The provider's stash.
		#[arg(value_parser = values::account)]
		provider: AccountId,
	},
	/// Be one's own operator again. Signed by the stash; needs that no work is open.
	Clear,
}

/// What may stay as it is.
#[derive(Debug, Args)]
pub struct Offer {
	/// Shards to be worked on at a time. 1 at registration, unless said.
	#[arg(long, value_name = "N", allow_negative_numbers = true)]
	slots: Option<u16>,
	/// Memory for one task. 1G at registration, unless said.
	#[arg(long, value_name = "SIZE", value_parser = values::mebibytes, allow_negative_numbers = true)]
	memory: Option<u32>,
	/// The country it stands in; ZZ does not say.
	#[arg(long, value_name = "XX", value_parser = values::region)]
	region: Option<Region>,
	/// Where it can be reached, for information; repeat it for more, give it once and empty for none.
	#[arg(long = "address", value_name = "ADDRESS")]
	addresses: Vec<String>,
}

impl Offer {
	fn apply(self, info: &mut ProviderInfo) -> Result<()> {
		info.slots = self.slots.unwrap_or(info.slots);
		info.memory = self.memory.unwrap_or(info.memory);
		info.region = self.region.unwrap_or(info.region);
		if !self.addresses.is_empty() {
			let given = self.addresses.into_iter().filter(|address| !address.is_empty());
			info.addresses = given
				.map(|address| address.into_bytes().try_into().ok())
				.collect::<Option<Vec<_>>>()
				.and_then(|addresses| addresses.try_into().ok())
				.with_context(|| {
					format!("--address: at most {MAX_ADDRESSES}, of at most {MAX_ADDRESS_BYTES} bytes each")
				})?;
		}
		info.check().map_err(|e| crate::failure::Usage(advice(e).into()).into())
	}
}

/// Which option cannot be accepted, and what would be.
fn advice(error: InfoError) -> &'static str {
	match error {
		InfoError::Slots => "--slots: must be 1 to 256",
		InfoError::Ask => "--ask: must be above zero",
		InfoError::Memory => "--memory: must be at least 1M",
		InfoError::Profiles => "the offer names no execution profile",
		InfoError::Speed => "--speed: must be at least 1 Mfuel/s; measure it with `ergon-worker benchmark`",
		InfoError::Region => "--region: must be two upper-case letters",
	}
}

pub async fn run(context: &Context, command: ProviderCommand) -> Result<()> {
	match command {
		ProviderCommand::Register { bond, worker, ask, speed, offer } => {
			let mut info = ProviderInfo {
				slots: 1,
				ask,
				memory: 1024,
				profiles: vec![PROFILE_1].try_into().unwrap_or_default(),
				speed,
				region: Region::UNSAID,
				addresses: Default::default(),
			};
			offer.apply(&mut info)?;
			let done = format!(
				"registered with a bond of {}; start `ergon-worker run` with the worker's key",
				show::amount(bond)
			);
			context.submit_and_tell(Call::ProviderRegister { bond, worker, info }, &done).await
		},
		ProviderCommand::Update { ask, speed, offer } => update(context, ask, speed, offer).await,
		ProviderCommand::Bond { amount } => {
			let done = format!("added {} to the bond", show::amount(amount));
			context.submit_and_tell(Call::ProviderBondMore { amount }, &done).await
		},
		ProviderCommand::Unbond { amount } => {
			let done = format!(
				"unbonding {}; `ergon provider show` says from when `withdraw` gives it back",
				show::amount(amount)
			);
			context.submit_and_tell(Call::ProviderUnbond { amount }, &done).await
		},
		ProviderCommand::Withdraw => context.submit_and_tell(Call::ProviderWithdraw, "withdrawn").await,
		ProviderCommand::Pause => context.submit_and_tell(Call::ProviderPause, "paused").await,
		ProviderCommand::Resume => resume(context).await,
		ProviderCommand::Operator(command) => operator(context, command).await,
		ProviderCommand::Deregister => {
			context.submit_and_tell(Call::ProviderDeregister, "deregistered").await
		},
		ProviderCommand::SetWorker { worker } => {
			let done = format!("the worker key is now {worker}");
			context.submit_and_tell(Call::ProviderSetWorker { worker }, &done).await
		},
		ProviderCommand::Show { account } => {
			let account = context.account(account)?;
			let client = context.connect().await?;
			let view = client.provider(&account).await?.with_context(|| unknown(&account))?;
			let market = client.market().await?;
			context.give(&offer::json(&view, &market)?, || offer::describe(&view, &market))
		},
		ProviderCommand::List { limit } => list(context, limit).await,
	}
}

/// Takes work again, signed by the stash or by the worker; says how long a rest still lasts instead of failing for it.
async fn resume(context: &Context) -> Result<()> {
	let signer = context.signer()?;
	let account = account_of(&signer);
	let client = context.connect().await?;
	// In the chain's order: one's own provider, and without one, that whose worker the key is.
	let view = match (client.provider(&account).await?, client.provider_of(&account).await?) {
		(Some(own), _) => Some(own),
		(None, Some(stash)) => client.provider(&stash).await?,
		(None, None) => None,
	};
	let view = view.with_context(|| unknown(&account))?;
	let stash = view.stash;
	if let ProviderStatus::Suspended { until } = view.status {
		let market = client.market().await?;
		// The call is in the next block at the earliest.
		let left = until.saturating_sub(market.block.saturating_add(1));
		if left > 0 {
			bail!(
				"{stash} rests after a fault for another {}, until block {until}; then `ergon provider resume` ends it, and so does a running ergon-worker by itself",
				show::blocks(left, market.timing.block_millis)
			);
		}
	}
	let included = context.submit(&client, Call::ProviderResume, &signer).await?;
	context.tell(&included, &account, "resumed")
}

async fn operator(context: &Context, command: OperatorCommand) -> Result<()> {
	match command {
		OperatorCommand::Set { operator } => {
			let done = format!(
				"named {operator}; it counts when that account has confirmed it: ergon provider operator confirm STASH"
			);
			context.submit_and_tell(Call::ProviderSetOperator { operator: Some(operator) }, &done).await
		},
		OperatorCommand::Confirm { provider } => {
			let done = format!("confirmed: {provider} is yours, and is not drawn together with your others");
			context.submit_and_tell(Call::ProviderConfirmOperator { provider }, &done).await
		},
		OperatorCommand::Clear => {
			let call = Call::ProviderSetOperator { operator: None };
			context.submit_and_tell(call, "its stash is its operator again").await
		},
	}
}

fn unknown(account: &AccountId) -> String {
	format!("{account} is not a provider: register it, or name the stash (not the worker) of one")
}

async fn update(context: &Context, ask: Option<Price>, speed: Option<u32>, offer: Offer) -> Result<()> {
	let signer = context.signer()?;
	let account = account_of(&signer);
	let client = context.connect().await?;
	let view = client.provider(&account).await?.with_context(|| unknown(&account))?;
	let mut info = view.info;
	info.ask = ask.unwrap_or(info.ask);
	info.speed = speed.unwrap_or(info.speed);
	offer.apply(&mut info)?;
	let included = context.submit(&client, Call::ProviderUpdate { info }, &signer).await?;
	context.tell(&included, &account, "updated")
}

async fn list(context: &Context, limit: u32) -> Result<()> {
	let client = context.connect().await?;
	let mut all: Vec<ProviderView<AccountId>> = Vec::new();
	loop {
		let missing = limit.saturating_sub(u32::try_from(all.len()).unwrap_or(u32::MAX));
		let after = all.last().map(|view| view.stash);
		let page = if missing == 0 { Vec::new() } else { client.providers(after.as_ref(), missing).await? };
		// Each page goes on behind the last; an empty one, or one that does not move, is the end.
		if page.is_empty() || page.last().map(|view| view.stash) == after {
			break;
		}
		all.extend(page);
	}
	context.give(&serde_json::to_value(&all)?, || {
		if all.is_empty() {
			return "no providers".to_owned();
		}
		all.iter().map(offer::line).collect::<Vec<_>>().join("\n")
	})
}
