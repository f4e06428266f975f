//! # Attestation
//!
//! Strangers computed the same shard; this pallet finds out what they say, without any of them hearing it from another,
//! and who is with the majority. It moves no money: it tells the providers pallet how each replica behaved
//! ([`Providers::discharge`]), and the jobs pallet what that cost it ([`ergon_traits::Shards::fined`]) and how the shard ended
//! ([`ergon_traits::Shards::close`]).
//!
//! ## Terms
//! - **Shard**: a part of a job, computed by several replicas. Its whole state here is one storage item.
//! - **Replica**: one provider's execution of one shard. *Engaged* until it is discharged: a slot and a part of its bond are
//!   bound to it.
//! - **Claim**: what a replica says came out, to the bit: the root over all outcomes, the fuel, the blob of outcomes; or
//!   that program or input could not be had.
//! - **Commitment**: a hash of claim, salt, shard, provider and chain. It binds without telling; copied by another it opens
//!   to nothing.
//! - **Quorum**: how many equal claims settle a shard.
//! - **Lone replica**: one that may do without a quorum, since its provider's record and bond allow it. It is audited one
//!   time in so many, as its *trust* says, and learns whether it is after it has committed.
//! - **Verdict**: how a shard ended. **Conduct**: how one replica behaved, which decides what becomes of its lock.
//! - **Replacement**: a replica drawn because of somebody's fault, which pays for it.
//! - **Worker**: the key that acts for a provider. Only it can commit and reveal, and pays nothing for it.
//!
//! ## A scenario
//! A shard with quorum 2 and at most 4 replicas; 10 blocks to commit, 3 to reveal.
//!
//! - *Block 100.* The jobs pallet has drawn Ann and Bob and opens the shard: `Committing { until: 110 }`.
//! - *Block 104.* Ann commits. *Block 111.* Bob never did. The hook discharges him as `Absent`, which costs him part of
//!   his lock. One replica of two is alive: `Waiting { missing: 1 }`, and the jobs pallet is asked for one more. Ann's
//!   commitment stays closed, so that there is nothing to copy from her.
//! - *Block 112.* Cid is drawn: `Committing { until: 122 }`. *Block 115.* He commits; nobody is missing any more:
//!   `Revealing { until: 118 }`.
//! - *Block 116.* Ann and Cid reveal. They say different things: the largest group has one member, one more is needed,
//!   there is room for one: `Waiting { missing: 1 }`.
//! - *Block 117.* Dee is drawn. *Block 120.* She commits, *block 121* she reveals what Ann did: two equal claims. Ann and
//!   Dee are discharged as `Agreed`, Cid as `Dissented`, the shard is removed, and the jobs pallet pays Ann from what the
//!   client holds ready, and Dee, a replacement, from what Bob and Cid were fined.
//!
//! Had Dee said a third thing, `max_replicas` would have been reached, and the referee asked. If it cannot tell: `NoQuorum`,
//! everybody who revealed released without loss. Had the job's deadline come first, the jobs pallet would have abandoned the
//! shard: the same, without a verdict.
//!
//! Another shard of the same job may be worked on by one alone.
//!
//! - *Block 200.* Eve has agreed twenty times in a row: of her twenty lies one would be found. The jobs pallet opens the shard
//!   for her alone, with twenty locks at stake.
//! - *Block 203.* She commits: `Deciding`. *Block 205.* The jobs pallet throws a die with twenty sides that Eve could not
//!   know. An audit: `Waiting { missing: 1 }`, and the shard goes on like the first, Eve's claim closed meanwhile. No audit:
//!   `Revealing { until: 208 }`.
//! - *Block 206.* She reveals. If the client has exposed nothing, the shard closes, she is paid, and her conduct is `Alone`:
//!   for her record it counts as nothing. If the client has exposed that very claim, she has `Agreed`. If another, she may be
//!   lying or the client: others compute it, too, and a quorum says who.
//!
//! ## What it cannot see
//! Before the first count nobody can copy anybody. A replica that is drawn after one, because claims differed or somebody
//! was silent, can read what was revealed, and repeat one of it unworked. So its lock is so high that it loses money by that
//! unless it is right twenty times in twenty-one ([`ergon_primitives::Stake::Late`]). A majority of liars settles a shard.
//! Both end where the chain itself can compute again what is in dispute.
//!
//! ## Invariants, checked by `try_state`
//! 1. A shard has an agenda entry, exactly one and at the end of its phase, if and only if its phase has an end; none
//!    lies before the cursor.
//! 2. A provider has a duty if and only if it has an engaged replica in that shard: as far as can be seen from the shards.
//! 3. No provider is twice in a shard; replicas are at most `max_replicas`; the terms are possible.
//! 4. While `Committing` somebody is still to commit; while `Revealing` nobody is and somebody is still to reveal; while
//!    `Waiting` nobody is to commit and what is missing fits under `max_replicas`.
//! 5. No group of equal claims can grow beyond the quorum: see [`machine`].
//! 6. A shard is lone only while its one replica is engaged and has not revealed; then it is not `Waiting`, its trust is at
//!    least 2, and there is room to audit and to replace it. `Deciding` is only a lone shard whose replica has committed.
//! 7. Nobody who is still to reveal, unless reveals go on, was drawn before one that has revealed: so that replacements are
//!    never more than faults.
//!
//! ## What it costs to be an outsider
//! A commit or reveal that would fail is refused by [`CheckDuty`] before it enters a block; one inside a wrapper (batch,
//! proxy) fails on dispatch, changes nothing, and pays its fee. One that succeeds is free and, since only a drawn provider
//! can make it, once for each step of each shard, cannot be used to fill blocks.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod agenda;
mod check_duty;
mod cost;
mod door;
mod duties;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
pub mod machine;
mod refusal;
mod settle;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use check_duty::CheckDuty;
pub use pallet::*;
pub use refusal::{Misuse, Refusal};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use ergon_primitives::{job, BlockNumber, Conduct, Reveal, ShardAttestation, ShardKey};
use ergon_traits::Providers;
use frame_support::{pallet_prelude::*, weights::WeightMeter};
use frame_system::pallet_prelude::*;

/// The most commitments, or reveals, in one call.
pub const MAX_BATCH: u32 = 32;
/// The most bytes that an open shard's item may take: seven replicas that all revealed, and the largest amounts that can be
/// written down. With amounts that exist it is less than 950.
pub const MAX_SHARD_BYTES: usize = 1_029;

/// The most replicas that can miss a deadline which does not close their shard: as many more must still fit under
/// [`job::MAX_REPLICAS`], beside at least as many that were asked for first.
pub const MOST_MISSED: u32 = job::MAX_REPLICAS / 2;

/// A batch of commitments.
pub type Commits = BoundedVec<(ShardKey, [u8; 32]), ConstU32<MAX_BATCH>>;
/// A batch of reveals.
pub type Reveals = BoundedVec<Reveal, ConstU32<MAX_BATCH>>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;

	/// The version of what is stored.
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash: Into<[u8; 32]>> {
		/// Whom a worker key belongs to, and who takes slot and lock back.
		type Providers: Providers<Self::AccountId>;

		/// The orders that shards belong to.
		type Shards: ergon_traits::Shards<Self::AccountId>;

		/// Who can say which claim is right where no quorum was reached. `()`: nobody.
		type Referee: ergon_traits::Referee;

		/// The most that the deadlines of one block may cost. What does not fit is served in the next.
		#[pallet::constant]
		type MaxHookWeight: Get<Weight>;

		/// What the parts of this pallet cost.
		type WeightInfo: WeightInfo;
	}

	/// The open shards. Nobody chooses a shard's key, so that it needs no hashing: here as in the agenda.
	#[pallet::storage]
	pub type Shards<T: Config> =
		StorageMap<_, Identity, ShardKey, ShardAttestation<T::AccountId>, OptionQuery>;

	/// Which shards' phases have their last block when. Served in the block after.
	#[pallet::storage]
	pub type Agenda<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BlockNumber, Identity, ShardKey, (), OptionQuery>;

	/// The first block of the agenda that is not wholly served.
	#[pallet::storage]
	pub type NextDue<T: Config> = StorageValue<_, BlockNumber, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider has committed to a claim.
		Committed {
			/// The shard.
			key: ShardKey,
			/// The provider (its stash).
			provider: T::AccountId,
		},
		/// A provider has revealed its claim.
		Revealed {
			/// The shard.
			key: ShardKey,
			/// The provider (its stash).
			provider: T::AccountId,
		},
		/// A provider has let a deadline pass, and is out of the shard.
		Missed {
			/// The shard.
			key: ShardKey,
			/// The provider (its stash).
			provider: T::AccountId,
			/// `Absent` if it did not commit, or was trusted to work alone and did not reveal; else `Silent`.
			conduct: Conduct,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The signer is not the worker key of any provider.
		NotAProvider,
		/// The batch is empty.
		Empty,
		/// The batch names a shard twice.
		Duplicate,
		/// The shard is not open: it was closed, or there never was one.
		NotOpen,
		/// The provider was not drawn for the shard.
		NotAssigned,
		/// The shard does not take commitments now.
		NotCommitting,
		/// The window has passed.
		TooLate,
		/// The provider has committed for this shard already.
		AlreadyCommitted,
		/// The shard does not take reveals now.
		NotRevealing,
		/// The provider never committed for this shard.
		NotCommitted,
		/// The provider has revealed for this shard already.
		AlreadyRevealed,
		/// The claim's fuel is above the shard's limit.
		TooMuchFuel,
		/// Claim and salt are not what the provider committed to.
		CommitmentMismatch,
		/// The shard is open already.
		AlreadyOpen,
		/// The quorum is zero, above `max_replicas`, or `max_replicas` above the market's most; or, to work alone, the quorum
		/// is below 2 or not below `max_replicas`.
		BadTerms,
		/// The shard does not wait for replicas.
		NotWaiting,
		/// No replica, or more than the shard waits for.
		WrongCount,
		/// A provider is named twice, or was drawn for this shard before.
		DrawnTwice,
		/// The offer has no leave to work alone.
		NotTrusted,
		/// The shard does not wait for a decision.
		NotDeciding,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			let mut meter = WeightMeter::with_limit(T::MaxHookWeight::get());
			Self::serve_agenda(&mut meter);
			meter.consumed()
		}

		fn integrity_test() {
			assert!(
				ShardAttestation::<T::AccountId>::max_encoded_len() <= MAX_SHARD_BYTES,
				"an open shard takes {} bytes of state, more than {MAX_SHARD_BYTES}",
				ShardAttestation::<T::AccountId>::max_encoded_len(),
			);
			let least = Self::least_hook_weight();
			assert!(
				least.all_lte(T::MaxHookWeight::get()),
				"MaxHookWeight must allow at least one deadline, {least}, or none would ever be served",
			);
			let most = T::BlockWeights::get().get(DispatchClass::Normal).max_extrinsic;
			let reveal = Self::reveal_weight(MAX_BATCH);
			assert!(
				most.is_none_or(|most| reveal.all_lte(most)),
				"a full batch of reveals, {reveal}, must fit into a block",
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), frame_support::sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Commits to the claims on one or several shards.
		///
		/// Who: the worker key of a provider that was drawn for each of them. All are taken or none; the error is that of
		/// the first that cannot be. Free of fee if all can be taken; otherwise [`CheckDuty`] refuses it.
		///
		/// When the last replica of a shard has committed, the shard asks for the reveals; when one that works alone has, it
		/// is decided in a later block whether it is audited.
		///
		/// Errors: `NotAProvider`, `Empty`, `Duplicate`, `NotOpen`, `NotAssigned`, `NotCommitting`, `TooLate`,
		/// `AlreadyCommitted`. Events: `Committed` for each.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::commit_weight(commits.len() as u32))]
		#[pallet::feeless_if(|origin: &OriginFor<T>, commits: &Commits| -> bool {
			ensure_signed(origin.clone()).is_ok_and(|worker| Pallet::<T>::check_commits(&worker, commits).is_ok())
		})]
		pub fn commit(origin: OriginFor<T>, commits: Commits) -> DispatchResultWithPostInfo {
			let worker = ensure_signed(origin)?;
			Ok(Some(Self::do_commit(&worker, commits)?).into())
		}

		/// Reveals the claims on one or several shards.
		///
		/// Who: the worker key of a provider that committed to each of them. All are taken or none; the error is that of
		/// the first that cannot be. Free of fee if all can be taken; otherwise [`CheckDuty`] refuses it.
		///
		/// When the last replica of a shard has revealed, its claims are counted, and with a verdict the shard is settled in
		/// this very call.
		///
		/// Errors: `NotAProvider`, `Empty`, `Duplicate`, `NotOpen`, `NotAssigned`, `NotRevealing`, `TooLate`,
		/// `NotCommitted`, `AlreadyRevealed`, `TooMuchFuel`, `CommitmentMismatch`. Events: `Revealed` for each.
		#[pallet::call_index(1)]
		#[pallet::weight(Pallet::<T>::reveal_weight(reveals.len() as u32))]
		#[pallet::feeless_if(|origin: &OriginFor<T>, reveals: &Reveals| -> bool {
			ensure_signed(origin.clone()).is_ok_and(|worker| Pallet::<T>::check_reveals(&worker, reveals).is_ok())
		})]
		pub fn reveal(origin: OriginFor<T>, reveals: Reveals) -> DispatchResultWithPostInfo {
			let worker = ensure_signed(origin)?;
			Ok(Some(Self::do_reveal(&worker, reveals)?).into())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The open shards that a provider (a stash) is engaged in: no more than its slots.
		pub fn duties_of(provider: T::AccountId) -> Vec<(ShardKey, ShardAttestation<T::AccountId>)> {
			let keys = T::Providers::duties_of(&provider).into_iter();
			keys.filter_map(|key| Some((key, Shards::<T>::get(key)?))).collect()
		}
	}
}
