//! The keys and items of the queue. Pure; keys are stored as they are, so that the state's own order is the order of service.

use codec::{Decode, Encode, MaxEncodedLen};
use ergon_primitives::{Balance, BlockNumber, JobId, ShardKey};
use scale_info::TypeInfo;

/// The two lanes of jobs with undrawn shards, both served round-robin over their clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Lane {
	/// Jobs as they come; a client's jobs by tip, then age.
	#[codec(index = 0)]
	Orders,
	/// Jobs for which nobody fitted when they were last tried; a client's jobs by how long ago that was. Each is tried once a
	/// block at most, after the orders.
	#[codec(index = 1)]
	Retry,
}

/// A job's place among the jobs of its client: the lowest is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Rank {
	/// Big-endian, so that its bytes sort like the number.
	urgency: [u8; 16],
	/// The same.
	job: [u8; 8],
}

impl Rank {
	/// The highest tip first, then the oldest job.
	pub fn by_tip(tip: Balance, job: JobId) -> Self {
		Self { urgency: (!tip).to_be_bytes(), job: job.0.to_be_bytes() }
	}

	/// Whoever waits longest first, then the oldest job.
	pub fn by_age(since: BlockNumber, job: JobId) -> Self {
		Self { urgency: u128::from(since).to_be_bytes(), job: job.0.to_be_bytes() }
	}

	/// Whose place it is.
	pub fn job(&self) -> JobId {
		JobId(u64::from_be_bytes(self.job))
	}
}

/// A client's place among the clients of a lane: by round, and within a round by what was its best job when it got the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Turn {
	/// Big-endian, so that its bytes sort like the number.
	round: [u8; 8],
	/// The best job; no two clients have the same.
	best: Rank,
}

impl Turn {
	/// A place in a round.
	pub fn new(round: u64, best: Rank) -> Self {
		Self { round: round.to_be_bytes(), best }
	}

	/// Which round it is in.
	pub fn round(&self) -> u64 {
		u64::from_be_bytes(self.round)
	}
}

/// What is asked for an open shard, in the ring of replacements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum QueueItem {
	/// It needs more replicas; how many, its attestation says.
	#[codec(index = 0)]
	More {
		/// The shard.
		key: ShardKey,
		/// Not before this block.
		from: BlockNumber,
	},
	/// Its lone replica has committed: audited or not?
	#[codec(index = 1)]
	Decide {
		/// The shard.
		key: ShardKey,
		/// Not before this block.
		from: BlockNumber,
	},
}

impl QueueItem {
	/// The first block in which it may be served.
	pub fn from(&self) -> BlockNumber {
		match self {
			Self::More { from, .. } | Self::Decide { from, .. } => *from,
		}
	}
}

/// Where the ring begins and ends. Both only grow; equal when it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Ends {
	/// The number of the item that is served next.
	pub head: u64,
	/// The number that the next new item gets.
	pub tail: u64,
}

impl Ends {
	/// Whether nothing waits.
	pub fn is_empty(&self) -> bool {
		self.head >= self.tail
	}
}
