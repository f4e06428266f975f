//! Weights of `pallet_attestation`, measured. **Generated**: do not edit.
//!
//! By `scripts/weights.sh`, 2026-11-21, on 2 × AMD EPYC:
//! the runtime's WebAssembly, 10 steps of each component, 5 runs at each.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(clippy::unnecessary_cast)] // Some slopes are small.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_attestation::WeightInfo for WeightInfo<T> {
	/// `Attestation::Shards`: 32 read, 0 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	/// `n` from 1 to 32.
	fn check_commits(n: u32) -> Weight {
		Weight::from_parts(45_084_796, 0)
			.saturating_add(Weight::from_parts(7_573_401, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
	}
	/// `Attestation::Shards`: 32 read, 0 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	/// `System::BlockHash`: 1 read, 0 written.
	/// `n` from 1 to 32.
	fn check_reveals(n: u32) -> Weight {
		Weight::from_parts(79_059_835, 0)
			.saturating_add(Weight::from_parts(11_789_049, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
	}
	/// `Attestation::Shards`: 32 read, 32 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	/// `n` from 1 to 32.
	fn commit(n: u32) -> Weight {
		Weight::from_parts(106_747_978, 0)
			.saturating_add(Weight::from_parts(22_204_812, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
	}
	fn next_phase() -> Weight {
		Weight::from_parts(5_105_210, 0)
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn back(b: u32) -> Weight {
		Weight::from_parts(20_000_000, 0)
			.saturating_add(Weight::from_parts(40_000_000, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(b.into())))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Jobs::QueueEnds`: 1 read, 1 written.
	/// `Jobs::Queue`: 0 read, 1 written.
	/// `Parameters::Parameters`: 2 read, 0 written.
	fn commit_last() -> Weight {
		Weight::from_parts(5_105_210, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `Attestation::Shards`: 32 read, 32 written.
	/// `Providers::WorkerOf`: 1 read, 0 written.
	/// `System::BlockHash`: 1 read, 0 written.
	/// `n` from 1 to 32.
	fn reveal(n: u32) -> Weight {
		Weight::from_parts(127_142_535, 0)
			.saturating_add(Weight::from_parts(35_164_109, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Fines`: 1 read, 0 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `Parameters::Parameters`: 5 read, 0 written.
	/// `Providers::AvailableCount`: 1 read, 1 written.
	/// `Providers::Available`: 0 read, 7 written.
	/// `Providers::Providers`: 7 read, 7 written.
	/// `Rewards::Fees`: 1 read, 1 written.
	/// `Rewards::Totals`: 7 read, 7 written.
	/// `System::Account`: 10 read, 10 written.
	/// `r` from 1 to 7.
	fn verdict(r: u32) -> Weight {
		Weight::from_parts(287_387_356, 0)
			.saturating_add(Weight::from_parts(129_463_654, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(15))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(11))
			.saturating_add(T::DbWeight::get().writes(4_u64.saturating_mul(r.into())))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Balances::Holds`: 6 read, 6 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Fines`: 1 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `Parameters::Parameters`: 5 read, 0 written.
	/// `Providers::AvailableCount`: 1 read, 1 written.
	/// `Providers::Available`: 5 read, 10 written.
	/// `Providers::Providers`: 12 read, 12 written.
	/// `Rewards::Fees`: 1 read, 1 written.
	/// `Rewards::Slashed`: 1 read, 1 written.
	/// `Rewards::Totals`: 2 read, 2 written.
	/// `System::Account`: 11 read, 11 written.
	/// `f` from 1 to 5.
	fn faults(f: u32) -> Weight {
		Weight::from_parts(70_702_792, 0)
			.saturating_add(Weight::from_parts(164_704_500, 0).saturating_mul(f.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads(5_u64.saturating_mul(f.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes(6_u64.saturating_mul(f.into())))
	}
	/// `Attestation::NextDue`: 1 read, 0 written.
	fn hook_base() -> Weight {
		Weight::from_parts(4_767_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
	}
	/// `Attestation::Agenda`: 1 read, 0 written.
	fn hook_block() -> Weight {
		Weight::from_parts(7_121_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
	}
	/// `Attestation::Agenda`: 2 read, 1 written.
	/// `Attestation::Shards`: 1 read, 1 written.
	/// `Balances::Holds`: 3 read, 3 written.
	/// `Jobs::Fines`: 1 read, 1 written.
	/// `Jobs::QueueEnds`: 1 read, 1 written.
	/// `Jobs::Queue`: 0 read, 1 written.
	/// `Jobs::Shards`: 1 read, 0 written.
	/// `Jobs::Standings`: 1 read, 0 written.
	/// `Parameters::Parameters`: 3 read, 0 written.
	/// `Providers::AvailableCount`: 1 read, 1 written.
	/// `Providers::Available`: 3 read, 6 written.
	/// `Providers::Providers`: 6 read, 6 written.
	/// `System::Account`: 4 read, 4 written.
	fn hook_deadline() -> Weight {
		Weight::from_parts(699_518_000, 0)
			.saturating_add(T::DbWeight::get().reads(27))
			.saturating_add(T::DbWeight::get().writes(25))
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
	/// `Parameters::Parameters`: 5 read, 0 written.
	/// `Providers::AvailableCount`: 1 read, 1 written.
	/// `Providers::Available`: 5 read, 10 written.
	/// `Providers::Providers`: 12 read, 12 written.
	/// `Rewards::Fees`: 1 read, 1 written.
	/// `Rewards::Slashed`: 1 read, 1 written.
	/// `Rewards::Totals`: 2 read, 2 written.
	/// `System::Account`: 11 read, 11 written.
	/// `r` from 1 to 7.
	fn hook_verdict(r: u32) -> Weight {
		Weight::from_parts(340_379_761, 0)
			.saturating_add(Weight::from_parts(207_420_583, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(15))
			.saturating_add(T::DbWeight::get().reads(5_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(11))
			.saturating_add(T::DbWeight::get().writes(6_u64.saturating_mul(r.into())))
	}
}
