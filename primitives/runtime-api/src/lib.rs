//! What the node, the RPC and dApps may ask the runtime. Every answer is computed from state at the block asked about.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;
use codec::Codec;
use ergon_primitives::{
	views::{Duty, JobView, Market, ProviderView, Quote, ShardView},
	JobId, JobSpec, ShardIndex, SpecError,
};

/// The most entries that one listing returns.
pub const PAGE: u32 = 100;

sp_api::decl_runtime_apis! {
	/// The compute market.
	#[api_version(1)]
	pub trait ComputeApi<AccountId> where AccountId: Codec {
		/// The market's parameters and size.
		fn market() -> Market;

		/// What a job would cost if it were submitted now, or which field stands in its way.
		fn quote(spec: JobSpec) -> Result<Quote, SpecError>;

		/// A job, until it is pruned.
		fn job(id: JobId) -> Option<JobView<AccountId>>;

		/// Jobs with a number of at least `from`, in order, at most [`PAGE`].
		fn jobs(from: JobId, limit: u32) -> Vec<JobView<AccountId>>;

		/// A shard of a job, until it is pruned.
		fn shard(id: JobId, shard: ShardIndex) -> Option<ShardView<AccountId>>;

		/// A provider by its stash.
		fn provider(stash: AccountId) -> Option<ProviderView<AccountId>>;

		/// Providers in the order of their storage keys after `after`, at most [`PAGE`].
		fn providers(after: Option<AccountId>, limit: u32) -> Vec<ProviderView<AccountId>>;

		/// The stash of the provider that a worker key works for.
		fn provider_of(worker: AccountId) -> Option<AccountId>;

		/// The open duties of a worker key: for each, all that it must know to do it.
		fn assignments(worker: AccountId) -> Vec<Duty<AccountId>>;
	}
}
