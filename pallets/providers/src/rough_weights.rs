//! Rough weights for mocks, and until measured ones take their place: counted by hand from the storage items that each call
//! touches in its worst case, with an allowance for computing and for the size of the proof.

use crate::WeightInfo;
use frame_support::weights::{
	constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
	Weight,
};

/// Each item read is taken for 4 KiB of proof: a large record and its path in the trie.
fn rough(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(micros * WEIGHT_REF_TIME_PER_MICROS, reads * 4096)
		.saturating_add(RocksDbWeight::get().reads_writes(reads, writes))
}

impl WeightInfo for () {
	/// Reads: provider, worker key, least bond, holds, stash's and worker's account, index count.
	/// Writes: provider, worker key, holds, both accounts, index entry and count.
	fn register() -> Weight {
		rough(60, 7, 7)
	}
	/// Reads: provider, index count, last of the index, its provider. Writes: these, and the place it moves to.
	fn update() -> Weight {
		rough(30, 4, 5)
	}
	/// Reads and writes: provider, holds, account.
	fn bond_more() -> Weight {
		rough(40, 3, 3)
	}
	/// Reads: provider, least bond, timing, height. Writes: provider.
	fn unbond() -> Weight {
		rough(20, 4, 1)
	}
	/// Reads: provider, height, holds, account. Writes: all but the height.
	fn withdraw() -> Weight {
		rough(40, 4, 3)
	}
	/// As `update`.
	fn pause() -> Weight {
		rough(30, 4, 5)
	}
	/// Reads: worker key, stash's and worker's record, height, least bond, index count. Writes: provider, index entry and
	/// count.
	fn resume() -> Weight {
		rough(40, 6, 3)
	}
	/// Reads: provider, holds, both accounts, index count, last of the index, its provider, payouts.
	/// Writes: these, the worker key, the place the last moves to.
	fn deregister() -> Weight {
		rough(80, 8, 10)
	}
	/// Reads: provider, new worker key, both workers' accounts. Writes: these, and the old worker key.
	fn set_worker() -> Weight {
		rough(40, 4, 5)
	}
	/// Reads and writes: provider.
	fn set_operator() -> Weight {
		rough(20, 1, 1)
	}
	/// Reads and writes: provider.
	fn confirm_operator() -> Weight {
		rough(20, 1, 1)
	}
}
