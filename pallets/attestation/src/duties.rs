//! Commits and reveals: who may make them, and what they do.

use alloc::vec::Vec;
use ergon_primitives::{BlockNumber, Claim, ShardAttestation, ShardKey};
use ergon_traits::{Providers, Shards as _};
use frame_support::{
	sp_runtime::{traits::SaturatedConversion, traits::Zero, DispatchError},
	weights::Weight,
};

use crate::{
	machine::{self, Due},
	settle::Moved,
	Commits, Config, Error, Event, Pallet, Refusal, Reveals, Shards, WeightInfo,
};

/// A batch that would succeed as a whole.
pub(crate) struct Passed<AccountId> {
	/// For whom the worker acts.
	pub provider: AccountId,
	/// The last block in which all of it would.
	pub until: BlockNumber,
}

impl<T: Config> Pallet<T> {
	/// The current block. The market counts blocks in 32 bits: at a block a second that is 136 years.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// The chain's genesis hash, which is never pruned: commitments of a fork open to nothing here.
	fn genesis() -> [u8; 32] {
		frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::zero())
			.into()
	}

	/// Whether every commitment of the batch would be taken now: the one check that the pool and blocks make.
	pub(crate) fn check_commits(
		worker: &T::AccountId,
		commits: &Commits,
	) -> Result<Passed<T::AccountId>, Refusal> {
		let keys = commits.iter().map(|(key, _)| *key).collect();
		let now = Self::now();
		Self::check_batch(worker, keys, |_, shard, provider| machine::check_commit(shard, provider, now))
	}

	/// Whether every reveal of the batch would be taken now: the one check that the pool and blocks make.
	pub(crate) fn check_reveals(
		worker: &T::AccountId,
		reveals: &Reveals,
	) -> Result<Passed<T::AccountId>, Refusal> {
		let keys = reveals.iter().map(|reveal| reveal.key).collect();
		let (now, genesis) = (Self::now(), Self::genesis());
		Self::check_batch(worker, keys, |place, shard, provider| {
			let reveal = reveals.get(place).ok_or(Refusal::NotOpen)?;
			machine::check_reveal(shard, &genesis, provider, reveal, now)
		})
	}

	/// What both checks have in common. Reads one provider and one item for each key.
	fn check_batch(
		worker: &T::AccountId,
		keys: Vec<ShardKey>,
		check: impl Fn(usize, &ShardAttestation<T::AccountId>, &T::AccountId) -> Result<Due, Refusal>,
	) -> Result<Passed<T::AccountId>, Refusal> {
		let provider = Self::check_names(worker, &keys)?;
		let mut all_until = BlockNumber::MAX;
		for (place, key) in keys.into_iter().enumerate() {
			let shard = Shards::<T>::get(key).ok_or(Refusal::NotOpen)?;
			all_until = all_until.min(check(place, &shard, &provider)?.until);
		}
		Ok(Passed { provider, until: all_until })
	}

	/// What can be said of a batch before its shards are looked at; for whom the worker acts.
	fn check_names(worker: &T::AccountId, keys: &[ShardKey]) -> Result<T::AccountId, Refusal> {
		if keys.is_empty() {
			return Err(Refusal::Empty);
		}
		let provider = T::Providers::provider_of(worker).ok_or(Refusal::NotAProvider)?;
		let mut sorted = keys.to_vec();
		sorted.sort_unstable();
		if sorted.windows(2).any(|pair| pair.first() == pair.last()) {
			return Err(Refusal::Duplicate);
		}
		Ok(provider)
	}

	/// What the client has exposed of a shard with a lone replica. Of a replicated one, the replicas' own claims say what is
	/// right.
	pub(crate) fn known(key: ShardKey, shard: &ShardAttestation<T::AccountId>) -> Option<Claim> {
		if shard.trust > 0 {
			T::Shards::known(key)
		} else {
			None
		}
	}

	/// Takes a batch of commitments; what it cost. An error undoes what was taken before it: a call is all or nothing.
	pub(crate) fn do_commit(worker: &T::AccountId, commits: Commits) -> Result<Weight, DispatchError> {
		let keys: Vec<_> = commits.iter().map(|(key, _)| *key).collect();
		let provider = Self::check_names(worker, &keys).map_err(Error::<T>::from)?;
		let now = Self::now();
		let mut weight = T::WeightInfo::commit(commits.len() as u32);
		for (key, commitment) in commits {
			let moved = Self::step(key, Event::Committed { key, provider: provider.clone() }, |shard| {
				machine::commit(shard, &provider, commitment, now)
			})?;
			weight.saturating_accrue(Self::extra_weight(moved));
		}
		Ok(weight)
	}

	/// Takes a batch of reveals; what it cost. An error undoes what was taken before it.
	pub(crate) fn do_reveal(worker: &T::AccountId, reveals: Reveals) -> Result<Weight, DispatchError> {
		let keys: Vec<_> = reveals.iter().map(|reveal| reveal.key).collect();
		let provider = Self::check_names(worker, &keys).map_err(Error::<T>::from)?;
		let (now, genesis) = (Self::now(), Self::genesis());
		let mut weight = T::WeightInfo::reveal(reveals.len() as u32);
		for reveal in reveals {
			let key = reveal.key;
			let moved = Self::step(key, Event::Revealed { key, provider: provider.clone() }, |shard| {
				machine::reveal(shard, &genesis, &provider, &reveal, Self::known(key, shard), now)
			})?;
			weight.saturating_accrue(Self::extra_weight(moved));
		}
		Ok(weight)
	}

	/// Moves one shard on.
	fn step(
		key: ShardKey,
		event: Event<T>,
		transition: impl FnOnce(
			&mut ShardAttestation<T::AccountId>,
		) -> Result<machine::Outcome<T::AccountId>, Refusal>,
	) -> Result<Moved, DispatchError> {
		let mut shard = Shards::<T>::get(key).ok_or(Error::<T>::NotOpen)?;
		let before = machine::deadline(&shard);
		let outcome = transition(&mut shard).map_err(Error::<T>::from)?;
		Self::deposit_event(event);
		Ok(Self::settle(key, before, shard, outcome))
	}
}

impl<T> From<Refusal> for Error<T> {
	fn from(refusal: Refusal) -> Self {
		match refusal {
			Refusal::NotAProvider => Self::NotAProvider,
			Refusal::Empty => Self::Empty,
			Refusal::Duplicate => Self::Duplicate,
			Refusal::NotOpen => Self::NotOpen,
			Refusal::NotAssigned => Self::NotAssigned,
			Refusal::NotCommitting => Self::NotCommitting,
			Refusal::TooLate => Self::TooLate,
			Refusal::AlreadyCommitted => Self::AlreadyCommitted,
			Refusal::NotRevealing => Self::NotRevealing,
			Refusal::NotCommitted => Self::NotCommitted,
			Refusal::AlreadyRevealed => Self::AlreadyRevealed,
			Refusal::TooMuchFuel => Self::TooMuchFuel,
			Refusal::CommitmentMismatch => Self::CommitmentMismatch,
		}
	}
}
