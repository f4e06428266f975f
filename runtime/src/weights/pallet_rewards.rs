//! Weights of `pallet_rewards`, measured. **Generated**: do not edit.
//!
//! By `scripts/weights.sh`, 2026-11-21, on 2 × AMD EPYC:
//! the runtime's WebAssembly, 20 steps of each component, 5 runs at each.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(clippy::unnecessary_cast)] // Some slopes are small.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_rewards::WeightInfo for WeightInfo<T> {
	/// `Parameters::Parameters`: 1 read, 0 written.
	/// `Rewards::Fees`: 1 read, 1 written.
	/// `System::Account`: 2 read, 2 written.
	fn divide() -> Weight {
		Weight::from_parts(50_064_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}
