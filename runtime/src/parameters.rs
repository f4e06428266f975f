//! What can be set without a new runtime, and what it is until somebody does.
//!
//! Structures that are read together are one parameter each: one storage read, and no half-changed state in between.

use crate::{Balance, BlockNumber, RuntimeOrigin, MICRO, MILLI, UNIT};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ergon_primitives::{
	job::Timing,
	money::{Economics, FeeSplit},
	BlobLimits, Ppm, MAX_BLOB, MAX_PROGRAM,
};
use frame_support::{
	dynamic_params::{dynamic_pallet_params, dynamic_params},
	traits::{EnsureOriginWithArg, Get},
};
use frame_system::ensure_root;
use scale_info::TypeInfo;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};

/// The market's periods, in blocks: [`Timing`] without the block time, which is not the market's to set.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Periods {
	/// From submission to the first possible draw.
	pub draw_delay: BlockNumber,
	/// The part of a commit window that does not depend on the work.
	pub commit_base: BlockNumber,
	/// For revealing, from the last commitment.
	pub reveal_window: BlockNumber,
	/// How long a finished job's results stay in state.
	pub retention: BlockNumber,
	/// From unbonding to withdrawal.
	pub unbonding: BlockNumber,
	/// The farthest that a job's deadline may lie ahead.
	pub max_duration: BlockNumber,
	/// How long a provider rests after a fault; doubled by each further one without an agreement between.
	pub cool_down: BlockNumber,
	/// The longest such rest.
	pub max_cool_down: BlockNumber,
}

/// The defaults.
pub mod defaults {
	use super::*;

	/// Milliseconds between blocks.
	pub const SLOT_MILLIS: u64 = 3_000;
	/// Blocks in an epoch: ten minutes.
	pub const EPOCH_BLOCKS: u64 = 200;
	/// How BABE draws authors: a primary slot in one of four, and where that finds nobody, a validator in turn, with a VRF
	/// output too. So no slot is empty while all are up, and every block carries fresh randomness.
	pub const EPOCH_CONFIG: BabeEpochConfiguration =
		BabeEpochConfiguration { c: (1, 4), allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots };
	/// Blocks in a day.
	pub const DAY: BlockNumber = 28_800;

	/// What orders and misconduct cost.
	pub const ECONOMICS: Economics = Economics {
		fee: Ppm::percent(5),
		least_pay: MILLI,
		lock_percent: 200,
		late_percent: 2_000,
		min_lock: 100 * MILLI,
		deposit_base: 100 * MILLI,
		deposit_per_byte: 100 * MICRO,
		deposit_per_shard: 10 * MILLI,
		loss_absent: Ppm::percent(5),
		loss_silent: Ppm::ONE,
		loss_dissent: Ppm::ONE,
		loss_false_unavailable: Ppm::percent(25),
	};

	/// Who gets the protocol fee; the treasury has the rest.
	pub const FEE_SPLIT: FeeSplit = FeeSplit { burn: Ppm::percent(50), author: Ppm::percent(20) };

	/// How long the market's steps take: results stay for half a day, a job may run for a week, and who fails rests for two
	/// minutes at first, for a day at most.
	pub const PERIODS: Periods = Periods {
		draw_delay: 2,
		commit_base: 20,
		reveal_window: 10,
		retention: DAY / 2,
		unbonding: 8 * DAY,
		max_duration: 7 * DAY,
		cool_down: 40,
		max_cool_down: DAY,
	};

	/// How large blobs may be.
	pub const BLOB_LIMITS: BlobLimits = BlobLimits { max_program: MAX_PROGRAM, max_blob: MAX_BLOB };

	/// The least bond of a provider.
	pub const MIN_BOND: Balance = 100 * UNIT;
}

/// The parameters, by who may set them.
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<crate::Runtime>)]
pub mod dynamic {
	use super::*;

	/// The pace of blocks. Decided at genesis, never after it: BABE counts epochs from the genesis slot with these
	/// numbers, so that a change would put every later block into the wrong epoch.
	#[dynamic_pallet_params]
	#[codec(index = 0)]
	pub mod timing {
		/// Milliseconds between blocks.
		#[codec(index = 0)]
		pub static SlotMillis: u64 = defaults::SLOT_MILLIS;
		/// Blocks in an epoch.
		#[codec(index = 1)]
		pub static EpochBlocks: u64 = defaults::EPOCH_BLOCKS;
	}

	/// What things cost. Set by Root.
	#[dynamic_pallet_params]
	#[codec(index = 1)]
	pub mod economics {
		/// What orders and misconduct cost.
		#[codec(index = 0)]
		pub static Costs: Economics = defaults::ECONOMICS;
		/// How the protocol fee is divided.
		#[codec(index = 1)]
		pub static Split: FeeSplit = defaults::FEE_SPLIT;
	}

	/// How the market works. Set by Root.
	#[dynamic_pallet_params]
	#[codec(index = 2)]
	pub mod market {
		/// How long its steps take.
		#[codec(index = 0)]
		pub static Steps: Periods = defaults::PERIODS;
		/// The least bond of a provider.
		#[codec(index = 1)]
		pub static MinBond: Balance = defaults::MIN_BOND;
	}

	/// What blobs may be. Set by Root.
	#[dynamic_pallet_params]
	#[codec(index = 3)]
	pub mod blobs {
		/// How large they may be. Nodes and workers obey it, the chain has no bytes to measure.
		#[codec(index = 0)]
		pub static Limits: BlobLimits = defaults::BLOB_LIMITS;
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl Default for RuntimeParameters {
	fn default() -> Self {
		Self::Market(dynamic::market::Parameters::MinBond(dynamic::market::MinBond, Some(defaults::MIN_BOND)))
	}
}

/// Milliseconds between a block and the next that are the least for its timestamp: half a slot, by which BABE knows the slot.
pub struct MinimumPeriod;
impl Get<u64> for MinimumPeriod {
	fn get() -> u64 {
		dynamic::timing::SlotMillis::get() / 2
	}
}

/// The market's timing as of this block. Whatever governance has set, bonds stay for longer than any job can run.
pub struct MarketTiming;
impl Get<Timing> for MarketTiming {
	fn get() -> Timing {
		let Periods {
			draw_delay,
			commit_base,
			reveal_window,
			retention,
			unbonding,
			max_duration,
			cool_down,
			max_cool_down,
		} = dynamic::market::Steps::get();
		Timing {
			block_millis: dynamic::timing::SlotMillis::get(),
			// A draw in the block after the submission would use randomness that the submitter could know.
			draw_delay: draw_delay.max(2),
			commit_base,
			reveal_window,
			retention,
			unbonding: unbonding.max(max_duration.saturating_add(1)),
			max_duration,
			cool_down,
			max_cool_down,
		}
	}
}

/// Root sets parameters; the pace of blocks nobody.
pub struct ParameterAdmin;
impl EnsureOriginWithArg<RuntimeOrigin, RuntimeParametersKey> for ParameterAdmin {
	type Success = ();

	fn try_origin(origin: RuntimeOrigin, key: &RuntimeParametersKey) -> Result<(), RuntimeOrigin> {
		match key {
			RuntimeParametersKey::Timing(_) => Err(origin),
			RuntimeParametersKey::Economics(_)
			| RuntimeParametersKey::Market(_)
			| RuntimeParametersKey::Blobs(_) => ensure_root(origin.clone()).map_err(|_| origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin(key: &RuntimeParametersKey) -> Result<RuntimeOrigin, ()> {
		match key {
			RuntimeParametersKey::Timing(_) => Err(()),
			RuntimeParametersKey::Economics(_)
			| RuntimeParametersKey::Market(_)
			| RuntimeParametersKey::Blobs(_) => Ok(RuntimeOrigin::root()),
		}
	}
}
