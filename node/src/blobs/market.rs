//! What is asked of the chain about blobs and who puts them.

use crate::service::{Block, FullClient};
use codec::Decode;
use ergon_primitives::{
	views::{JobView, Market},
	Balance, JobId,
};
use ergon_runtime::{AccountId, Nonce, Runtime};
use ergon_runtime_api::{ComputeApi, PAGE};
use sc_client_api::{HeaderBackend, StorageKey, StorageProvider};
use sp_api::ProvideRuntimeApi;
use sp_consensus::SyncOracle;
use sp_consensus_babe::SlotDuration;
use std::{
	sync::{Arc, OnceLock},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A best block older than this says too little about which jobs there are.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Questions to the chain, as of the best block. Each may take milliseconds; errors are texts for the log.
pub trait Questions: Send + Sync + 'static {
	/// Jobs with a number of at least `from`, in order: a full page, or all there are.
	fn jobs(&self, from: JobId) -> Result<Vec<JobView<AccountId>>, String>;
	/// How many entries a full page of [`Self::jobs`] has.
	fn page(&self) -> usize;
	/// A job.
	fn job(&self, id: JobId) -> Result<Option<JobView<AccountId>>, String>;
	/// The market's parameters.
	fn market(&self) -> Result<Market, String>;
	/// Whether an account is a provider's stash or worker key.
	fn is_provider(&self, account: &AccountId) -> Result<bool, String>;
	/// All that an account has, held or free.
	fn balance(&self, account: &AccountId) -> Result<Balance, String>;
	/// Tells how to know whether the chain is still being fetched. Until then it is.
	fn follow(&self, sync: Arc<dyn SyncOracle + Send + Sync>);
	/// The number of the latest final block.
	fn finalized(&self) -> u32;
	/// Nothing, if the best block is one that the network would call so; otherwise why not.
	fn is_current(&self) -> Result<(), String>;
}

/// The chain of this node.
pub struct Chain {
	client: Arc<FullClient>,
	/// Whether it is still being fetched: known as soon as there is a network.
	sync: OnceLock<Arc<dyn SyncOracle + Send + Sync>>,
	slot: SlotDuration,
}

impl Chain {
	/// With slots of that duration.
	pub fn new(client: Arc<FullClient>, slot: SlotDuration) -> Self {
		Self { client, sync: OnceLock::new(), slot }
	}
}

fn text(error: impl std::fmt::Display) -> String {
	error.to_string()
}

impl Questions for Chain {
	fn jobs(&self, from: JobId) -> Result<Vec<JobView<AccountId>>, String> {
		self.client.runtime_api().jobs(self.client.info().best_hash, from, PAGE).map_err(text)
	}

	fn page(&self) -> usize {
		PAGE as usize
	}

	fn job(&self, id: JobId) -> Result<Option<JobView<AccountId>>, String> {
		self.client.runtime_api().job(self.client.info().best_hash, id).map_err(text)
	}

	fn market(&self) -> Result<Market, String> {
		self.client.runtime_api().market(self.client.info().best_hash).map_err(text)
	}

	fn is_provider(&self, account: &AccountId) -> Result<bool, String> {
		let (api, best) = (self.client.runtime_api(), self.client.info().best_hash);
		Ok(api.provider(best, account.clone()).map_err(text)?.is_some()
			|| api.provider_of(best, account.clone()).map_err(text)?.is_some())
	}

	fn balance(&self, account: &AccountId) -> Result<Balance, String> {
		type Record = frame_system::AccountInfo<Nonce, pallet_balances::AccountData<Balance>>;

		let key = StorageKey(frame_system::Account::<Runtime>::hashed_key_for(account));
		let found = self.client.storage(self.client.info().best_hash, &key).map_err(text)?;
		let Some(found) = found else { return Ok(0) };
		let record = Record::decode(&mut &found.0[..])
			.map_err(|_| "the account has an unknown form; is the node older than the runtime?")?;
		Ok(record.data.free.saturating_add(record.data.reserved))
	}

	fn follow(&self, sync: Arc<dyn SyncOracle + Send + Sync>) {
		// Told once; a second network would be the same.
		let _ = self.sync.set(sync);
	}

	fn finalized(&self) -> u32 {
		self.client.info().finalized_number
	}

	fn is_current(&self) -> Result<(), String> {
		if self.sync.get().is_none_or(|sync| sync.is_major_syncing()) {
			return Err("the node is still fetching the chain".into());
		}
		let best = self.client.info().best_hash;
		let header = self.client.header(best).map_err(text)?.ok_or("the best block has no header")?;
		let slot = sc_consensus_babe::find_pre_digest::<Block>(&header).map_err(text)?.slot();
		let began = Duration::from_millis(slot.saturating_mul(self.slot.as_millis()));
		let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
		match now.saturating_sub(began) > MAX_AGE {
			true => Err("the best block is more than ten minutes old".into()),
			false => Ok(()),
		}
	}
}
