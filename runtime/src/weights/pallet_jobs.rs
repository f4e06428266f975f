//! Weights of `pallet_jobs`, measured. **Generated**: do not edit.
//!
//! By `scripts/weights.sh`, 2026-11-21, on 2 × AMD EPYC:
//! the runtime's WebAssembly, 20 steps of each component, 5 runs at each.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(clippy::unnecessary_cast)] // Some slopes are small.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_jobs::WeightInfo for WeightInfo<T> {
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Jobs`: 0 read, 1 written.
	/// `Jobs::Standings`: 0 read, 1 written.
	/// `Jobs::Turns`: 0 read, 1 written.
	/// `Jobs::Waiting`: 1 read, 1 written.
	/// `b` from 800 to 10000.
	fn submit(b: u32) -> Weight {
		Weight::from_parts(140_498_232, 0)
			.saturating_add(Weight::from_parts(1_413, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 0 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	fn cancel() -> Weight {
		Weight::from_parts(87_209_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `Attestation::Shards`: 1 read, 0 written.
	/// `Jobs::Exposed`: 0 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	fn expose() -> Weight {
		Weight::from_parts(37_786_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `Babe::AuthorVrfRandomness`: 1 read, 0 written.
	/// `Jobs::NextJob`: 1 read, 1 written.
	/// `Jobs::QueueEnds`: 1 read, 1 written.
	/// `Jobs::Round`: 2 read, 2 written.
	/// `Parameters::Parameters`: 4 read, 0 written.
	/// `Providers::AvailableCount`: 1 read, 1 written.
	/// `System::BlockHash`: 1 read, 0 written.
	/// `Timestamp::Now`: 1 read, 0 written.
	fn shared() -> Weight {
		Weight::from_parts(31_256_000, 0)
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `Jobs::Deadlines`: 1 read, 0 written.
	/// `Jobs::NextDeadline`: 1 read, 1 written.
	/// `Jobs::Turns`: 2 read, 0 written.
	fn on_initialize_base() -> Weight {
		Weight::from_parts(16_034_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `Jobs::Turns`: 1 read, 0 written.
	/// `Jobs::Waiting`: 2 read, 0 written.
	fn glance() -> Weight {
		Weight::from_parts(32_698_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
	}
	/// `Providers::Available`: 1 read, 2 written.
	/// `Providers::Providers`: 1 read, 1 written.
	fn leave() -> Weight {
		Weight::from_parts(73_019_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `Attestation::Shards`: 1 read, 0 written.
	/// `Jobs::Queue`: 1 read, 1 written.
	fn turn() -> Weight {
		Weight::from_parts(17_406_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Attestation::Shards`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 1 read, 0 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `Jobs::Turns`: 1 read, 1 written.
	/// `Jobs::Waiting`: 2 read, 1 written.
	/// `Providers::Available`: 7 read, 0 written.
	/// `Providers::Providers`: 7 read, 7 written.
	/// `r` from 1 to 7.
	fn draw(r: u32) -> Weight {
		Weight::from_parts(199_053_000, 0)
			.saturating_add(Weight::from_parts(24_181_416, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(5))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(r.into())))
	}
	/// `Providers::Available`: 56 read, 0 written.
	/// `Providers::Providers`: 56 read, 0 written.
	/// `l` from 1 to 56.
	fn look(l: u32) -> Weight {
		Weight::from_parts(0, 0)
			.saturating_add(Weight::from_parts(15_801_828, 0).saturating_mul(l.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(l.into())))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Attestation::Shards`: 1 read, 1 written.
	fn decide() -> Weight {
		Weight::from_parts(87_600_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `Jobs::Deadlines`: 1 read, 0 written.
	fn agenda_step() -> Weight {
		Weight::from_parts(5_398_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
	}
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 2 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 0 written.
	/// `Jobs::Prunes`: 0 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `System::Account`: 1 read, 1 written.
	fn expire_job() -> Weight {
		Weight::from_parts(86_449_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `Jobs::Shards`: 1 read, 0 written.
	fn expire_look() -> Weight {
		Weight::from_parts(2_864_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
	}
	/// `Attestation::Agenda`: 0 read, 1 written.
	/// `Attestation::Shards`: 1 read, 1 written.
	/// `Jobs::Deadlines`: 1 read, 0 written.
	/// `Jobs::Fines`: 1 read, 1 written.
	/// `Jobs::Shards`: 1 read, 1 written.
	/// `Providers::Available`: 0 read, 7 written.
	/// `Providers::Providers`: 7 read, 7 written.
	/// `Rewards::Slashed`: 1 read, 1 written.
	/// `System::Account`: 2 read, 2 written.
	fn expire_shard() -> Weight {
		Weight::from_parts(385_462_000, 0)
			.saturating_add(T::DbWeight::get().reads(14))
			.saturating_add(T::DbWeight::get().writes(21))
	}
	/// `Jobs::NextPrune`: 1 read, 1 written.
	/// `Jobs::Prunes`: 1 read, 0 written.
	fn on_idle_base() -> Weight {
		Weight::from_parts(7_411_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `Balances::Holds`: 1 read, 1 written.
	/// `Jobs::Jobs`: 1 read, 1 written.
	/// `Jobs::Prunes`: 1 read, 1 written.
	/// `Jobs::Standings`: 1 read, 1 written.
	/// `System::Account`: 1 read, 1 written.
	fn prune_job() -> Weight {
		Weight::from_parts(72_457_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `Jobs::Shards`: 0 read, 1 written.
	fn prune_shard() -> Weight {
		Weight::from_parts(2_725_000, 0)
			.saturating_add(T::DbWeight::get().writes(1))
	}
}
