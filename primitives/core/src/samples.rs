//! What tests of other crates take where any market will do.

use crate::{
	job::Timing,
	money::{Economics, Ppm},
};

/// A market in which nothing costs anything; only a provider's lock is as large as usual.
pub const ECONOMICS: Economics = Economics {
	fee: Ppm::ZERO,
	least_pay: 0,
	lock_percent: 200,
	late_percent: 2_000,
	min_lock: 1,
	deposit_base: 0,
	deposit_per_byte: 0,
	deposit_per_shard: 0,
	loss_absent: Ppm::ZERO,
	loss_silent: Ppm::ZERO,
	loss_dissent: Ppm::ZERO,
	loss_false_unavailable: Ppm::ZERO,
};

/// Blocks of three seconds, and periods of a usual length.
pub const TIMING: Timing = Timing {
	block_millis: 3_000,
	draw_delay: 2,
	commit_base: 20,
	reveal_window: 10,
	retention: 100,
	unbonding: 20_000,
	max_duration: 10_000,
	cool_down: 40,
	max_cool_down: 28_800,
};
