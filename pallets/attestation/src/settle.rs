//! Carrying out what follows from a transition.

use alloc::vec::Vec;
use ergon_primitives::{BlockNumber, Conduct, ShardAttestation, ShardKey};
use ergon_traits::{Providers, Referee, Shards as _};

use crate::{
	machine::{self, Discharge, Next, Outcome},
	Agenda, Config, Event, Pallet, Shards,
};

/// How far a transition moved a shard: what its cost depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
	/// Not so far that its deadline changed: the shard was written, and no more.
	Nowhere,
	/// To another phase.
	On,
	/// To another phase, with what that asks of the jobs pallet.
	Asked,
	/// To its end.
	Closed {
		/// How many replicas it had.
		replicas: u32,
		/// How many of them were at fault, now or before.
		faults: u32,
		/// How many of the others can be drawn again and could not be before.
		back: u32,
	},
}

impl<T: Config> Pallet<T> {
	/// Stores or removes a shard that was as `before`; discharges; and tells the jobs pallet last, when everything here is as
	/// it will stay.
	pub(crate) fn settle(
		key: ShardKey,
		before: Option<BlockNumber>,
		shard: ShardAttestation<T::AccountId>,
		outcome: Outcome<T::AccountId>,
	) -> Moved {
		let Outcome { discharged, next } = Self::judged(key, &shard, outcome);
		let replicas = shard.replicas.len() as u32;
		let faults = faults(&shard, &discharged);
		let stays = next == Next::Stay && before == machine::deadline(&shard);
		let back = Self::discharge(key, &shard, discharged);
		match next {
			Next::Close(closing) => {
				Self::remove(key, before);
				T::Shards::close(key, closing);
				return Moved::Closed { replicas, faults, back };
			},
			Next::Request(missing) => {
				Self::store(key, before, shard);
				T::Shards::request(key, missing);
				return Moved::Asked;
			},
			Next::Decide => {
				Self::store(key, before, shard);
				T::Shards::decide(key);
				return Moved::Asked;
			},
			// Nobody is left to judge: that is done above.
			Next::Stay | Next::Judge(_) => Self::store(key, before, shard),
		}
		if stays {
			Moved::Nowhere
		} else {
			Moved::On
		}
	}

	/// The same outcome, or where only the referee can end the shard, that which it ends in.
	fn judged(
		key: ShardKey,
		shard: &ShardAttestation<T::AccountId>,
		outcome: Outcome<T::AccountId>,
	) -> Outcome<T::AccountId> {
		match outcome {
			Outcome { discharged, next: Next::Judge(claims) } => {
				machine::judge(shard, discharged, T::Referee::judge(key, &claims))
			},
			outcome => outcome,
		}
	}

	/// Ends engagements: the slot and what is left of the lock go back. The jobs pallet hears of each fine, which is there
	/// before anybody could be paid from it. Returns how many of those without fault can be drawn again by that.
	pub(crate) fn discharge(
		key: ShardKey,
		shard: &ShardAttestation<T::AccountId>,
		discharged: Vec<Discharge<T::AccountId>>,
	) -> u32 {
		let value = shard.terms.value;
		let mut back = 0;
		for Discharge { provider, lock, conduct } in discharged {
			let ended =
				T::Providers::discharge(&provider, ergon_traits::Discharge { key, lock, value, conduct });
			back += u32::from(ended.moved && !conduct.is_fault());
			if ended.slashed > 0 {
				T::Shards::fined(key, ended.slashed);
			}
			if matches!(conduct, Conduct::Absent | Conduct::Silent) {
				Self::deposit_event(Event::Missed { key, provider, conduct });
			}
		}
		back
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

	/// Removes a shard whose replicas are discharged.
	pub(crate) fn remove(key: ShardKey, before: Option<BlockNumber>) {
		if let Some(before) = before {
			Agenda::<T>::remove(before, key);
		}
		Shards::<T>::remove(key);
	}
}

/// How many replicas are at fault when their shard ends with these discharges: whoever has missed a deadline, and whoever
/// revealed something else than what is right.
fn faults<AccountId>(shard: &ShardAttestation<AccountId>, discharged: &[Discharge<AccountId>]) -> u32 {
	let missed = shard.replicas.iter().filter(|replica| !replica.state.is_engaged()).count();
	let revealed = |conduct| matches!(conduct, Conduct::Dissented | Conduct::FalselyUnavailable);
	(missed + discharged.iter().filter(|discharge| revealed(discharge.conduct)).count()) as u32
}
