use alloc::vec::Vec;
use ergon_primitives::{attestation::Terms, ShardAttestation, ShardKey};
use sp_runtime::{DispatchError, DispatchResult};

use crate::Offer;

/// Whether a provider that works alone is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
	/// Its claim will do.
	Trust,
	/// The rest of a quorum computes the shard, too.
	Audit,
}

/// Commit, reveal, count. Behind it: `pallet-attestation`. Asked by: jobs.
pub trait Attestation<AccountId> {
	/// Opens a shard with its first replicas, already engaged; their commit window starts now.
	fn open(key: ShardKey, terms: Terms, replicas: Vec<Offer<AccountId>>) -> DispatchResult;

	/// Opens a shard with one replica that works alone, already engaged with the lock of its trust; its commit window starts
	/// now.
	fn open_alone(key: ShardKey, terms: Terms, replica: Offer<AccountId>) -> DispatchResult;

	/// Adds the replicas that the shard waits for, already engaged; their commit window starts now.
	fn extend(key: ShardKey, replicas: Vec<Offer<AccountId>>) -> DispatchResult;

	/// Decides on a shard that is `Deciding`. Its one replica may reveal now, or the shard waits for the rest of a quorum
	/// (without asking for it by [`crate::Shards::request`]: whoever decides knows).
	fn decide(key: ShardKey, decision: Decision) -> DispatchResult;

	/// Closes an open shard without a verdict of its own: every replica that is still engaged is discharged without
	/// fault. Used at the job's deadline. Does not call back.
	fn abandon(key: ShardKey);

	/// The state of an open shard.
	fn get(key: ShardKey) -> Option<ShardAttestation<AccountId>>;
}

impl<AccountId> Attestation<AccountId> for () {
	fn open(_: ShardKey, _: Terms, _: Vec<Offer<AccountId>>) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn open_alone(_: ShardKey, _: Terms, _: Offer<AccountId>) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn extend(_: ShardKey, _: Vec<Offer<AccountId>>) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn decide(_: ShardKey, _: Decision) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn abandon(_: ShardKey) {}
	fn get(_: ShardKey) -> Option<ShardAttestation<AccountId>> {
		None
	}
}
