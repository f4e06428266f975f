//! What the configuration must be for the hooks to make progress and the draws to be fair.

use crate::{Config, Pallet, WeightInfo};
use frame_support::traits::Get;

impl<T: Config> Pallet<T> {
	/// Panics where the configuration is unsound: run by every test suite and never on a chain.
	pub(crate) fn check_configuration() {
		let limit = T::MaxHookWeight::get();
		let block = T::BlockWeights::get().max_block;
		assert!(limit.all_lte(block), "MaxHookWeight: must be at most the block's weight");

		// Otherwise some step never fits the meter, and its work would wait for ever.
		let base = T::WeightInfo::on_initialize_base();
		let half = limit.saturating_div(2).min(limit.saturating_sub(base));
		let deadline = T::WeightInfo::agenda_step()
			.saturating_add(T::WeightInfo::expire_job())
			.saturating_add(T::WeightInfo::expire_shard());
		assert!(deadline.all_lte(half), "MaxHookWeight: its half must hold a deadline's steps");
		assert!(
			Self::serve_weight().saturating_mul(3).all_lte(limit.saturating_sub(base).saturating_sub(half)),
			"MaxHookWeight: must hold a draw in each of the three lanes beside the deadlines"
		);
		let prune = T::WeightInfo::on_idle_base()
			.saturating_add(T::WeightInfo::agenda_step())
			.saturating_add(T::WeightInfo::prune_job())
			.saturating_add(T::WeightInfo::prune_shard());
		assert!(prune.all_lte(limit), "MaxHookWeight: must hold a pruning step");

		let timing = T::Timing::get();
		assert!(
			timing.draw_delay >= 2,
			"Timing.draw_delay: must be at least 2, so that the randomness is of a block after the submission"
		);
		assert!(timing.block_millis > 0, "Timing.block_millis: must be above zero");
		assert!(timing.max_duration > 0, "Timing.max_duration: must be above zero");
	}
}
