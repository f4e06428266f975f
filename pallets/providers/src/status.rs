//! Whether a provider takes work: pausing, suspension after a fault, and the way back.

use crate::{Config, Error, Event, Pallet, Provider, Providers, WorkerOf};
use ergon_primitives::{stake::cool_down, Conduct, ProviderStatus};
use frame_support::{ensure, traits::Get};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use sp_runtime::{traits::BlockNumberProvider, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_pause(stash: T::AccountId) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		match provider.status {
			ProviderStatus::Online => {},
			ProviderStatus::Paused => return Err(Error::<T>::AlreadyPaused.into()),
			// Else `resume` would lead out of it before its time.
			ProviderStatus::Suspended { .. } => return Err(Error::<T>::AlreadySuspended.into()),
		}

		provider.status = ProviderStatus::Paused;
		Self::place(&stash, &mut provider);
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Paused { provider: stash });
		Ok(())
	}

	pub(crate) fn do_resume(who: T::AccountId) -> DispatchResult {
		let stash = Self::resumed_by(who);
		let mut provider = Self::resumable(&stash)?;

		provider.status = ProviderStatus::Online;
		Self::place(&stash, &mut provider);
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::Resumed { provider: stash });
		Ok(())
	}

	/// Whether a `resume` of this origin is free: a worker's that would succeed. A worker has no money, so that one that
	/// would fail cannot pay, and enters no block. What can be resumed was paused for a fee or suspended for a fine, so
	/// nobody resumes again and again for nothing.
	pub(crate) fn resumes_free(origin: &OriginFor<T>) -> bool {
		ensure_signed(origin.clone()).is_ok_and(|who| {
			let stash = Self::resumed_by(who.clone());
			stash != who && Self::resumable(&stash).is_ok()
		})
	}

	/// Whose provider `who` resumes: its own, and if it has none, that whose worker it is. In this order, since anybody can
	/// name a stash of somebody else as a worker.
	fn resumed_by(who: T::AccountId) -> T::AccountId {
		if Providers::<T>::contains_key(&who) {
			return who;
		}
		WorkerOf::<T>::get(&who).unwrap_or(who)
	}

	/// The record of a provider that can take work again.
	fn resumable(stash: &T::AccountId) -> Result<Provider<T::AccountId>, DispatchError> {
		let provider = Self::registered(stash)?;
		match provider.status {
			ProviderStatus::Online => return Err(Error::<T>::AlreadyOnline.into()),
			ProviderStatus::Paused => {},
			ProviderStatus::Suspended { until } => {
				let now = T::BlockNumberProvider::current_block_number();
				ensure!(now >= until, Error::<T>::StillSuspended);
			},
		}
		ensure!(provider.bond >= T::MinBond::get(), Error::<T>::BondTooSmall);
		Ok(provider)
	}

	/// Where the end of a duty leaves a provider, its loss and its reputation already written to the record; with what is
	/// to be told of it.
	pub(crate) fn rest_after(
		stash: &T::AccountId,
		provider: &mut Provider<T::AccountId>,
		conduct: Conduct,
	) -> Option<Event<T>> {
		if conduct.is_fault() {
			let timing = T::Timing::get();
			let rest = cool_down(timing.cool_down, timing.max_cool_down, provider.reputation.faults);
			let until = provider.suspend(T::BlockNumberProvider::current_block_number().saturating_add(rest));
			return Some(Event::Suspended { provider: stash.clone(), until });
		}
		if provider.status == ProviderStatus::Online && provider.bond < T::MinBond::get() {
			provider.status = ProviderStatus::Paused;
			return Some(Event::Paused { provider: stash.clone() });
		}
		None
	}
}
