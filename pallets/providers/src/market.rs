//! The door for the other pallets.

use crate::{
	draw::{self, Shuffle},
	Available, AvailableCount, Config, Error, Event, HoldReason, Pallet, Providers, WeightInfo, WorkerOf,
};
use alloc::vec::Vec;
use ergon_primitives::{provider::Wanted, Balance, Conduct, Price, ProviderStatus};
use ergon_traits::Offer;
use frame_support::{
	defensive, ensure,
	traits::{
		fungible::BalancedHold, tokens::imbalance::Imbalance, Defensive, DefensiveSaturating, Get,
		OnUnbalanced,
	},
	weights::Weight,
};
use sp_runtime::DispatchResult;

/// How many providers a survey looks at.
const SURVEY: u32 = 64;

impl<T: Config> Pallet<T> {
	/// Answers what a draw asks about a place of the index.
	fn look(wanted: &Wanted) -> impl Fn(u32) -> Option<Offer<T::AccountId>> + '_ {
		Self::look_except(wanted, &[])
	}

	/// The same, passing over some stashes.
	fn look_except<'a>(
		wanted: &'a Wanted,
		excluded: &'a [T::AccountId],
	) -> impl Fn(u32) -> Option<Offer<T::AccountId>> + 'a {
		let economics = T::Economics::get();
		let min_bond = T::MinBond::get();
		move |place| {
			let stash = Available::<T>::get(place).defensive_proof("the index has no gaps; qed")?;
			if excluded.contains(&stash) {
				return None;
			}
			let provider =
				Providers::<T>::get(&stash).defensive_proof("only providers are in the index; qed")?;
			let (ask, lock) = provider.terms(wanted, &economics, min_bond)?;
			Some(Offer { provider: stash, ask, lock })
		}
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
		let places = Shuffle::new(seed, AvailableCount::<T>::get());
		draw::pick(places, T::DrawCandidates::get(), count, Self::look_except(wanted, excluded))
	}

	fn engage(offer: &Offer<T::AccountId>) -> DispatchResult {
		let mut provider = Providers::<T>::get(&offer.provider).ok_or(Error::<T>::NotRegistered)?;
		ensure!(provider.status == ProviderStatus::Online, Error::<T>::NotOnline);
		ensure!(provider.busy < provider.info.slots, Error::<T>::NoFreeSlot);
		ensure!(provider.free_bond() >= offer.lock, Error::<T>::BondLocked);

		provider.busy = provider.busy.saturating_add(1);
		provider.locked = provider.locked.saturating_add(offer.lock);
		Self::place(&offer.provider, &mut provider);
		Providers::<T>::insert(&offer.provider, provider);
		Ok(())
	}

	fn discharge(stash: &T::AccountId, lock: Balance, conduct: Conduct) -> Balance {
		let Some(mut provider) = Providers::<T>::get(stash) else {
			defensive!("an engaged provider cannot leave");
			return 0;
		};
		provider.busy = provider.busy.defensive_saturating_sub(1);
		provider.locked = provider.locked.defensive_saturating_sub(lock);

		let loss = T::Economics::get().loss(conduct, lock);
		let (credit, _) = T::Currency::slash(&HoldReason::ProviderBond.into(), stash, loss);
		let slashed = credit.peek();
		provider.lose(slashed);
		provider.reputation = provider.reputation.after(conduct, slashed);

		let poor = provider.status == ProviderStatus::Online && provider.bond < T::MinBond::get();
		if poor {
			provider.status = ProviderStatus::Paused;
		}
		Self::place(stash, &mut provider);
		Providers::<T>::insert(stash, provider);

		if slashed > 0 {
			Self::deposit_event(Event::Slashed { provider: stash.clone(), amount: slashed, conduct });
		}
		if poor {
			Self::deposit_event(Event::Paused { provider: stash.clone() });
		}
		T::Slash::on_unbalanced(credit);
		slashed
	}

	fn provider_of(worker: &T::AccountId) -> Option<T::AccountId> {
		WorkerOf::<T>::get(worker)
	}

	/// Looks at 64 providers at equal distances in the index, or at all if there are not more.
	fn survey(wanted: &Wanted) -> (u32, Option<Price>) {
		let available = AvailableCount::<T>::get();
		let looks = available.min(SURVEY);
		(0..looks)
			// Below `available`, which is a u32.
			.map(|look| (u64::from(look) * u64::from(available) / u64::from(looks)) as u32)
			.filter_map(Self::look(wanted))
			.fold((0, None), |(count, lowest), offer| {
				(count + 1, Some(lowest.map_or(offer.ask, |lowest: Price| lowest.min(offer.ask))))
			})
	}

	fn draw_weight(count: u8) -> Weight {
		T::WeightInfo::draw(draw::looks(T::DrawCandidates::get(), count))
	}

	fn engage_weight() -> Weight {
		T::WeightInfo::engage()
	}

	fn discharge_weight() -> Weight {
		T::WeightInfo::discharge()
	}

	fn provider_of_weight() -> Weight {
		T::WeightInfo::provider_of()
	}
}
