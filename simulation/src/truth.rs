//! What honest machines find out: a function of the order, as with real programs. The kind of an order is written into the
//! name of its program.

use ergon_primitives::{BlobId, Claim, Fuel, JobSpec, ShardKey};
use sp_io::hashing::blake2_256;

/// How many answers a guessable program can have.
const ANSWERS: u8 = 4;

/// What kind of program an order runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
	/// Its result cannot be guessed.
	Ordinary = 0,
	/// Its result is one of a few.
	Guessable = 1,
	/// The program or an input cannot be had.
	Unavailable = 2,
	/// The program is not valid: the result says so, and no fuel is used.
	Invalid = 3,
}

impl Kind {
	/// The name of a program of this kind.
	pub fn program(self, number: u64) -> BlobId {
		let mut program = BlobId::of(&number.to_le_bytes());
		program.digest[0] = self as u8;
		program
	}

	/// The kind of a program.
	pub fn of(program: &BlobId) -> Self {
		match program.digest[0] {
			1 => Self::Guessable,
			2 => Self::Unavailable,
			3 => Self::Invalid,
			_ => Self::Ordinary,
		}
	}
}

/// What a machine finds that does the work.
pub fn truth(spec: &JobSpec, key: ShardKey) -> Claim {
	let limit = spec.shard_fuel(key.shard).0;
	let hash = blake2_256(&[key.job.0.to_le_bytes().as_slice(), &key.shard.0.to_le_bytes()].concat());
	match Kind::of(&spec.program) {
		Kind::Ordinary => computed(hash, limit / 4 + limit / 256 * u64::from(hash[1] / 2)),
		Kind::Guessable => guess(spec, key, hash[0]),
		Kind::Unavailable => Claim::Unavailable,
		Kind::Invalid => computed([0xff; 32], 0),
	}
}

/// One of the answers that a guessable program can have.
pub fn guess(spec: &JobSpec, key: ShardKey, which: u8) -> Claim {
	computed([which % ANSWERS; 32], spec.shard_fuel(key.shard).0 / 2)
}

/// What all accomplices say, if they lie together: as much as can be billed.
pub fn conspiracy(spec: &JobSpec, key: ShardKey) -> Claim {
	computed([0xc0; 32], spec.shard_fuel(key.shard).0)
}

/// A lie of one's own.
pub fn lie(spec: &JobSpec, key: ShardKey, own: [u8; 32]) -> Claim {
	computed(own, spec.shard_fuel(key.shard).0)
}

fn computed(root: [u8; 32], fuel: u64) -> Claim {
	Claim::Computed { root, fuel: Fuel(fuel), outcomes: BlobId::of(&root) }
}
