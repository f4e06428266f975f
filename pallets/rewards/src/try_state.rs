//! The invariants of the pallet's documentation.

use crate::{Config, Pallet, Totals};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_earnings()
	}

	/// Earnings are only kept of providers that were paid.
	fn check_earnings() -> Result<(), TryRuntimeError> {
		for earnings in Totals::<T>::iter_values() {
			ensure!(earnings.replicas > 0, "earnings of who was never paid");
		}
		Ok(())
	}
}
