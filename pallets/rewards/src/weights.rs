//! What the pallet costs.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// What the pallet costs.
pub trait WeightInfo {
	/// Dividing what a block has gathered.
	fn divide() -> Weight;
}

/// For mocks: rough, on the high side.
impl WeightInfo for () {
	fn divide() -> Weight {
		// The author, the treasury, the totals; the split besides.
		Weight::from_parts(80_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(4, 3))
	}
}
