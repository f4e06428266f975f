//! What the jobs pallet asks of this one.

use alloc::vec::Vec;
use ergon_primitives::{attestation::Terms, job::MAX_REPLICAS, ShardAttestation, ShardKey};
use ergon_traits::{Attestation, Offer};
use frame_support::{dispatch::DispatchResult, ensure, weights::Weight};

use crate::{machine, Config, Duties, Error, Misuse, Pallet, Shards, WeightInfo};

impl<T: Config> Attestation<T::AccountId> for Pallet<T> {
	/// Errors: `AlreadyOpen`, `BadTerms`, `WrongCount`, `DrawnTwice`; nothing is changed then.
	fn open(key: ShardKey, terms: Terms, replicas: Vec<Offer<T::AccountId>>) -> DispatchResult {
		ensure!(!Shards::<T>::contains_key(key), Error::<T>::AlreadyOpen);
		let drawn = providers(&replicas);
		let shard = machine::open(terms, replicas, Self::now()).map_err(Error::<T>::from)?;
		Self::engage(key, drawn, shard);
		Ok(())
	}

	/// Errors: `NotOpen`, `NotWaiting`, `WrongCount`, `DrawnTwice`; nothing is changed then.
	fn extend(key: ShardKey, replicas: Vec<Offer<T::AccountId>>) -> DispatchResult {
		let mut shard = Shards::<T>::get(key).ok_or(Error::<T>::NotOpen)?;
		let drawn = providers(&replicas);
		machine::extend(&mut shard, replicas, Self::now()).map_err(Error::<T>::from)?;
		Self::engage(key, drawn, shard);
		Ok(())
	}

	/// Nothing if the shard is not open.
	fn abandon(key: ShardKey) {
		if let Some(shard) = Shards::<T>::get(key) {
			Self::discharge(key, machine::release(&shard));
			Self::remove(key, machine::deadline(&shard));
		}
	}

	fn get(key: ShardKey) -> Option<ShardAttestation<T::AccountId>> {
		Shards::<T>::get(key)
	}

	fn open_weight() -> Weight {
		T::WeightInfo::open(MAX_REPLICAS)
	}

	fn abandon_weight() -> Weight {
		T::WeightInfo::close().saturating_add(Self::settle_weight(MAX_REPLICAS as usize, false))
	}
}

impl<T: Config> Pallet<T> {
	/// Stores a shard whose commit window has just begun, with the duties of those that were drawn.
	fn engage(key: ShardKey, drawn: Vec<T::AccountId>, shard: ShardAttestation<T::AccountId>) {
		for provider in drawn {
			Duties::<T>::insert(provider, key, ());
		}
		// Neither a new shard nor one that waited has an agenda entry.
		Self::store(key, None, shard);
	}
}

fn providers<AccountId: Clone>(offers: &[Offer<AccountId>]) -> Vec<AccountId> {
	offers.iter().map(|offer| offer.provider.clone()).collect()
}

impl<T> From<Misuse> for Error<T> {
	fn from(misuse: Misuse) -> Self {
		match misuse {
			Misuse::BadTerms => Self::BadTerms,
			Misuse::NotWaiting => Self::NotWaiting,
			Misuse::WrongCount => Self::WrongCount,
			Misuse::DrawnTwice => Self::DrawnTwice,
		}
	}
}
