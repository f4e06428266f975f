use alloc::vec::Vec;
use ergon_primitives::{attestation::Terms, ShardAttestation, ShardKey};
use sp_runtime::{DispatchError, DispatchResult};
use sp_weights::Weight;

use crate::Offer;

/// Commit, reveal, count. Behind it: `pallet-attestation`. Asked by: jobs.
pub trait Attestation<AccountId> {
	/// Opens a shard with its first replicas, already engaged; their commit window starts now.
	fn open(key: ShardKey, terms: Terms, replicas: Vec<Offer<AccountId>>) -> DispatchResult;

	/// Adds the replicas that the shard waits for, already engaged; their commit window starts now.
	fn extend(key: ShardKey, replicas: Vec<Offer<AccountId>>) -> DispatchResult;

	/// Closes an open shard without a verdict of its own: every replica that is still engaged is discharged without
	/// fault. Used at the job's deadline. Does not call back.
	fn abandon(key: ShardKey);

	/// The state of an open shard.
	fn get(key: ShardKey) -> Option<ShardAttestation<AccountId>>;

	/// The most that [`Self::open`] or [`Self::extend`] costs.
	fn open_weight() -> Weight;

	/// The most that [`Self::abandon`] costs, discharges included.
	fn abandon_weight() -> Weight;
}

impl<AccountId> Attestation<AccountId> for () {
	fn open(_: ShardKey, _: Terms, _: Vec<Offer<AccountId>>) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn extend(_: ShardKey, _: Vec<Offer<AccountId>>) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn abandon(_: ShardKey) {}
	fn get(_: ShardKey) -> Option<ShardAttestation<AccountId>> {
		None
	}
	fn open_weight() -> Weight {
		Weight::zero()
	}
	fn abandon_weight() -> Weight {
		Weight::zero()
	}
}
