//! The invariants of the pallet's documentation, one function each.

use crate::{Available, AvailableCount, Config, HoldReason, Pallet, Providers, WorkerOf};
use alloc::collections::BTreeSet;
use ergon_primitives::provider::Operator;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_records()?;
		Self::check_index()?;
		Self::check_workers()?;
		Self::check_operators()?;
		Self::check_holds()?;
		Self::check_duties()?;
		Self::check_locks()
	}

	/// Every record can be read; one with more duties than there can be slots, for example, cannot, and is passed over by all
	/// the other checks.
	fn check_records() -> Result<(), TryRuntimeError> {
		ensure!(
			Providers::<T>::iter_keys().count() == Providers::<T>::iter_values().count(),
			"a provider's record cannot be read"
		);
		Ok(())
	}

	/// The index has no gaps, and a provider is in it exactly if it is online with a free slot: not paused, not
	/// suspended, not fully busy.
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

	/// Nobody's own stash is written as its operator: that is what [`Operator::Itself`] says.
	fn check_operators() -> Result<(), TryRuntimeError> {
		for (stash, provider) in Providers::<T>::iter() {
			ensure!(
				!matches!(&provider.operator, Operator::Claimed(who) | Operator::Of(who) if *who == stash),
				"a provider's operator is its own stash"
			);
		}
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

	/// No provider's duty is listed twice.
	fn check_duties() -> Result<(), TryRuntimeError> {
		for (_, provider) in Providers::<T>::iter() {
			let different: BTreeSet<_> = provider.duties.iter().collect();
			ensure!(different.len() == provider.duties.len(), "a duty is listed twice");
		}
		Ok(())
	}

	/// The locks are covered by the bond, and there are none without a duty.
	fn check_locks() -> Result<(), TryRuntimeError> {
		for (_, provider) in Providers::<T>::iter() {
			ensure!(provider.locked <= provider.bond, "a bond does not cover its locks");
			ensure!(!provider.duties.is_empty() || provider.locked == 0, "a lock has no duty");
		}
		Ok(())
	}
}
