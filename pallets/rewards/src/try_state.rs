//! The invariants of the pallet's documentation.

use crate::{Config, Pallet, Pending};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_gathered()
	}

	/// Between blocks nothing is on its way.
	fn check_gathered() -> Result<(), TryRuntimeError> {
		ensure!(!Pending::<T>::exists(), "rewards: fees of a block that has ended were not divided");
		Ok(())
	}
}
