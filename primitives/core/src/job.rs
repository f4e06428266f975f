//! Orders: what a client asks for, and whether it can be accepted.

use crate::{
	hint::{Hint, Hints},
	money::Economics,
	stake::Stake,
	Balance, BlobId, BlockNumber, Fuel, Price, Profile, Region, ShardIndex, PROFILE_1,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Range;
use scale_info::TypeInfo;

/// The most tasks in a job.
pub const MAX_TASKS: u32 = 1_000_000;
/// The most shards in a job.
pub const MAX_SHARDS: u32 = 10_000;
/// The most replicas of a shard, replacements included. With an eighth the state of an open shard would
/// exceed 1 KiB.
pub const MAX_REPLICAS: u32 = 7;
/// The most fuel for one task: about a day on a fast core.
pub const MAX_FUEL: Fuel = Fuel(100_000_000_000_000);
/// The most memory for one task in bytes: what a 32-bit module can address.
pub const MAX_MEMORY: u64 = 4 << 30;
/// The least memory for one task in bytes: one WebAssembly page.
pub const MIN_MEMORY: u64 = 64 << 10;
/// The most output of one task in bytes.
pub const MAX_OUTPUT: u32 = 256 << 20;
/// The most arguments, and the most bytes in each.
pub const MAX_ARGS: u32 = 32;
/// See [`MAX_ARGS`].
pub const MAX_ARG_BYTES: u32 = 256;

/// The most known answers in a job.
pub const MAX_KNOWN: u32 = 16;

/// Commitments to known answers.
pub type KnownAnswers = BoundedVec<[u8; 32], ConstU32<MAX_KNOWN>>;

/// A program's arguments, without its name: UTF-8 without zero bytes.
pub type Args = BoundedVec<BoundedVec<u8, ConstU32<MAX_ARG_BYTES>>, ConstU32<MAX_ARGS>>;

/// Where tasks read from.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Input {
	/// Every task reads this blob; `ERGON_TASK` tells them apart.
	#[codec(index = 0)]
	Single(BlobId),
	/// A blob that is the SCALE encoding of `Vec<BlobId>`: task `i` reads the blob that entry `i` names.
	#[codec(index = 1)]
	Manifest(BlobId),
}

impl Input {
	/// The blob that the order names.
	pub fn blob(&self) -> BlobId {
		match self {
			Self::Single(blob) | Self::Manifest(blob) => *blob,
		}
	}
}

/// What one task may use.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
	/// Fuel, 1 to [`MAX_FUEL`].
	pub fuel: Fuel,
	/// Linear memory in bytes, [`MIN_MEMORY`] to [`MAX_MEMORY`].
	pub memory: u64,
	/// Output in bytes, 0 to [`MAX_OUTPUT`].
	pub output: u32,
}

/// How results are verified.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Policy {
	/// How many equal results settle a shard, and how many replicas are drawn at first: at least 1.
	pub quorum: u8,
	/// The most replicas in all, replacements and tie-breakers included: `quorum` to [`MAX_REPLICAS`].
	pub max_replicas: u8,
	/// Whether a provider with a long record of agreement may work alone, audited at random (see [`crate::stake`]). Needs a
	/// quorum of at least 2, for the audits, and `max_replicas` above it, for an audit after a failure.
	#[cfg_attr(feature = "serde", serde(default))]
	pub adaptive: bool,
}

/// What a provider must offer to be drawn.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Requirements {
	/// The execution profile.
	pub profile: Profile,
	/// The least speed in Mfuel/s: at least 1. The time a replica has is computed from it.
	pub min_speed: u32,
	/// Only providers of this region.
	pub region: Option<Region>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JobSpec {
	/// The WebAssembly module.
	pub program: BlobId,
	/// What its tasks read.
	pub input: Input,
	/// How many tasks, 1 to [`MAX_TASKS`].
	pub tasks: u32,
	/// Tasks in a shard (the last may have fewer), at least 1.
	pub shard_size: u32,
	/// What one task may use.
	pub limits: Limits,
	/// The program's arguments.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::args"))]
	pub args: Args,
	/// How results are verified.
	pub policy: Policy,
	/// The most that a replica may ask.
	pub max_price: Price,
	/// The block at which everything that is not settled is refunded.
	pub deadline: BlockNumber,
	/// What a provider must offer.
	pub requirements: Requirements,
	/// On top, for each shard: shared equally by the replicas that agreed; rounding goes back to the client.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub tip: Balance,
	/// Commitments to the claims of shards that the client knows already ([`known_answer`](crate::known_answer)): a way to
	/// audit a provider that works alone. For adaptive jobs only.
	#[cfg_attr(feature = "serde", serde(default, with = "crate::text::hashes"))]
	pub known: KnownAnswers,
	/// Where its blobs can be had besides the network of nodes.
	#[cfg_attr(feature = "serde", serde(default))]
	pub hints: Hints,
}

impl JobSpec {
	/// How many shards the job has. 0 only for a spec that [`Self::check`] refuses.
	pub fn shards(&self) -> u32 {
		match self.shard_size {
			0 => 0,
			size => self.tasks.div_ceil(size),
		}
	}

	/// The tasks of a shard; empty for a shard that the job does not have.
	pub fn tasks_of(&self, shard: ShardIndex) -> Range<u32> {
		let start = shard.0.saturating_mul(self.shard_size).min(self.tasks);
		start..start.saturating_add(self.shard_size).min(self.tasks)
	}

	/// The most fuel that a shard can use.
	pub fn shard_fuel(&self, shard: ShardIndex) -> Fuel {
		let tasks = self.tasks_of(shard);
		self.limits.fuel.times(tasks.end - tasks.start)
	}

	/// The most that a shard can cost; `None` where it overflows.
	pub fn shard_budget(&self, economics: &Economics, shard: ShardIndex) -> Option<Balance> {
		economics.shard_budget(self.max_price, self.shard_fuel(shard), self.policy.quorum, self.tip)
	}

	/// The most that the whole job can cost, deposits apart; `None` where it overflows.
	pub fn budget(&self, economics: &Economics) -> Option<Balance> {
		// All shards but the last are alike.
		let last = self.shards().checked_sub(1)?;
		let full = self.shard_budget(economics, ShardIndex(0))?.checked_mul(Balance::from(last))?;
		full.checked_add(self.shard_budget(economics, ShardIndex(last))?)
	}

	/// What its records cost in deposits while they are kept: an exposed answer counts like a shard.
	pub fn deposit(&self, economics: &Economics) -> Option<Balance> {
		let records = self.shards().saturating_add(self.known.len() as u32);
		economics.deposit(self.encoded_size() as u32, records)
	}

	/// The most that one replica of a shard can cost; `None` where it overflows.
	pub fn replica_value(&self, economics: &Economics, shard: ShardIndex) -> Option<Balance> {
		economics.replica_value(self.max_price, self.shard_fuel(shard))
	}

	/// The most that one replica can get of a shard's tip: all of it where one may work alone, else an equal part with a
	/// quorum.
	pub fn tip_share(&self) -> Balance {
		match self.policy.adaptive {
			true => self.tip,
			false => self.tip.checked_div(self.policy.quorum.into()).unwrap_or(self.tip),
		}
	}

	/// The memory limit in MiB, rounded up.
	pub fn memory_mib(&self) -> u32 {
		u32::try_from(self.limits.memory.div_ceil(1 << 20)).unwrap_or(u32::MAX)
	}

	/// Blocks that a replica of a whole shard has from its assignment to its commitment: twice the time that the
	/// slowest admitted machine needs for all the fuel, and the market's base for fetching and a slow block.
	pub fn commit_window(&self, timing: &Timing) -> BlockNumber {
		let fuel = u128::from(self.shard_fuel(ShardIndex(0)).0);
		// fuel ÷ (speed × 10^6 fuel/s) seconds × 2, in milliseconds.
		let millis = (fuel * 2).div_ceil(u128::from(self.requirements.min_speed.max(1)) * 1_000);
		let blocks = millis.div_ceil(u128::from(timing.block_millis.max(1)));
		timing.commit_base.saturating_add(BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX))
	}

	/// The least number of blocks between submission and deadline in which a shard can be drawn, worked and settled.
	pub fn least_duration(&self, timing: &Timing) -> BlockNumber {
		timing
			.draw_delay
			.saturating_add(self.commit_window(timing))
			.saturating_add(timing.reveal_window)
			.saturating_add(1)
	}

	/// Checks every field as of block `now`. Nothing that passes can overflow later.
	pub fn check(&self, now: BlockNumber, economics: &Economics, timing: &Timing) -> Result<(), SpecError> {
		let ensure = |ok, error| if ok { Ok(()) } else { Err(error) };
		ensure((1..=MAX_TASKS).contains(&self.tasks), SpecError::Tasks)?;
		ensure((1..=self.tasks).contains(&self.shard_size), SpecError::ShardSize)?;
		ensure(self.shards() <= MAX_SHARDS, SpecError::TooManyShards)?;
		ensure((1..=MAX_FUEL.0).contains(&self.limits.fuel.0), SpecError::Fuel)?;
		ensure((MIN_MEMORY..=MAX_MEMORY).contains(&self.limits.memory), SpecError::Memory)?;
		ensure(self.limits.output <= MAX_OUTPUT, SpecError::Output)?;
		ensure(self.args.iter().all(|arg| is_arg(arg)), SpecError::Args)?;
		ensure(self.policy.quorum >= 1, SpecError::Quorum)?;
		ensure(
			self.policy.quorum <= self.policy.max_replicas
				&& u32::from(self.policy.max_replicas) <= MAX_REPLICAS,
			SpecError::MaxReplicas,
		)?;
		ensure(
			!self.policy.adaptive
				|| (self.policy.quorum >= 2 && self.policy.quorum < self.policy.max_replicas),
			SpecError::Adaptive,
		)?;
		ensure(self.known.is_empty() || self.policy.adaptive, SpecError::Known)?;
		ensure(self.hints.iter().all(Hint::is_valid), SpecError::Hint)?;
		ensure(self.max_price.0 > 0, SpecError::Price)?;
		ensure(self.requirements.profile == PROFILE_1, SpecError::Profile)?;
		ensure(self.requirements.min_speed > 0, SpecError::Speed)?;
		ensure(self.requirements.region.is_none_or(|region| region.is_valid()), SpecError::Region)?;
		ensure(
			self.limits.fuel.0.checked_mul(u64::from(self.shard_size)).is_some()
				&& self.budget(economics).is_some()
				&& self.deposit(economics).is_some()
				&& economics
					.lock(
						Stake::Late,
						self.max_price,
						self.max_price,
						self.shard_fuel(ShardIndex(0)),
						self.tip_share(),
					)
					.is_some(),
			SpecError::BudgetOverflow,
		)?;
		ensure(self.deadline > now, SpecError::DeadlinePast)?;
		let duration = self.deadline - now;
		ensure(duration >= self.least_duration(timing), SpecError::DeadlineTooSoon)?;
		ensure(duration <= timing.max_duration, SpecError::DeadlineTooFar)
	}
}

/// UTF-8 without zero bytes: what a program can be given as an argument.
fn is_arg(arg: &[u8]) -> bool {
	core::str::from_utf8(arg).is_ok() && !arg.contains(&0)
}

/// How long the market's steps take, in blocks unless said otherwise; governance sets them.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timing {
	/// The expected time between blocks, in milliseconds.
	pub block_millis: u64,
	/// From submission to the first possible draw: 2, so that the randomness is of a block after the submission.
	pub draw_delay: BlockNumber,
	/// The part of a commit window that does not depend on the work.
	pub commit_base: BlockNumber,
	/// For revealing, from the last commitment.
	pub reveal_window: BlockNumber,
	/// How long a finished job's results stay in state.
	pub retention: BlockNumber,
	/// From unbonding to withdrawal; longer than any duty can be open.
	pub unbonding: BlockNumber,
	/// The farthest that a job's deadline may lie ahead.
	pub max_duration: BlockNumber,
	/// How long a provider rests after a fault; doubled by each further one without an agreement between.
	pub cool_down: BlockNumber,
	/// The longest such rest.
	pub max_cool_down: BlockNumber,
}

/// Which field of a [`JobSpec`] cannot be accepted, and what would be.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub enum SpecError {
	/// `tasks` must be 1 to [`MAX_TASKS`].
	#[codec(index = 0)]
	Tasks,
	/// `shard_size` must be 1 to `tasks`.
	#[codec(index = 1)]
	ShardSize,
	/// `tasks ÷ shard_size` must be at most [`MAX_SHARDS`].
	#[codec(index = 2)]
	TooManyShards,
	/// `limits.fuel` must be 1 to [`MAX_FUEL`].
	#[codec(index = 3)]
	Fuel,
	/// `limits.memory` must be [`MIN_MEMORY`] to [`MAX_MEMORY`] bytes.
	#[codec(index = 4)]
	Memory,
	/// `limits.output` must be at most [`MAX_OUTPUT`] bytes.
	#[codec(index = 5)]
	Output,
	/// `args` must be UTF-8 without zero bytes.
	#[codec(index = 6)]
	Args,
	/// `policy.quorum` must be at least 1.
	#[codec(index = 7)]
	Quorum,
	/// `policy.max_replicas` must be `quorum` to [`MAX_REPLICAS`].
	#[codec(index = 8)]
	MaxReplicas,
	/// `max_price` must be above zero.
	#[codec(index = 9)]
	Price,
	/// `requirements.profile` must be [`PROFILE_1`].
	#[codec(index = 10)]
	Profile,
	/// `requirements.min_speed` must be at least 1 Mfuel/s.
	#[codec(index = 11)]
	Speed,
	/// `requirements.region` must be two upper-case letters.
	#[codec(index = 12)]
	Region,
	/// Price, fuel, tasks and tip multiply to more than an account can hold.
	#[codec(index = 13)]
	BudgetOverflow,
	/// `deadline` must be after the current block.
	#[codec(index = 14)]
	DeadlinePast,
	/// `deadline` must leave [`JobSpec::least_duration`] blocks to draw, run and settle.
	#[codec(index = 15)]
	DeadlineTooSoon,
	/// `deadline` must be at most [`Timing::max_duration`] blocks ahead.
	#[codec(index = 16)]
	DeadlineTooFar,
	/// `policy.adaptive` needs a `quorum` of at least 2 and a higher `max_replicas`.
	#[codec(index = 17)]
	Adaptive,
	/// `known` is for adaptive jobs only.
	#[codec(index = 18)]
	Known,
	/// Each of `hints` must be a URL of one of [`crate::hint::SCHEMES`] in printable ASCII, and name its blob or have
	/// [`crate::hint::CID_IN_URL`] in it.
	#[codec(index = 19)]
	Hint,
}

impl SpecError {
	/// The field, and what would be accepted.
	pub fn advice(&self) -> &'static str {
		match self {
			Self::Tasks => "tasks: must be 1 to 1000000",
			Self::ShardSize => "shard_size: must be 1 to the number of tasks",
			Self::TooManyShards => "shard_size: too small, a job has at most 10000 shards",
			Self::Fuel => "limits.fuel: must be 1 to 100000000000000 for a task",
			Self::Memory => "limits.memory: must be 65536 to 4294967296 bytes",
			Self::Output => "limits.output: must be at most 268435456 bytes",
			Self::Args => "args: must be UTF-8 without zero bytes",
			Self::Quorum => "policy.quorum: must be at least 1",
			Self::MaxReplicas => "policy.max_replicas: must be at least the quorum and at most 7",
			Self::Price => "max_price: must be above zero",
			Self::Profile => "requirements.profile: must be 1",
			Self::Speed => "requirements.min_speed: must be at least 1 Mfuel/s",
			Self::Region => "requirements.region: must be two upper-case letters",
			Self::BudgetOverflow => {
				"max_price × limits.fuel × tasks + tip: is more than an account can hold; lower one of them"
			},
			Self::DeadlinePast => "deadline: must be after the current block",
			Self::DeadlineTooSoon => {
				"deadline: too soon for the work to be drawn, run and settled; set a later one, less fuel a shard, or a higher min_speed"
			},
			Self::DeadlineTooFar => "deadline: too far ahead; set an earlier one",
			Self::Adaptive => "policy.adaptive: needs a quorum of at least 2 and more max_replicas than that",
			Self::Known => "known: only an adaptive job can have known answers; the others are compared anyway",
			Self::Hint => {
				"hints: each must be a URL that begins with https://, s3://, gs:// or az://, without spaces, and either name its blob or have {cid} in it"
			},
		}
	}
}

impl core::fmt::Display for SpecError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str(self.advice())
	}
}

impl core::error::Error for SpecError {}

/// Turns text into arguments; `None` if there are too many or one is too long.
pub fn args_from<S: AsRef<str>>(texts: &[S]) -> Option<Args> {
	texts
		.iter()
		.map(|text| text.as_ref().as_bytes().to_vec().try_into().ok())
		.collect::<Option<Vec<_>>>()?
		.try_into()
		.ok()
}
