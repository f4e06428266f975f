use ergon_gateway::{Chain, Standing};
use ergon_primitives::JobId;
use sp_core::crypto::AccountId32;
use std::{
	collections::HashMap,
	sync::{
		atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
		Mutex,
	},
};

/// A chain that answers from tables.
#[derive(Default)]
pub struct FakeChain {
	pub max_blob: AtomicU64,
	pub owners: Mutex<HashMap<JobId, AccountId32>>,
	pub standings: Mutex<HashMap<AccountId32, Standing>>,
	pub broken: AtomicBool,
	pub asked: AtomicU64,
}

impl FakeChain {
	pub fn new(max_blob: u64) -> Self {
		Self { max_blob: max_blob.into(), ..Self::default() }
	}

	fn ask(&self) -> Result<(), String> {
		self.asked.fetch_add(1, Relaxed);
		match self.broken.load(Relaxed) {
			true => Err("the state of block 7 is gone from /var/lib/secret".into()),
			false => Ok(()),
		}
	}
}

impl Chain for FakeChain {
	fn genesis(&self) -> [u8; 32] {
		[7; 32]
	}

	fn max_blob(&self) -> u64 {
		self.max_blob.load(Relaxed)
	}

	fn owner(&self, job: JobId) -> Result<Option<AccountId32>, String> {
		self.ask()?;
		Ok(self.owners.lock().unwrap().get(&job).cloned())
	}

	fn standing(&self, account: &AccountId32) -> Result<Standing, String> {
		self.ask()?;
		Ok(self.standings.lock().unwrap().get(account).copied().unwrap_or(Standing::Stranger))
	}
}
