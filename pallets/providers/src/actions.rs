//! What the calls do, once their origin is known. Storage is written after the last check that can fail.

use crate::{Config, Error, Event, HoldReason, Pallet, Provider, Providers, WorkerOf};
use ergon_primitives::{views::Unbonding, Balance, ProviderInfo, ProviderStatus};
use frame_support::{
	ensure,
	traits::{fungible::MutateHold, tokens::Precision, Get},
};
use sp_runtime::{traits::BlockNumberProvider, ArithmeticError, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		stash: T::AccountId,
		bond: Balance,
		worker: T::AccountId,
		info: ProviderInfo,
	) -> DispatchResult {
		ensure!(!Providers::<T>::contains_key(&stash), Error::<T>::AlreadyRegistered);
		info.check().map_err(Error::<T>::from)?;
		ensure!(bond >= T::MinBond::get(), Error::<T>::BondTooSmall);
		Self::ensure_worker_is_free(&stash, &worker)?;
		T::Currency::hold(&HoldReason::ProviderBond.into(), &stash, bond)?;

		Self::employ(&stash, &worker);
		let mut provider = Provider::new(worker.clone(), info, bond);
		Self::place(&stash, &mut provider);
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Registered { provider: stash, worker, bond });
		Ok(())
	}

	pub(crate) fn do_update(stash: T::AccountId, info: ProviderInfo) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		info.check().map_err(Error::<T>::from)?;

		provider.info = info;
		Self::place(&stash, &mut provider);
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Updated { provider: stash });
		Ok(())
	}

	pub(crate) fn do_bond_more(stash: T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::AmountIsZero);
		let mut provider = Self::registered(&stash)?;
		provider.bond = provider.bond.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
		T::Currency::hold(&HoldReason::ProviderBond.into(), &stash, amount)?;

		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Bonded { provider: stash, amount });
		Ok(())
	}

	pub(crate) fn do_unbond(stash: T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::AmountIsZero);
		let mut provider = Self::registered(&stash)?;
		let left = provider.bond.checked_sub(amount).ok_or(Error::<T>::BondTooSmall)?;
		ensure!(left >= T::MinBond::get(), Error::<T>::BondTooSmall);
		ensure!(left >= provider.locked, Error::<T>::BondLocked);

		let before = provider.unbonding.map_or(0, |unbonding| unbonding.amount);
		let at = T::BlockNumberProvider::current_block_number().saturating_add(T::Timing::get().unbonding);
		provider.bond = left;
		provider.unbonding = Some(Unbonding { amount: before.saturating_add(amount), at });
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Unbonding { provider: stash, amount, at });
		Ok(())
	}

	pub(crate) fn do_withdraw(stash: T::AccountId) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		let unbonding = provider.unbonding.take().ok_or(Error::<T>::NothingUnbonding)?;
		let now = T::BlockNumberProvider::current_block_number();
		ensure!(now >= unbonding.at, Error::<T>::StillUnbonding);
		let amount = T::Currency::release(
			&HoldReason::ProviderBond.into(),
			&stash,
			unbonding.amount,
			Precision::Exact,
		)?;

		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Withdrawn { provider: stash, amount });
		Ok(())
	}

	pub(crate) fn do_deregister(stash: T::AccountId) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		ensure!(provider.duties.is_empty(), Error::<T>::StillBusy);
		T::Currency::release_all(&HoldReason::ProviderBond.into(), &stash, Precision::BestEffort)?;

		// A paused provider is not in the index: this takes it out if it was online.
		provider.status = ProviderStatus::Paused;
		Self::place(&stash, &mut provider);
		Self::dismiss(&provider.worker);
		Providers::<T>::remove(&stash);
		Self::deposit_event(Event::Deregistered { provider: stash });
		Ok(())
	}

	pub(crate) fn do_set_worker(stash: T::AccountId, worker: T::AccountId) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		Self::ensure_worker_is_free(&stash, &worker)?;

		Self::dismiss(&provider.worker);
		Self::employ(&stash, &worker);
		provider.worker = worker.clone();
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::WorkerSet { provider: stash, worker });
		Ok(())
	}

	/// The record of a registered provider.
	pub(crate) fn registered(stash: &T::AccountId) -> Result<Provider<T::AccountId>, DispatchError> {
		Providers::<T>::get(stash).ok_or_else(|| Error::<T>::NotRegistered.into())
	}

	fn ensure_worker_is_free(stash: &T::AccountId, worker: &T::AccountId) -> DispatchResult {
		ensure!(worker != stash, Error::<T>::WorkerIsStash);
		ensure!(!WorkerOf::<T>::contains_key(worker), Error::<T>::WorkerInUse);
		Ok(())
	}

	/// Lets a key act for the stash, and its account sign without owning anything.
	fn employ(stash: &T::AccountId, worker: &T::AccountId) {
		WorkerOf::<T>::insert(worker, stash);
		frame_system::Pallet::<T>::inc_sufficients(worker);
	}

	/// Undoes [`Self::employ`]. An account without money of its own goes, its nonce with it. What it signed before could be
	/// sent again if it were ever employed anew: a commitment or a reveal, and each of those is valid once at most; or a
	/// `resume` whose era is not over, which its stash undoes by pausing again.
	fn dismiss(worker: &T::AccountId) {
		WorkerOf::<T>::remove(worker);
		frame_system::Pallet::<T>::dec_sufficients(worker);
	}
}
