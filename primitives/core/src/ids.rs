//! Newtypes that keep numbers of different roles apart.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

macro_rules! number {
	($(#[$doc:meta])* $name:ident($inner:ty)) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
			Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
		)]
		#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
		pub struct $name(pub $inner);

		impl $name {
			/// The number after this one; stays at the largest.
			pub fn next(self) -> Self {
				Self(self.0.saturating_add(1))
			}
		}

		impl fmt::Display for $name {
			fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				self.0.fmt(f)
			}
		}
	};
}

number!(
	/// A job's number: counted up from 0 by the chain, never used twice.
	JobId(u64)
);
number!(
	/// A shard's place in its job, from 0.
	ShardIndex(u32)
);
number!(
	/// A task's place in its job, from 0.
	TaskIndex(u32)
);

/// Names one shard of one job.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ShardKey {
	/// The job.
	pub job: JobId,
	/// Which of its shards.
	pub shard: ShardIndex,
}

impl fmt::Display for ShardKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}/{}", self.job, self.shard)
	}
}
