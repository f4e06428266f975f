use ergon_primitives::JobId;
use sp_core::crypto::AccountId32;

/// What the gateway asks the chain, as of the best block. The calls may block; errors are texts for the log.
pub trait Chain: Send + Sync + 'static {
	/// The hash of the first block: signatures hold for one chain.
	fn genesis(&self) -> [u8; 32];

	/// The most bytes of a blob, in bytes: a parameter of the chain.
	fn max_blob(&self) -> u64;

	/// Who ordered a job; `None` if there is none of that number or it is pruned.
	fn owner(&self, job: JobId) -> Result<Option<AccountId32>, String>;

	/// What an account is in the market.
	fn standing(&self, account: &AccountId32) -> Result<Standing, String>;
}

/// What an account is in the market: decides whether its signed uploads are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
	/// A provider's stash or worker key: may upload, also for any job.
	Provider,
	/// Owns a job or holds more than a job's deposit: may upload, and for its own jobs.
	Client,
	/// None of these: may not.
	Stranger,
}
