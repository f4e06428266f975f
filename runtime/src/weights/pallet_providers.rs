//! Weights of `pallet_providers`, measured. **Generated**: do not edit.
//!
//! By `scripts/weights.sh`, 2026-11-21, on 2 × AMD EPYC:
//! the runtime's WebAssembly, 20 steps of each component, 5 runs at each.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(clippy::unnecessary_cast)] // Some slopes are small.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_providers::WeightInfo for WeightInfo<T> {
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Providers::Available`: 0 read, 1 written.
	/// `Providers::Providers`: 1 read, 1 written.
	/// `Providers::WorkerOf`: 1 read, 1 written.
	/// `System::Account`: 2 read, 2 written.
	fn register() -> Weight {
		Weight::from_parts(151_215_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	/// `Providers::Available`: 1 read, 2 written.
	/// `Providers::Providers`: 2 read, 2 written.
	fn update() -> Weight {
		Weight::from_parts(112_087_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Providers::Providers`: 1 read, 1 written.
	/// `System::Account`: 1 read, 1 written.
	fn bond_more() -> Weight {
		Weight::from_parts(135_260_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `Providers::Providers`: 1 read, 1 written.
	fn unbond() -> Weight {
		Weight::from_parts(80_519_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Providers::Providers`: 1 read, 1 written.
	/// `System::Account`: 1 read, 1 written.
	fn withdraw() -> Weight {
		Weight::from_parts(123_794_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `Providers::Available`: 1 read, 2 written.
	/// `Providers::Providers`: 2 read, 2 written.
	fn pause() -> Weight {
		Weight::from_parts(103_634_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `Providers::Available`: 0 read, 1 written.
	/// `Providers::Providers`: 2 read, 1 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	fn resume() -> Weight {
		Weight::from_parts(111_535_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Providers::Available`: 1 read, 2 written.
	/// `Providers::Providers`: 2 read, 2 written.
	/// `Providers::WorkerOf`: 0 read, 1 written.
	/// `System::Account`: 2 read, 2 written.
	fn deregister() -> Weight {
		Weight::from_parts(177_674_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	/// `Providers::Providers`: 1 read, 1 written.
	/// `Providers::WorkerOf`: 1 read, 2 written.
	/// `System::Account`: 2 read, 2 written.
	fn set_worker() -> Weight {
		Weight::from_parts(109_643_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `Providers::Providers`: 1 read, 1 written.
	fn set_operator() -> Weight {
		Weight::from_parts(74_591_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `Providers::Providers`: 1 read, 1 written.
	fn confirm_operator() -> Weight {
		Weight::from_parts(72_518_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}
