//! The invariants of the pallet's documentation, one function each.

use crate::{Available, AvailableCount, Config, HoldReason, Pallet, Providers, WorkerOf};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_index()?;
		Self::check_workers()?;
		Self::check_holds()?;
		Self::check_locks()
	}

	/// The index has no gaps, and a provider is in it exactly if it is online with a free slot.
	fn check_index() -> Result<(), TryRuntimeError> {
		let count = AvailableCount::<T>::get();
		let mut entries = 0u32;
		for (place, stash) in Available::<T>::iter() {
			ensure!(place < count, "a place of the index is beyond its count");
			let provider = Providers::<T>::get(&stash).ok_or("the index names who is no provider")?;
			ensure!(provider.place == Some(place), "a provider and its place do not agree");
			entries += 1;
		}
		ensure!(entries == count, "the index has gaps");
		for (_, provider) in Providers::<T>::iter() {
			ensure!(
				provider.place.is_some() == provider.is_available(),
				"a provider must be in the index exactly if it is available"
			);
			ensure!(
				provider.place.is_none_or(|place| place < count),
				"a provider has a place beyond the index"
			);
		}
		Ok(())
	}

	/// Worker keys and providers name each other, and worker accounts are kept alive.
	fn check_workers() -> Result<(), TryRuntimeError> {
		for (stash, provider) in Providers::<T>::iter() {
			ensure!(provider.worker != stash, "a worker key is its own stash");
			ensure!(
				WorkerOf::<T>::get(&provider.worker).as_ref() == Some(&stash),
				"a provider's worker key does not lead back to it"
			);
			ensure!(
				frame_system::Pallet::<T>::sufficients(&provider.worker) > 0,
				"a worker's account is not kept alive"
			);
		}
		ensure!(
			WorkerOf::<T>::iter().count() == Providers::<T>::iter_keys().count(),
			"a worker key has no provider"
		);
		Ok(())
	}

	/// What is on hold is bond plus unbonding.
	fn check_holds() -> Result<(), TryRuntimeError> {
		let reason = HoldReason::ProviderBond.into();
		for (stash, provider) in Providers::<T>::iter() {
			ensure!(
				T::Currency::balance_on_hold(&reason, &stash) == provider.held(),
				"a bond is not what is on hold"
			);
			ensure!(
				provider.unbonding.is_none_or(|unbonding| unbonding.amount > 0),
				"an empty part is unbonding"
			);
		}
		Ok(())
	}

	/// The locks are covered by the bond, and there are none without a busy slot.
	fn check_locks() -> Result<(), TryRuntimeError> {
		for (_, provider) in Providers::<T>::iter() {
			ensure!(provider.locked <= provider.bond, "a bond does not cover its locks");
			ensure!(provider.busy > 0 || provider.locked == 0, "a lock has no open shard");
		}
		Ok(())
	}
}
