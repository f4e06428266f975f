//! What the jobs pallet asks of this one.

use alloc::vec::Vec;
use ergon_primitives::{attestation::Terms, ShardAttestation, ShardKey};
use ergon_traits::{Attestation, Decision, Offer};
use frame_support::{dispatch::DispatchResult, ensure};

use crate::{machine, Config, Error, Misuse, Pallet, Shards};

impl<T: Config> Attestation<T::AccountId> for Pallet<T> {
	/// Errors: `AlreadyOpen`, `BadTerms`, `WrongCount`, `DrawnTwice`; nothing is changed then.
	fn open(key: ShardKey, terms: Terms, replicas: Vec<Offer<T::AccountId>>) -> DispatchResult {
		ensure!(!Shards::<T>::contains_key(key), Error::<T>::AlreadyOpen);
		let shard = machine::open(terms, replicas, Self::now()).map_err(Error::<T>::from)?;
		Self::store(key, None, shard);
		Ok(())
	}

	/// Errors: `AlreadyOpen`, `NotTrusted`, `BadTerms`; nothing is changed then.
	fn open_alone(key: ShardKey, terms: Terms, replica: Offer<T::AccountId>) -> DispatchResult {
		ensure!(!Shards::<T>::contains_key(key), Error::<T>::AlreadyOpen);
		let shard = machine::open_alone(terms, replica, Self::now()).map_err(Error::<T>::from)?;
		Self::store(key, None, shard);
		Ok(())
	}

	/// Errors: `NotOpen`, `NotWaiting`, `WrongCount`, `DrawnTwice`; nothing is changed then.
	fn extend(key: ShardKey, replicas: Vec<Offer<T::AccountId>>) -> DispatchResult {
		let mut shard = Shards::<T>::get(key).ok_or(Error::<T>::NotOpen)?;
		machine::extend(&mut shard, replicas, Self::now()).map_err(Error::<T>::from)?;
		// One that waited has no agenda entry.
		Self::store(key, None, shard);
		Ok(())
	}

	/// Errors: `NotOpen`, `NotDeciding`; nothing is changed then.
	fn decide(key: ShardKey, decision: Decision) -> DispatchResult {
		let mut shard = Shards::<T>::get(key).ok_or(Error::<T>::NotOpen)?;
		machine::decide(&mut shard, decision, Self::now()).map_err(Error::<T>::from)?;
		// One that was to be decided on has no agenda entry.
		Self::store(key, None, shard);
		Ok(())
	}

	/// Nothing if the shard is not open.
	fn abandon(key: ShardKey) {
		if let Some(shard) = Shards::<T>::get(key) {
			Self::discharge(key, &shard, machine::release(&shard));
			Self::remove(key, machine::deadline(&shard));
		}
	}

	fn get(key: ShardKey) -> Option<ShardAttestation<T::AccountId>> {
		Shards::<T>::get(key)
	}
}

impl<T> From<Misuse> for Error<T> {
	fn from(misuse: Misuse) -> Self {
		match misuse {
			Misuse::BadTerms => Self::BadTerms,
			Misuse::NotWaiting => Self::NotWaiting,
			Misuse::WrongCount => Self::WrongCount,
			Misuse::DrawnTwice => Self::DrawnTwice,
			Misuse::NotTrusted => Self::NotTrusted,
			Misuse::NotDeciding => Self::NotDeciding,
		}
	}
}
