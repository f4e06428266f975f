//! What the calls and the doors cost.
//!
//! **Provisional**: counted by hand from the storage items that each touches in its worst case, the balances' and the
//! system's among them, with an allowance for computing and for the size of the proof. Measured weights take their place.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

/// What the calls and the doors cost.
pub trait WeightInfo {
	/// `register`
	fn register() -> Weight;
	/// `update`
	fn update() -> Weight;
	/// `bond_more`
	fn bond_more() -> Weight;
	/// `unbond`
	fn unbond() -> Weight;
	/// `withdraw`
	fn withdraw() -> Weight;
	/// `pause`
	fn pause() -> Weight;
	/// `resume`
	fn resume() -> Weight;
	/// `deregister`, without what is told of it to others
	fn deregister() -> Weight;
	/// `set_worker`
	fn set_worker() -> Weight;
	/// A draw that looks at so many places
	fn draw(looks: u32) -> Weight;
	/// One provider's slot and lock
	fn engage() -> Weight;
	/// The same given back, slashed, and the slash handed over
	fn discharge() -> Weight;
	/// The stash of a worker key
	fn provider_of() -> Weight;
}

/// Time to compute in microseconds, and storage items.
struct Work {
	micros: u64,
	reads: u64,
	writes: u64,
}

impl Work {
	const fn new(micros: u64, reads: u64, writes: u64) -> Self {
		Self { micros, reads, writes }
	}

	/// Each item read is taken for 4 KiB of proof: a large record and its path in the trie.
	fn weight(self, db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(self.micros * WEIGHT_REF_TIME_PER_MICROS, self.reads * 4096)
			.saturating_add(db.reads_writes(self.reads, self.writes))
	}
}

/// By the costs of a database.
pub struct Counted<Db>(PhantomData<Db>);

/// By the costs of the runtime's database.
pub type SubstrateWeight<T> = Counted<<T as frame_system::Config>::DbWeight>;

impl<Db: Get<RuntimeDbWeight>> WeightInfo for Counted<Db> {
	/// Reads: provider, worker key, least bond, holds, stash's and worker's account, index count.
	/// Writes: provider, worker key, holds, both accounts, index entry and count.
	fn register() -> Weight {
		Work::new(60, 7, 7).weight(Db::get())
	}
	/// Reads: provider, index count, last of the index, its provider. Writes: these, and the place it moves to.
	fn update() -> Weight {
		Work::new(30, 4, 5).weight(Db::get())
	}
	/// Reads and writes: provider, holds, account.
	fn bond_more() -> Weight {
		Work::new(40, 3, 3).weight(Db::get())
	}
	/// Reads: provider, least bond, period, height. Writes: provider.
	fn unbond() -> Weight {
		Work::new(20, 4, 1).weight(Db::get())
	}
	/// Reads: provider, height, holds, account. Writes: all but the height.
	fn withdraw() -> Weight {
		Work::new(40, 4, 3).weight(Db::get())
	}
	/// As `update`.
	fn pause() -> Weight {
		Work::new(30, 4, 5).weight(Db::get())
	}
	/// Reads: provider, least bond, index count. Writes: provider, index entry and count.
	fn resume() -> Weight {
		Work::new(25, 3, 3).weight(Db::get())
	}
	/// Reads: provider, holds, both accounts, index count, last of the index, its provider.
	/// Writes: these, the worker key, the place the last moves to.
	fn deregister() -> Weight {
		Work::new(70, 7, 9).weight(Db::get())
	}
	/// Reads: provider, new worker key, both workers' accounts. Writes: these, and the old worker key.
	fn set_worker() -> Weight {
		Work::new(40, 4, 5).weight(Db::get())
	}
	/// Reads: index count, economics, least bond; for each look a place and a provider.
	fn draw(looks: u32) -> Weight {
		let looks = u64::from(looks);
		Work::new(10 + 4 * looks, 3 + 2 * looks, 0).weight(Db::get())
	}
	/// As `update`.
	fn engage() -> Weight {
		Work::new(25, 4, 5).weight(Db::get())
	}
	/// Reads: provider, economics, least bond, holds, account, index count, last of the index, its provider; for the
	/// handler an account and a total. Writes: these without the parameters, and the place the last moves to.
	fn discharge() -> Weight {
		Work::new(80, 10, 9).weight(Db::get())
	}
	/// Reads: the worker key.
	fn provider_of() -> Weight {
		Work::new(5, 1, 0).weight(Db::get())
	}
}

/// For mocks: by the costs of RocksDB.
impl WeightInfo for () {
	fn register() -> Weight {
		Counted::<RocksDbWeight>::register()
	}
	fn update() -> Weight {
		Counted::<RocksDbWeight>::update()
	}
	fn bond_more() -> Weight {
		Counted::<RocksDbWeight>::bond_more()
	}
	fn unbond() -> Weight {
		Counted::<RocksDbWeight>::unbond()
	}
	fn withdraw() -> Weight {
		Counted::<RocksDbWeight>::withdraw()
	}
	fn pause() -> Weight {
		Counted::<RocksDbWeight>::pause()
	}
	fn resume() -> Weight {
		Counted::<RocksDbWeight>::resume()
	}
	fn deregister() -> Weight {
		Counted::<RocksDbWeight>::deregister()
	}
	fn set_worker() -> Weight {
		Counted::<RocksDbWeight>::set_worker()
	}
	fn draw(looks: u32) -> Weight {
		Counted::<RocksDbWeight>::draw(looks)
	}
	fn engage() -> Weight {
		Counted::<RocksDbWeight>::engage()
	}
	fn discharge() -> Weight {
		Counted::<RocksDbWeight>::discharge()
	}
	fn provider_of() -> Weight {
		Counted::<RocksDbWeight>::provider_of()
	}
}
