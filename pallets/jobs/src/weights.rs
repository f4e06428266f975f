//! What calls and steps cost. **Provisional**: counted by hand from reads, writes and an estimate of the work, on the
//! high side; measured weights take their place when the benchmarks are run. Proof sizes are zero: a chain of its
//! own has no proofs to fit.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::WEIGHT_REF_TIME_PER_MICROS, RuntimeDbWeight, Weight},
};

/// What calls and steps cost.
pub trait WeightInfo {
	/// `submit` with an order of so many bytes.
	fn submit(bytes: u32) -> Weight;
	/// `cancel`.
	fn cancel() -> Weight;
	/// Settling one shard with so many payees, what hears of each payment apart.
	fn close(payees: u32) -> Weight;
	/// What the hook costs when nothing is due and nothing waits.
	fn on_initialize_base() -> Weight;
	/// Taking one item off the queue, looking at its job, putting it back.
	fn turn() -> Weight;
	/// Taking note of a draw: the draw, the engagements, and what attestation does with them apart.
	fn draw() -> Weight;
	/// Looking for the next entry of an agenda.
	fn agenda_step() -> Weight;
	/// Beginning, or going on with, the end of one job at its deadline.
	fn expire_job() -> Weight;
	/// Looking at a shard that is closed already.
	fn expire_look() -> Weight;
	/// Closing one open shard at the deadline, what attestation does with it apart.
	fn expire_shard() -> Weight;
	/// What pruning costs when nothing is due.
	fn on_idle_base() -> Weight;
	/// Removing a job, or coming back to one.
	fn prune_job() -> Weight;
	/// Removing one shard's record.
	fn prune_shard() -> Weight;
}

/// Hand-counted weights on a runtime's own database costs.
pub type SubstrateWeight<T> = Counted<<T as frame_system::Config>::DbWeight>;

/// Hand-counted weights: so many reads and writes of a database that costs `Db`, and the work between them.
pub struct Counted<Db>(PhantomData<Db>);

impl<Db: Get<RuntimeDbWeight>> Counted<Db> {
	fn steps(micros: u64, reads: u64, writes: u64) -> Weight {
		Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(micros), 0)
			.saturating_add(Db::get().reads_writes(reads, writes))
	}
}

impl<Db: Get<RuntimeDbWeight>> WeightInfo for Counted<Db> {
	fn submit(bytes: u32) -> Weight {
		// Read: economics, timing, time, account, holds, next number, lane's ends. Written: account, holds, number,
		// job, standing, deadline, item, ends. A microsecond for each 64 bytes to decode, check and encode.
		Self::steps(60 + u64::from(bytes / 64), 8, 8)
	}

	fn cancel() -> Weight {
		// Read: job, standing, account, holds, timing. Written: account, holds, standing, deadline, prune.
		Self::steps(50, 5, 5)
	}

	fn close(payees: u32) -> Weight {
		// Read: job, standing, record, owner's account and holds, timing, each payee's account; four where the fee
		// goes. Written: owner's account and holds, record, standing, deadline, prune, each payee's account; three
		// where the fee goes.
		let payees = u64::from(payees);
		Self::steps(60 + 20 * payees, 10 + payees, 9 + payees)
	}

	fn on_initialize_base() -> Weight {
		// Read: cursor, both lanes' ends, randomness. Written: cursor.
		Self::steps(10, 4, 1)
	}

	fn turn() -> Weight {
		// Read: ends, item, job, standing. Written: ends, item taken, item put back.
		Self::steps(10, 4, 3)
	}

	fn draw() -> Weight {
		// The seed, the event, a storage layer. Written: standing.
		Self::steps(20, 0, 1)
	}

	fn agenda_step() -> Weight {
		Self::steps(5, 1, 0)
	}

	fn expire_job() -> Weight {
		// Read: job, standing, account, holds, timing. Written: account, holds, standing, deadline, prune.
		Self::steps(40, 5, 5)
	}

	fn expire_look() -> Weight {
		Self::steps(2, 1, 0)
	}

	fn expire_shard() -> Weight {
		// Read: record. Written: record. Account, holds and standing are counted with the job.
		Self::steps(30, 1, 1)
	}

	fn on_idle_base() -> Weight {
		// The cursor.
		Self::steps(5, 1, 1)
	}

	fn prune_job() -> Weight {
		// Read: job, standing, account, holds. Written: account, holds, job, standing, prune.
		Self::steps(40, 4, 5)
	}

	fn prune_shard() -> Weight {
		Self::steps(3, 0, 1)
	}
}
