//! What calls and steps cost, with everything that happens behind them in the runtime: the other pallets' part, too.

use frame_support::weights::{
	constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
	Weight,
};

/// What calls and steps cost.
pub trait WeightInfo {
	/// `submit` with an order of so many bytes.
	fn submit(bytes: u32) -> Weight;
	/// `cancel`.
	fn cancel() -> Weight;
	/// `expose`.
	fn expose() -> Weight;
	/// What the calls and steps of a block read and write once however many they are: every block's hook counts it, none of them.
	fn shared() -> Weight;
	/// What the hook costs when nothing is due and nothing waits.
	fn on_initialize_base() -> Weight;
	/// Looking at a client's turn and at its best job, or at one more of its jobs, and leaving them where they are.
	fn glance() -> Weight;
	/// Taking one item off the queue and finding it stale or too fresh, or putting it back; or moving a job or a client's turn to
	/// another lane.
	fn turn() -> Weight;
	/// Drawing, engaging and handing over so many replicas, all of which are found at the first look, and taking the order off its
	/// lane, or its client to the next round.
	fn draw(replicas: u32) -> Weight;
	/// That a provider which is engaged has no slot left, and leaves the pool.
	fn leave() -> Weight;
	/// Looking at so many providers in a draw.
	fn look(providers: u32) -> Weight;
	/// Deciding on a replica that works alone.
	fn decide() -> Weight;
	/// Looking for the next entry of an agenda.
	fn agenda_step() -> Weight;
	/// Beginning, or going on with, the end of one job at its deadline.
	fn expire_job() -> Weight;
	/// Looking at a shard that is closed already.
	fn expire_look() -> Weight;
	/// Closing one open shard with the most replicas at the deadline.
	fn expire_shard() -> Weight;
	/// What pruning costs when nothing is due.
	fn on_idle_base() -> Weight;
	/// Removing a job, or coming back to one.
	fn prune_job() -> Weight;
	/// Removing one shard's record.
	fn prune_shard() -> Weight;
}

/// So many reads and writes, and the work between them.
fn steps(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(micros), 0)
		.saturating_add(RocksDbWeight::get().reads_writes(reads, writes))
}

/// For mocks: rough, on the high side.
impl WeightInfo for () {
	fn submit(bytes: u32) -> Weight {
		steps(60 + u64::from(bytes / 64), 9, 9)
	}

	fn cancel() -> Weight {
		steps(50, 5, 5)
	}

	fn expose() -> Weight {
		steps(30, 3, 1)
	}

	fn shared() -> Weight {
		steps(20, 12, 6)
	}

	fn on_initialize_base() -> Weight {
		steps(10, 5, 1)
	}

	fn glance() -> Weight {
		steps(10, 2, 0)
	}

	fn turn() -> Weight {
		steps(10, 4, 3)
	}

	fn draw(replicas: u32) -> Weight {
		// Each: eight candidates read; provider and its hold written.
		let replicas = u64::from(replicas);
		steps(70 + 60 * replicas, 9 + 10 * replicas, 9 + 3 * replicas)
	}

	fn leave() -> Weight {
		steps(15, 3, 4)
	}

	fn look(providers: u32) -> Weight {
		steps(5, 2, 0).saturating_mul(providers.into())
	}

	fn decide() -> Weight {
		steps(20, 2, 3)
	}

	fn agenda_step() -> Weight {
		steps(5, 1, 0)
	}

	fn expire_job() -> Weight {
		steps(40, 5, 5)
	}

	fn expire_look() -> Weight {
		steps(2, 1, 0)
	}

	fn expire_shard() -> Weight {
		// The record, its fines and answer; seven providers discharged.
		steps(150, 25, 25)
	}

	fn on_idle_base() -> Weight {
		steps(5, 1, 1)
	}

	fn prune_job() -> Weight {
		steps(40, 4, 5)
	}

	fn prune_shard() -> Weight {
		steps(3, 0, 1)
	}
}
