//! What the doors cost.
//!
//! **Provisional**: counted by hand from the storage items that each touches in its worst case, with an allowance for
//! computing and for the size of the proof. Measured weights take their place.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

/// What the doors cost.
pub trait WeightInfo {
	/// One fee handed to [`ProtocolFees`](crate::ProtocolFees)
	fn fee() -> Weight;
	/// One slash handed to [`Slashes`](crate::Slashes)
	fn slash() -> Weight;
	/// One payment told
	fn paid() -> Weight;
	/// One provider's totals removed
	fn gone() -> Weight;
}

/// By the costs of a database.
pub struct Counted<Db>(PhantomData<Db>);

/// By the costs of the runtime's database.
pub type SubstrateWeight<T> = Counted<<T as frame_system::Config>::DbWeight>;

/// Each item read is taken for 4 KiB of proof: the item and its path in the trie.
fn work<Db: Get<RuntimeDbWeight>>(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(micros * WEIGHT_REF_TIME_PER_MICROS, reads * 4096)
		.saturating_add(Db::get().reads_writes(reads, writes))
}

impl<Db: Get<RuntimeDbWeight>> WeightInfo for Counted<Db> {
	/// Reads: split, author, both accounts, issuance, totals. Writes: all but the first two.
	fn fee() -> Weight {
		work::<Db>(60, 6, 4)
	}
	/// Reads and writes: the treasury's account, issuance, total.
	fn slash() -> Weight {
		work::<Db>(30, 3, 3)
	}
	/// Reads and writes: totals.
	fn paid() -> Weight {
		work::<Db>(10, 1, 1)
	}
	/// Writes: totals.
	fn gone() -> Weight {
		work::<Db>(5, 0, 1)
	}
}

/// For mocks: by the costs of RocksDB.
impl WeightInfo for () {
	fn fee() -> Weight {
		Counted::<RocksDbWeight>::fee()
	}
	fn slash() -> Weight {
		Counted::<RocksDbWeight>::slash()
	}
	fn paid() -> Weight {
		Counted::<RocksDbWeight>::paid()
	}
	fn gone() -> Weight {
		Counted::<RocksDbWeight>::gone()
	}
}
