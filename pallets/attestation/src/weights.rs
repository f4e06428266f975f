//! What calls and hook steps cost.
//!
//! Each weight is of everything that happens behind it, in the other pallets, too: it is to be measured in a runtime with
//! all of them. The calls declare the most that can follow and give back what did not; the hook looks whether the most still
//! fits, and pays for what was done.

use frame_support::weights::{
	constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS},
	Weight,
};

/// What the parts of this pallet cost.
pub trait WeightInfo {
	/// Checking a batch of `n` commitments before it enters a block ([`CheckDuty`](crate::CheckDuty)).
	fn check_commits(n: u32) -> Weight;
	/// Checking a batch of `n` reveals before it enters a block.
	fn check_reveals(n: u32) -> Weight;
	/// A commit of `n`, none of them the last of its shard.
	fn commit(n: u32) -> Weight;
	/// What one commitment more costs after which the reveals of its shard begin.
	fn next_phase() -> Weight;
	/// What one commitment more costs after which its shard asks for more replicas, or for a decision. A reveal after which its
	/// shard asks for more costs as much.
	fn commit_last() -> Weight;
	/// A reveal of `n`, none of them the last of its shard.
	fn reveal(n: u32) -> Weight;
	/// What one reveal more costs that closes a shard of `r` replicas, none of them at fault: the discharges, the payments, the
	/// records.
	fn verdict(r: u32) -> Weight;
	/// What it costs on top that `b` of them come back into the pool that draws are made from.
	fn back(b: u32) -> Weight;
	/// What it costs on top that `f` more replicas were at fault: their slashes, and what is paid from the fines.
	fn faults(f: u32) -> Weight;
	/// Entering the hook: the cursor read and written.
	fn hook_base() -> Weight;
	/// Looking whether anything is due in one more block.
	fn hook_block() -> Weight;
	/// Serving one deadline, ending in a request for more replicas, or in reveals. At most three replicas of seven can be
	/// missing then ([`MOST_MISSED`](crate::MOST_MISSED)): with more, those needed could not be drawn.
	fn hook_deadline() -> Weight;
	/// Serving one deadline that closes a shard of `r` replicas.
	fn hook_verdict(r: u32) -> Weight;
}

/// Rough: a time for the work, and reads and writes. For mocks, and for a runtime until it has measured.
impl WeightInfo for () {
	fn check_commits(n: u32) -> Weight {
		rough(10 + 6 * n, 1 + n, 0)
	}
	fn check_reveals(n: u32) -> Weight {
		rough(12 + 8 * n, 2 + n, 0)
	}
	fn commit(n: u32) -> Weight {
		rough(15 + 20 * n, 1 + n, n)
	}
	fn next_phase() -> Weight {
		rough(5, 0, 2)
	}
	fn commit_last() -> Weight {
		rough(15, 3, 5)
	}
	fn reveal(n: u32) -> Weight {
		rough(15 + 25 * n, 2 + n, n)
	}
	fn verdict(r: u32) -> Weight {
		rough(60 + 60 * r, 6 + 5 * r, 6 + 5 * r)
	}
	fn back(b: u32) -> Weight {
		rough(5 + 5 * b, 1, 1 + b)
	}
	fn faults(f: u32) -> Weight {
		rough(20 + 70 * f, 3 + 6 * f, 3 + 6 * f)
	}
	fn hook_base() -> Weight {
		rough(3, 1, 1)
	}
	fn hook_block() -> Weight {
		rough(2, 1, 0)
	}
	fn hook_deadline() -> Weight {
		Self::hook_verdict(crate::MOST_MISSED)
	}
	fn hook_verdict(r: u32) -> Weight {
		rough(25, 2, 3).saturating_add(Self::verdict(r)).saturating_add(Self::faults(r))
	}
}

/// So many microseconds, reads and writes; each read adds a proof of some size.
fn rough(micros: u32, reads: u32, writes: u32) -> Weight {
	const PROOF_OF_A_READ: u64 = 3_700;
	let proof = PROOF_OF_A_READ.saturating_mul(u64::from(reads.max(1)));
	Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(u64::from(micros)), proof)
		.saturating_add(ParityDbWeight::get().reads_writes(u64::from(reads), u64::from(writes)))
}
