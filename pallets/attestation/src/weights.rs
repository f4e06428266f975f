//! Weights, counted by hand from reads, writes and work: provisional, to be replaced by measured ones. Each is that of this
//! pallet's own work; what other pallets do on its behalf is added where they are asked.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the parts of this pallet cost.
pub trait WeightInfo {
	/// Checking a batch of `n` before it enters a block.
	fn check_duty(n: u32) -> Weight;
	/// A commit of `n`, without what follows.
	fn commit(n: u32) -> Weight;
	/// A reveal of `n`, without what follows.
	fn reveal(n: u32) -> Weight;
	/// Opening or extending a shard by `n` replicas.
	fn open(n: u32) -> Weight;
	/// Ending one engagement, without the providers' part.
	fn discharge() -> Weight;
	/// Closing a shard, without its discharges.
	fn close() -> Weight;
	/// Entering the hook: the cursor read and written.
	fn hook_base() -> Weight;
	/// Looking whether anything is due in one more block.
	fn hook_block() -> Weight;
	/// Serving one deadline, without what follows.
	fn hook_deadline() -> Weight;
}

/// Proof size of one shard: its encoding at its largest, its key, and the trie around it.
const SHARD_PROOF: u64 = 3_700;
/// Proof size of a small entry.
const ENTRY_PROOF: u64 = 2_600;

/// Hand-counted weights over the runtime's database.
pub struct HandCounted<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for HandCounted<T> {
	fn check_duty(n: u32) -> Weight {
		let n = u64::from(n);
		// Each: the shard read and decoded, a SHA-256 of some 150 bytes, a tag.
		Weight::from_parts(10_000_000, ENTRY_PROOF)
			.saturating_add(Weight::from_parts(12_000_000, SHARD_PROOF).saturating_mul(n))
			.saturating_add(T::DbWeight::get().reads(n))
	}

	fn commit(n: u32) -> Weight {
		let n = u64::from(n);
		// Checked twice (fee-free or not; before the first write). Each: the shard read and written, its agenda entry
		// moved (two writes), an event.
		Weight::from_parts(15_000_000, ENTRY_PROOF)
			.saturating_add(Weight::from_parts(25_000_000, SHARD_PROOF).saturating_mul(n))
			.saturating_add(T::DbWeight::get().reads_writes(n, 3 * n))
	}

	fn reveal(n: u32) -> Weight {
		let n = u64::from(n);
		// As a commit, and the commitment computed at each check; the genesis hash read once.
		Weight::from_parts(20_000_000, 2 * ENTRY_PROOF)
			.saturating_add(Weight::from_parts(45_000_000, SHARD_PROOF).saturating_mul(n))
			.saturating_add(T::DbWeight::get().reads_writes(1 + n, 3 * n))
	}

	fn open(n: u32) -> Weight {
		let n = u64::from(n);
		// The shard read and written, an agenda entry; each: a duty.
		Weight::from_parts(20_000_000, SHARD_PROOF)
			.saturating_add(Weight::from_parts(5_000_000, ENTRY_PROOF).saturating_mul(n))
			.saturating_add(T::DbWeight::get().reads_writes(1, 2 + n))
	}

	fn discharge() -> Weight {
		// The duty removed, an event.
		Weight::from_parts(8_000_000, ENTRY_PROOF).saturating_add(T::DbWeight::get().writes(1))
	}

	fn close() -> Weight {
		// The shard and its agenda entry removed.
		Weight::from_parts(10_000_000, SHARD_PROOF).saturating_add(T::DbWeight::get().reads_writes(1, 2))
	}

	fn hook_base() -> Weight {
		Weight::from_parts(3_000_000, ENTRY_PROOF).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}

	fn hook_block() -> Weight {
		Weight::from_parts(2_000_000, ENTRY_PROOF).saturating_add(T::DbWeight::get().reads(1))
	}

	fn hook_deadline() -> Weight {
		// The entry found and removed, the shard read and written, the next entry.
		Weight::from_parts(25_000_000, SHARD_PROOF + ENTRY_PROOF)
			.saturating_add(T::DbWeight::get().reads_writes(2, 3))
	}
}
