//! What a reader is shown: the answers of the runtime API, of `compute_*` and of the SDKs.

use crate::{
	job::{JobSpec, Timing},
	money::Economics,
	provider::{Operator, ProviderInfo, ProviderStatus, Reputation},
	Balance, BlobLimits, BlockNumber, Fuel, JobId, Moment, ShardAttestation, ShardIndex, ShardKey, Verdict,
};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// The market's parameters as of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Market {
	/// The block that this was read at.
	pub block: BlockNumber,
	/// What orders and misconduct cost.
	pub economics: Economics,
	/// How long steps take.
	pub timing: Timing,
	/// How large blobs may be.
	pub blobs: BlobLimits,
	/// The least bond of a provider.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub min_bond: Balance,
	/// Providers in the index that draws are made from.
	pub available: u32,
	/// Jobs ever submitted.
	pub jobs: u64,
}

/// What a job would cost.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quote {
	/// The most that it can cost; what is not used is given back at each settlement.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub budget: Balance,
	/// Held while its records are in state; given back when they are pruned.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub deposit: Balance,
	/// Its shards.
	pub shards: u32,
	/// Blocks that a replica has from its assignment to its commitment.
	pub commit_window: BlockNumber,
	/// The earliest deadline that is accepted now.
	pub earliest_deadline: BlockNumber,
	/// How many of the providers looked at (at most 64 of those available) fit now.
	pub fitting: u32,
	/// The lowest ask of those that fit, or would if the ceiling were no higher than their ask: what they must lock grows with it.
	pub lowest_ask: Option<crate::Price>,
}

/// Where a job stands.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, codec::MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum JobState {
	/// Nothing drawn yet.
	#[codec(index = 0)]
	Queued,
	/// Some shards are drawn, some perhaps settled.
	#[codec(index = 1)]
	Working,
	/// Every shard has its verdict; pruned at that block.
	#[codec(index = 2)]
	Finished {
		/// When its records go.
		prune_at: BlockNumber,
	},
}

/// How far a job is: shards by where they stand, and money.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	codec::MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Progress {
	/// Shards never drawn so far.
	pub queued: u32,
	/// Shards open for attestation.
	pub working: u32,
	/// Shards with a quorum.
	pub settled: u32,
	/// Shards refunded.
	pub failed: u32,
	/// Fuel of the settled shards, counted once for each shard.
	pub fuel: Fuel,
	/// Paid to providers, tips included.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub paid: Balance,
	/// Taken as protocol fee.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub fees: Balance,
	/// Given back so far.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub refunded: Balance,
	/// Still held for what is not settled.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub held: Balance,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JobView<AccountId> {
	/// Its number.
	pub id: JobId,
	/// Who ordered it.
	pub owner: AccountId,
	/// The order.
	pub spec: JobSpec,
	/// The block that included it.
	pub submitted_at: BlockNumber,
	/// That block's time: where the tasks' clocks start.
	pub submitted_time: Moment,
	/// Where it stands.
	pub state: JobState,
	/// How far it is.
	pub progress: Progress,
	/// Held for its records.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub deposit: Balance,
}

/// One shard.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ShardView<AccountId> {
	/// Waiting for its first draw.
	#[codec(index = 0)]
	Queued,
	/// Being worked on.
	#[codec(index = 1)]
	Open(ShardAttestation<AccountId>),
	/// Ended.
	#[codec(index = 2)]
	Closed(ShardRecord<AccountId>),
}

/// What is kept of a shard until its job is pruned.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, codec::MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ShardRecord<AccountId> {
	/// How it ended.
	pub verdict: Verdict,
	/// The block in which it ended.
	pub at: BlockNumber,
	/// Paid to its replicas together by the client, tip included.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub paid: Balance,
	/// Paid to replacements by those that made them necessary.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub compensated: Balance,
	/// The replicas that agreed, and have the outputs.
	pub providers: bounded_collections::BoundedVec<
		AccountId,
		bounded_collections::ConstU32<{ crate::job::MAX_REPLICAS }>,
	>,
}

/// What a worker has to do for one shard.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Duty<AccountId> {
	/// The shard.
	pub key: ShardKey,
	/// Its attestation.
	pub attestation: ShardAttestation<AccountId>,
	/// The job's order.
	pub spec: JobSpec,
	/// Where the tasks' clocks start.
	pub submitted_time: Moment,
	/// The provider (stash) whose duty it is.
	pub provider: AccountId,
}

impl<AccountId: PartialEq> Duty<AccountId> {
	/// The provider's own replica.
	pub fn own(&self) -> Option<&crate::Replica<AccountId>> {
		self.attestation.replicas.iter().find(|replica| replica.provider == self.provider)
	}

	/// Which tasks are to be run.
	pub fn tasks(&self) -> core::ops::Range<u32> {
		self.spec.tasks_of(ShardIndex(self.key.shard.0))
	}
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProviderView<AccountId> {
	/// Its stash: who owns the bond and is paid.
	pub stash: AccountId,
	/// The key that commits and reveals.
	pub worker: AccountId,
	/// Who runs it.
	pub operator: Operator<AccountId>,
	/// What it offers.
	pub info: ProviderInfo,
	/// Whether it takes work.
	pub status: ProviderStatus,
	/// Its bond, without what is unbonding.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub bond: Balance,
	/// What of the bond is locked for open shards.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub locked: Balance,
	/// What it takes out, and when it can.
	pub unbonding: Option<Unbonding>,
	/// Shards it works on now.
	pub busy: u16,
	/// Its record.
	pub reputation: Reputation,
	/// What it was paid in all.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub earned: Balance,
}

/// A part of a bond on its way out.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, codec::MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Unbonding {
	/// How much. It can still be slashed until it is withdrawn.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub amount: Balance,
	/// From which block on `withdraw` gives it back.
	pub at: BlockNumber,
}
