//! Weights of `pallet_attestation`, measured. **Generated**: do not edit.
//!
//! By `scripts/weights.sh`, 2026-11-21, on 2 × AMD EPYC:
//! the runtime's WebAssembly, 20 steps of each component, 5 runs at each.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(clippy::unnecessary_cast)] // Some slopes are small.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_attestation::WeightInfo for WeightInfo<T> {
	/// `n` from 1 to 32.
	fn check_commits(n: u32) -> Weight {
		Weight::from_parts(24_320_671, 0)
			.saturating_add(Weight::from_parts(2_299_414, 0).saturating_mul(n.into()))
	}
	/// `n` from 1 to 32.
	fn check_reveals(n: u32) -> Weight {
		Weight::from_parts(36_203_939, 0)
			.saturating_add(Weight::from_parts(6_041_074, 0).saturating_mul(n.into()))
	}
	/// `Attestation::Shards`: 32 read, 32 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	/// `n` from 1 to 32.
	fn commit(n: u32) -> Weight {
		Weight::from_parts(65_483_423, 0)
			.saturating_add(Weight::from_parts(7_578_526, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
	}
	/// `Attestation::Agenda`: 0 read, 2 written.
	fn next_phase() -> Weight {
		Weight::from_parts(0, 0)
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Jobs::Queue`: 0 read, 1 written.
	fn commit_last() -> Weight {
		Weight::from_parts(57_051, 0)
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `Attestation::Shards`: 32 read, 32 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	/// `n` from 1 to 32.
	fn reveal(n: u32) -> Weight {
		Weight::from_parts(78_647_428, 0)
			.saturating_add(Weight::from_parts(13_073_596, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
	}
	/// `Providers::Available`: 0 read, 7 written.
	/// `b` from 1 to 7.
	fn back(b: u32) -> Weight {
		Weight::from_parts(30_401_809, 0)
			.saturating_add(Weight::from_parts(12_984_607, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(b.into())))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Fines`: 1 read, 0 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `Providers::Providers`: 7 read, 7 written.
	/// `System::Account`: 8 read, 8 written.
	/// `r` from 1 to 7.
	fn verdict(r: u32) -> Weight {
		Weight::from_parts(160_781_214, 0)
			.saturating_add(Weight::from_parts(48_902_690, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(7))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(r.into())))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Balances::Holds`: 6 read, 6 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Fines`: 1 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `Providers::Available`: 5 read, 10 written.
	/// `Providers::Providers`: 12 read, 12 written.
	/// `Rewards::Slashed`: 1 read, 1 written.
	/// `System::Account`: 10 read, 10 written.
	/// `f` from 1 to 5.
	fn faults(f: u32) -> Weight {
		Weight::from_parts(38_158_415, 0)
			.saturating_add(Weight::from_parts(113_867_766, 0).saturating_mul(f.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(5_u64.saturating_mul(f.into())))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes(6_u64.saturating_mul(f.into())))
	}
	/// `Attestation::NextDue`: 1 read, 0 written.
	fn hook_base() -> Weight {
		Weight::from_parts(3_154_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
	}
	/// `Attestation::Agenda`: 1 read, 0 written.
	fn hook_block() -> Weight {
		Weight::from_parts(2_965_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
	}
	/// `Attestation::Agenda`: 2 read, 1 written.
	/// `Attestation::Shards`: 1 read, 1 written.
	/// `Balances::Holds`: 3 read, 3 written.
	/// `Jobs::Fines`: 1 read, 1 written.
	/// `Jobs::Queue`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 0 written.
	/// `Jobs::Standings`: 1 read, 0 written.
	/// `Providers::Available`: 3 read, 6 written.
	/// `Providers::Providers`: 6 read, 6 written.
	/// `System::Account`: 4 read, 4 written.
	fn hook_deadline() -> Weight {
		Weight::from_parts(455_687_000, 0)
			.saturating_add(T::DbWeight::get().reads(22))
			.saturating_add(T::DbWeight::get().writes(23))
	}
	/// `Attestation::Agenda`: 2 read, 1 written.
	/// `Attestation::Shards`: 1 read, 1 written.
	/// `Balances::Holds`: 6 read, 6 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Fines`: 1 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `Providers::Available`: 5 read, 10 written.
	/// `Providers::Providers`: 12 read, 12 written.
	/// `Rewards::Slashed`: 1 read, 1 written.
	/// `System::Account`: 10 read, 10 written.
	/// `r` from 1 to 7.
	fn hook_verdict(r: u32) -> Weight {
		Weight::from_parts(216_118_476, 0)
			.saturating_add(Weight::from_parts(117_274_488, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads(4_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(10))
			.saturating_add(T::DbWeight::get().writes(5_u64.saturating_mul(r.into())))
	}
}
