//! Carrying out what follows from a transition.

use alloc::vec::Vec;
use ergon_primitives::{BlockNumber, Conduct, ShardAttestation, ShardKey};
use ergon_traits::{Providers, Shards as _};
use frame_support::weights::Weight;

use crate::{
	machine::{self, Discharge, Next, Outcome},
	Agenda, Config, Duties, Event, Pallet, Shards,
};

impl<T: Config> Pallet<T> {
	/// Stores or removes a shard that has moved, with its agenda entry that stood at `before`; discharges; and tells the
	/// jobs pallet last, when everything here is as it will stay. Returns what it cost beyond the transition itself.
	pub(crate) fn settle(
		key: ShardKey,
		before: Option<BlockNumber>,
		shard: ShardAttestation<T::AccountId>,
		outcome: Outcome<T::AccountId>,
	) -> Weight {
		let Outcome { discharged, next } = outcome;
		let weight = Self::settle_weight(discharged.len(), next != Next::Stay);
		Self::discharge(key, discharged);
		match next {
			Next::Stay => Self::store(key, before, shard),
			Next::Request(missing) => {
				Self::store(key, before, shard);
				T::Shards::request(key, missing);
			},
			Next::Close(closing) => {
				Self::remove(key, before);
				T::Shards::close(key, closing);
			},
		}
		weight
	}

	/// Ends engagements: the slot and what is left of the lock go back.
	pub(crate) fn discharge(key: ShardKey, discharged: Vec<Discharge<T::AccountId>>) {
		for Discharge { provider, lock, conduct } in discharged {
			Duties::<T>::remove(&provider, key);
			T::Providers::discharge(&provider, lock, conduct);
			if matches!(conduct, Conduct::Absent | Conduct::Silent) {
				Self::deposit_event(Event::Missed { key, provider, conduct });
			}
		}
	}

	/// Stores a shard and moves its agenda entry to where its phase now ends.
	pub(crate) fn store(key: ShardKey, before: Option<BlockNumber>, shard: ShardAttestation<T::AccountId>) {
		let after = machine::deadline(&shard);
		if before != after {
			if let Some(before) = before {
				Agenda::<T>::remove(before, key);
			}
			if let Some(after) = after {
				Agenda::<T>::insert(after, key, ());
			}
		}
		Shards::<T>::insert(key, shard);
	}

	/// Removes a shard whose duties are gone.
	pub(crate) fn remove(key: ShardKey, before: Option<BlockNumber>) {
		if let Some(before) = before {
			Agenda::<T>::remove(before, key);
		}
		Shards::<T>::remove(key);
	}
}
