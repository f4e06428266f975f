//! The door for the other pallets.

use crate::{
	draw::{self, Candidate, Shuffle},
	Available, AvailableCount, Config, CreditOf, Error, Event, HoldReason, Pallet, Provider, Providers,
	WorkerOf,
};
use alloc::vec::Vec;
use ergon_primitives::{provider::Wanted, Balance, Fuel, Price, ProviderStatus, ShardKey};
use ergon_traits::{Discharge, Ended, Offer};
use frame_support::{
	defensive, ensure,
	traits::{
		fungible::BalancedHold, tokens::imbalance::Imbalance, Defensive, DefensiveSaturating, Get,
		OnUnbalanced,
	},
};
use sp_runtime::DispatchError;

/// How many providers a survey looks at.
const SURVEY: u32 = 64;

impl<T: Config> Pallet<T> {
	/// Who is at a place of the index.
	fn at(place: u32) -> Option<T::AccountId> {
		Available::<T>::get(place).defensive_proof("the index has no gaps; qed")
	}

	/// The record of one that is in the index.
	fn listed(stash: &T::AccountId) -> Option<Provider<T::AccountId>> {
		Providers::<T>::get(stash).defensive_proof("only providers are in the index; qed")
	}

	/// Answers what a draw asks about a place of the index, passing over whose stash, worker or operator is excluded.
	fn look<'a>(
		wanted: &'a Wanted,
		excluded: &'a [T::AccountId],
	) -> impl Fn(u32) -> Option<Candidate<T::AccountId>> + 'a {
		let economics = T::Economics::get();
		let min_bond = T::MinBond::get();
		move |place| {
			let stash = Self::at(place)?;
			if excluded.contains(&stash) {
				return None;
			}
			let provider = Self::listed(&stash)?;
			let operator = provider.run_by(stash.clone());
			if excluded.contains(&provider.worker) || excluded.contains(&operator) {
				return None;
			}
			let offer = provider.offer(stash, wanted, &economics, min_bond)?;
			Some(Candidate { offer, operator })
		}
	}
}

impl<T: Config> ergon_traits::Payouts<T::AccountId> for Pallet<T> {
	fn paid(stash: &T::AccountId, amount: Balance, _: Fuel) {
		Providers::<T>::mutate_extant(stash, |provider| {
			provider.earned = provider.earned.saturating_add(amount);
		});
	}
}

impl<T: Config> ergon_traits::Providers<T::AccountId> for Pallet<T> {
	/// The module `draw` tells the distribution and the cost.
	fn draw(
		seed: [u8; 32],
		wanted: &Wanted,
		count: u8,
		excluded: &[T::AccountId],
	) -> Option<Vec<Offer<T::AccountId>>> {
		Self::draw_counting(seed, wanted, count, excluded).0
	}

	fn draw_counting(
		seed: [u8; 32],
		wanted: &Wanted,
		count: u8,
		excluded: &[T::AccountId],
	) -> (Option<Vec<Offer<T::AccountId>>>, u32) {
		let mut looks = 0;
		let places = Shuffle::new(seed, AvailableCount::<T>::get()).inspect(|_| looks += 1);
		let picked = draw::pick(places, T::DrawCandidates::get(), count, Self::look(wanted, excluded));
		(picked, looks)
	}

	fn most_looks(count: u8) -> u32 {
		draw::looks(T::DrawCandidates::get(), count)
	}

	fn engage(offer: &Offer<T::AccountId>, key: ShardKey) -> Result<bool, DispatchError> {
		let mut provider = Self::registered(&offer.provider)?;
		ensure!(provider.status == ProviderStatus::Online, Error::<T>::NotOnline);
		ensure!(!provider.duties.contains(&key), Error::<T>::AlreadyEngaged);
		ensure!(provider.has_free_slot(), Error::<T>::NoFreeSlot);
		ensure!(provider.free_bond() >= offer.lock, Error::<T>::BondLocked);
		provider.duties.try_push(key).map_err(|_| Error::<T>::NoFreeSlot)?;

		provider.locked = provider.locked.saturating_add(offer.lock);
		let left = Self::place(&offer.provider, &mut provider);
		Providers::<T>::insert(&offer.provider, provider);
		Ok(left)
	}

	/// The status that it had does not matter: a duty stays due while its provider is paused or rests.
	fn discharge(stash: &T::AccountId, discharge: Discharge) -> Ended {
		let Discharge { key, lock, value, conduct } = discharge;
		let Some(mut provider) = Providers::<T>::get(stash) else {
			defensive!("an engaged provider cannot leave");
			return Ended::default();
		};
		if !provider.end(&key) {
			defensive!("a duty ends once, at the provider that has it");
			return Ended::default();
		}
		provider.locked = provider.locked.defensive_saturating_sub(lock);

		let loss = if conduct.is_fault() { T::Economics::get().loss(conduct, lock, value) } else { 0 };
		// Whoever loses nothing has its hold left alone: even a slash of nothing would read and write it.
		let credit = match loss {
			0 => CreditOf::<T>::zero(),
			_ => T::Currency::slash(&HoldReason::ProviderBond.into(), stash, loss).0,
		};
		let slashed = credit.peek();
		provider.lose(slashed);
		provider.reputation = provider.reputation.after(conduct, slashed);
		let rest = Self::rest_after(stash, &mut provider, conduct);
		let moved = Self::place(stash, &mut provider);
		Providers::<T>::insert(stash, provider);

		if slashed > 0 {
			Self::deposit_event(Event::Slashed { provider: stash.clone(), amount: slashed, conduct });
		}
		if let Some(rest) = rest {
			Self::deposit_event(rest);
		}
		T::Slash::on_unbalanced(credit);
		Ended { slashed, moved }
	}

	fn provider_of(worker: &T::AccountId) -> Option<T::AccountId> {
		WorkerOf::<T>::get(worker)
	}

	/// Of an account that is no provider, or has left: itself.
	fn operator_of(stash: &T::AccountId) -> T::AccountId {
		match Providers::<T>::get(stash) {
			Some(provider) => provider.run_by(stash.clone()),
			None => stash.clone(),
		}
	}

	fn duties_of(stash: &T::AccountId) -> Vec<ShardKey> {
		Providers::<T>::get(stash).map_or_else(Vec::new, |provider| provider.duties.into_inner())
	}

	/// Looks at 64 providers at equal distances in the index, or at all if there are not more. What a replica locks grows with
	/// the ceiling; so for the lowest ask, each is looked at as if its own were the ceiling.
	fn survey(wanted: &Wanted) -> (u32, Option<Price>) {
		let (economics, min_bond) = (T::Economics::get(), T::MinBond::get());
		let available = AvailableCount::<T>::get();
		let looks = available.min(SURVEY);
		let (mut fitting, mut lowest) = (0, None);
		for look in 0..looks {
			// Below `available`, which is a u32.
			let place = (u64::from(look) * u64::from(available) / u64::from(looks)) as u32;
			let Some(stash) = Self::at(place) else { continue };
			let Some(provider) = Self::listed(&stash) else { continue };
			let ask = provider.info.ask;
			let fits = |ceiling| {
				let wanted = Wanted { ceiling, ..wanted.clone() };
				provider.offer(stash.clone(), &wanted, &economics, min_bond).is_some()
			};
			fitting += u32::from(fits(wanted.ceiling));
			if fits(wanted.ceiling.min(ask)) {
				lowest = Some(lowest.map_or(ask, |lowest: Price| lowest.min(ask)));
			}
		}
		(fitting, lowest)
	}
}
